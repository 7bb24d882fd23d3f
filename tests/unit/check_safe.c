/* Which functions a handler may call, by the names that a program imports. */
#include "base.h"
#include "cli/safe.h"
#include <check.h>
#include <stdlib.h>

static const char *const allowed[] = {
	"write", "_exit", "_Exit", "abort", "fork", "sigaction", "clock_gettime", "wcsnlen", "siglongjmp", "longjmp", /* as listed */
	"__write", "__read_chk", "__memcpy_chk", "__poll_chk", "__longjmp_chk", "__fork", "__sigaction",		/* under another name */
	"open64", "lseek64", "__fstat64_time64", "__clock_gettime64", "__open_2", "__xstat", "__xpg_sigpause", "__sysv_signal",
	"__errno_location", "__stack_chk_fail", "__libc_current_sigrtmin", "__tls_get_addr", /* nobody wrote that call */
};

static const char *const refused[] = {
	"printf", "__printf_chk", "malloc", "free", "exit", "localtime", "syslog", "__syslog_chk", "strerror", "pthread_mutex_lock",
	"setjmp", "_setjmp", "sigsetjmp", "gettimeofday", "getenv", "strtok", "strcasecmp", "__cxa_throw", "vfork", "nanosleep",
	"", "__", "64", "writex", "xwrite", "_write",
};

START_TEST(allows) { ck_assert_msg(safe_allows(allowed[_i]), "%s", allowed[_i]); }
END_TEST

START_TEST(refuses) { ck_assert_msg(!safe_allows(refused[_i]), "%s", refused[_i]); }
END_TEST

static const struct {
	const char *symbol, *plain;
} names[] = {
	{"__printf_chk", "printf"}, {"printf", "printf"}, {"__isoc99_sscanf", "sscanf"}, {"__isoc23_strtol", "strtol"}, {"open64", "open"},
	{"__open64_2", "open"}, {"_setjmp", "setjmp"}, {"_IO_putc", "putc"}, {"__cxa_throw", "__cxa_throw"}, {"strtold64", "strtold64"},
	{"__sysv_signal", "signal"},
};

START_TEST(names_plainly) { ck_assert_str_eq(safe_plain(names[_i].symbol).text, names[_i].plain); }
END_TEST

START_TEST(cuts_long_names) {
	char name[1000];
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = 0;
	ck_assert(!safe_allows(name));
	ck_assert_uint_lt(strlen(safe_plain(name).text), sizeof(struct plain_name));
}
END_TEST

int main(void) {
	Suite *suite = suite_create("safe");
	TCase *tcase = tcase_create("safe");
	tcase_add_loop_test(tcase, allows, 0, ARRAY_LENGTH(allowed));
	tcase_add_loop_test(tcase, refuses, 0, ARRAY_LENGTH(refused));
	tcase_add_loop_test(tcase, names_plainly, 0, ARRAY_LENGTH(names));
	tcase_add_test(tcase, cuts_long_names);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
