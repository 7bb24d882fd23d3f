/* check_injection.c: what SIGTAME_INJECT may say, and which part of it is named when it is wrong. */
#include "injection.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>

#define MS INT64_C(1000000)

static const struct {
	const char *text;
	int sig;
	const char *call;
	int64_t number, every_ns;
} good[] = {
	{"TERM@read", SIGTERM, "read", 1, 0}, {"sigterm@read:3", SIGTERM, "read", 3, 0}, {"15@poll:1", SIGTERM, "poll", 1, 0},
	{"INT@*", SIGINT, "*", 1, 0}, {"INT@*:1000000", SIGINT, "*", 1000000, 0}, {"RTMAX@read", 63, "read", 1, 0}, {"RTMIN+1@read", 35, "read", 1, 0},
	{"ALRM@every:10ms", SIGALRM, "", 0, 10 * MS}, {"ALRM@every:1us", SIGALRM, "", 0, 1000}, {"SEGV@write", SIGSEGV, "write", 1, 0}, {"63@read", 63, "read", 1, 0},
	{"INT@printf:2", SIGINT, "printf", 2, 0}, {"INT@scanf", SIGINT, "scanf", 1, 0}, {"INT@execl", SIGINT, "execl", 1, 0},
	{"INT@vfork", SIGINT, "vfork", 1, 0}, {"INT@sigsetjmp", SIGINT, "sigsetjmp", 1, 0}, {"INT@pthread_mutex_lock", SIGINT, "pthread_mutex_lock", 1, 0},
	{"INT@fprintf", SIGINT, "fprintf", 1, 0}, {"INT@vprintf", SIGINT, "vprintf", 1, 0},
};

START_TEST(reads) {
	struct injection in;
	struct injection_fault fault = {.what = NULL};
	ck_assert_msg(injection_parse(word_of(good[_i].text), 63, &in, &fault), "%s:%s", good[_i].text, fault.what);
	ck_assert_int_eq(in.sig, good[_i].sig);
	ck_assert_str_eq(word_text(in.call).text, good[_i].call);
	ck_assert_int_eq(in.number, good[_i].number);
	ck_assert_int_eq(in.every_ns, good[_i].every_ns);
}
END_TEST

static const struct {
	const char *text, *item, *what, *guess;
} bad[] = {
	{"", "", " has no @", ""}, {"TERM", "TERM", " has no @", ""}, {"TERM:read", "TERM:read", " has no @", ""},
	{"@read", "", " is no signal", ""}, {"TREM@read", "TREM", " is no signal", "TERM"}, {"65@read", "65", " is no signal", ""}, {"64@read", "64", " is no signal", ""},
	{"RTMAX+1@read", "RTMAX+1", " is no signal", "RTMAX"},
	{"KILL@read", "KILL", " cannot be caught", ""}, {"19@read", "19", " cannot be caught", ""}, {"32@read", "32", " cannot be caught", ""},
	{"TERM@", "", "a call is missing behind the @", ""}, {"TERM@raed", "raed", " is no call that sigtame knows", "read"},
	{"TERM@READ", "READ", " is no call that sigtame knows", "read"}, {"TERM@**", "**", " is no call that sigtame knows", ""},
	{"TERM@read:", "", " is no number of an entry; the first is 1", ""}, {"TERM@read:0", "0", " is no number of an entry; the first is 1", ""},
	{"TERM@read:-1", "-1", " is no number of an entry; the first is 1", ""}, {"TERM@read:2x", "2x", " is no number of an entry; the first is 1", ""},
	{"TERM@read:1:2", "1:2", " is no number of an entry; the first is 1", ""},
	{"TERM@every", "", " is no duration, as in 10ms", ""}, {"TERM@every:10", "10", " is no duration, as in 10ms", ""},
	{"TERM@every:0", "0", " is no time between two signals", ""}, {"TERM@every:never", "never", " is no time between two signals", ""},
};

START_TEST(refuses_and_names_the_part) {
	struct injection in;
	struct injection_fault fault = {.what = NULL};
	ck_assert_msg(!injection_parse(word_of(bad[_i].text), 63, &in, &fault), "%s", bad[_i].text);
	ck_assert_str_eq(fault.what, bad[_i].what);
	ck_assert_str_eq(word_text(fault.item).text, bad[_i].item);
	ck_assert_str_eq(word_text(fault.guess).text, bad[_i].guess);
}
END_TEST

/* What a program's text says, whatever the compiler makes of it. */
START_TEST(a_call_is_named_as_in_the_text) {
	ck_assert(injection_names(word_of("read"), "read") && injection_names(word_of("read"), "__read_chk") && injection_names(word_of("open"), "__open64_2"));
	ck_assert(injection_names(word_of("open"), "open64") && injection_names(word_of("scanf"), "__isoc99_scanf") && injection_names(word_of("printf"), "__printf_chk"));
	ck_assert(injection_names(word_of("pread64"), "__pread64_chk") && injection_names(word_of("pread"), "__pread64_chk") && !injection_names(word_of("pread64_chk"), "__pread64_chk"));
	ck_assert(injection_names(word_of("*"), "poll") && injection_names(word_of("__read_chk"), "__read_chk"));
	ck_assert(!injection_names(word_of("read"), "pread") && !injection_names(word_of("read"), "readv") && !injection_names(word_of("__read_chk"), "read"));
}
END_TEST

START_TEST(rtmax_is_what_the_host_sees) {
	struct injection in;
	struct injection_fault fault;
	ck_assert(injection_parse(word_of("RTMAX@read"), 64, &in, &fault));
	ck_assert_int_eq(in.sig, 64);
}
END_TEST

/* Every call that is interposed can be named, or a sweep has places that it cannot come back to; but for what comes before main, and
 * another name of vfork. */
static const char *const calls[] = {
#define BEHIND(name)
#define NAME(name) #name,
#include "names.h"
#undef NAME
};

/* What is only called, nothing is raised at. */
static const char *const never[] = {
	"__libc_start_main",
	"libc_start_main",
	"__vfork",
#define BEHIND(name) #name,
#define NAME(name)
#include "names.h"
#undef NAME
};

START_TEST(every_call_is_known) {
	struct injection in;
	struct injection_fault fault;
	char text[128] = "TERM@";
	bool counted = false;
	if (strcmp(calls[_i], "__libc_start_main") == 0 || strcmp(calls[_i], "__vfork") == 0)
		return;
	strcat(text, calls[_i]);
	ck_assert_msg(injection_parse(word_of(text), 63, &in, &fault), "%s", text);
	for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
		counted = counted || injection_names(in.call, calls[i]);
	ck_assert_msg(counted, "%s is counted where there is no call", text);
}
END_TEST

START_TEST(what_nothing_is_raised_at_is_refused) {
	struct injection in;
	struct injection_fault fault = {.what = NULL};
	char text[128] = "TERM@";
	strcat(text, never[_i]);
	ck_assert_msg(!injection_parse(word_of(text), 63, &in, &fault), "%s", text);
	ck_assert_str_eq(fault.what, " is no call that sigtame knows");
	ck_assert_msg(!word_is(fault.guess, never[_i]), "%s", text);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("injection");
	TCase *tests = tcase_create("injection");
	tcase_add_loop_test(tests, reads, 0, ARRAY_LENGTH(good));
	tcase_add_loop_test(tests, refuses_and_names_the_part, 0, ARRAY_LENGTH(bad));
	tcase_add_test(tests, a_call_is_named_as_in_the_text);
	tcase_add_test(tests, rtmax_is_what_the_host_sees);
	tcase_add_loop_test(tests, every_call_is_known, 0, ARRAY_LENGTH(calls));
	tcase_add_loop_test(tests, what_nothing_is_raised_at_is_refused, 0, ARRAY_LENGTH(never));
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
