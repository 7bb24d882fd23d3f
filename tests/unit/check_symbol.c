/* check_symbol.c: what is found behind us is what the loader's own look-up finds, of the version that a program of today gets. */
#include "next.h"
#include "symbol.h"

#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the C library has had several, of which the plain dlsym gave the oldest before glibc 2.36; and what only old programs
 * import, which it never gives. tests/check_surface sees to it that none is missing. */
static const struct {
	const char *name, *version;
} newest[] = {
	{"pthread_cond_wait", "GLIBC_2.3.2"}, {"pthread_cond_timedwait", "GLIBC_2.3.2"}, {"pthread_kill", "GLIBC_2.34"},
	{"posix_spawn", "GLIBC_2.15"}, {"posix_spawnp", "GLIBC_2.15"}, {"quick_exit", "GLIBC_2.24"},
	{"timer_settime", "GLIBC_2.3.3"}, {"timer_delete", "GLIBC_2.3.3"},
	{"sigvec", "GLIBC_2.2.5"}, {"sigvec", "GLIBC_2.0"}, {"sigvec", "GLIBC_2.17"}, {"sigvec", "GLIBC_2.4"},
	{"lio_listio", "GLIBC_2.4"}, {"lio_listio64", "GLIBC_2.4"},
};

static void *wanted(const char *name) {
	void *f = NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(newest) && f == NULL; i++)
		if (strcmp(newest[i].name, name) == 0)
			f = dlvsym(RTLD_DEFAULT, name, newest[i].version);
	return f ? f : dlsym(RTLD_DEFAULT, name);
}

START_TEST(every_row_is_the_loaders) {
	const char *name = next_name((enum next_index)_i);
	ck_assert_msg(symbol_behind(name, SYMBOL_DEFAULT) == wanted(name), "%s: %p, not %p", name, symbol_behind(name, SYMBOL_DEFAULT), wanted(name));
	ck_assert_ptr_eq(next_get((enum next_index)_i), wanted(name));
}
END_TEST

START_TEST(an_old_version_is_found) {
	void *old = dlvsym(RTLD_DEFAULT, "posix_spawn", "GLIBC_2.2.5");
	if (old != NULL)
		ck_assert_ptr_eq(symbol_behind("posix_spawn", SYMBOL_OLD), old);
	ck_assert_ptr_eq(symbol_behind("pause", SYMBOL_OLD), dlsym(RTLD_DEFAULT, "pause"));
}
END_TEST

START_TEST(what_is_nowhere_is_not_found) {
	ck_assert_ptr_null(symbol_behind("no_such_function_anywhere", SYMBOL_DEFAULT));
	ck_assert_ptr_null(symbol_behind("", SYMBOL_DEFAULT));
	ck_assert_ptr_null(symbol_in_force("no_such_function_anywhere"));
}
END_TEST

/* Chosen by the loader for this CPU. */
START_TEST(an_indirect_function_is_what_it_stands_for) {
	ck_assert_ptr_eq(symbol_behind("time", SYMBOL_DEFAULT), dlsym(RTLD_DEFAULT, "time"));
}
END_TEST

START_TEST(an_older_hash_table_is_read) {
	int (*only)(void) = (int (*)(void))symbol_behind("in_sysv_hash_alone", SYMBOL_DEFAULT);
	int (*first)(void) = (int (*)(void))symbol_behind("pause", SYMBOL_DEFAULT);
	ck_assert(only != NULL && first != NULL);
	ck_assert_int_eq(only(), 1);
	ck_assert_int_eq(first(), 2);
}
END_TEST

START_TEST(malloc_is_the_one_in_force) { ck_assert_ptr_eq(symbol_in_force("malloc"), dlsym(RTLD_DEFAULT, "malloc")); }
END_TEST

/* What is preloaded is there from the start. */
static void preload(char **argv) {
	char path[4096];
	const char *build = getenv("HOSTS");
	if (getenv("LD_PRELOAD"))
		return;
	snprintf(path, sizeof path, "%s/.libs/sysv_hash.so", build ? build : "tests/hosts");
	setenv("LD_PRELOAD", path, 1);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
	(void)argc;
	preload(argv);
	Suite *suite = suite_create("symbol");
	TCase *tests = tcase_create("symbol");
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, every_row_is_the_loaders, 0, NEXT_COUNT);
	tcase_add_test(tests, an_old_version_is_found);
	tcase_add_test(tests, what_is_nowhere_is_not_found);
	tcase_add_test(tests, an_indirect_function_is_what_it_stands_for);
	tcase_add_test(tests, an_older_hash_table_is_read);
	tcase_add_test(tests, malloc_is_the_one_in_force);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
