/* check_signals.c: names to numbers and back, against the C library's own. */
#include "signals.h"

#include <check.h>
#include <stdlib.h>

static int number(const char *name, int rtmax) {
	return signal_number(name, strlen(name), rtmax);
}

static const struct {
	const char *name;
	int rtmax, sig;
} names[] = {
	{"INT", 64, SIGINT}, {"int", 64, SIGINT}, {"SIGINT", 64, SIGINT}, {"sigInt", 64, SIGINT},
	{"15", 64, SIGTERM}, {"KILL", 64, SIGKILL}, {"1", 64, 1}, {"64", 64, 64}, {"32", 64, 32},
	{"CLD", 64, SIGCHLD}, {"SIGCLD", 64, SIGCHLD}, {"POLL", 64, SIGIO}, {"IO", 64, SIGIO}, {"IOT", 64, SIGABRT},
	{"RTMIN", 64, 34}, {"SIGRTMIN", 64, 34}, {"rtmin+2", 64, 36}, {"RTMIN+0", 64, 34}, {"RTMIN+30", 64, 64},
	{"RTMAX", 64, 64}, {"RTMAX", 63, 63}, {"SIGRTMAX-1", 63, 62}, {"RTMAX-30", 64, 34}, {"RTMIN+29", 63, 63},
	{"RTMIN+30", 63, -1}, {"RTMIN+31", 64, -1}, {"RTMAX-31", 64, -1}, {"RTMAX-30", 63, -1},
	{"RTMIN-1", 64, -1}, {"RTMAX+1", 64, -1}, {"RTMIN+", 64, -1}, {"RTMIN2", 64, -1}, {"RTMIN+x", 64, -1},
	{"RTMIN+99999999999999999999", 64, -1},
	{"0", 64, -1}, {"65", 64, -1}, {"-1", 64, -1}, {"", 64, -1}, {"SIG", 64, -1}, {"SIG15", 64, -1}, {"SIGSIGINT", 64, -1},
	{"INTX", 64, -1}, {"IN", 64, -1}, {"all", 64, -1}, {" INT", 64, -1}, {"FOO", 64, -1},
};

START_TEST(finds_the_number) {
	ck_assert_int_eq(number(names[_i].name, names[_i].rtmax), names[_i].sig);
}
END_TEST

START_TEST(reads_no_further_than_the_length) {
	ck_assert_int_eq(signal_number("INTERVAL", 3, 64), SIGINT);
	ck_assert_int_eq(signal_number("15,16", 2, 64), 15);
}
END_TEST

START_TEST(names_each_signal_and_finds_it_again) {
	char buf[SIGNAL_NAME_SIZE];
	const char *name = signal_name(_i, buf);
	if (_i == 32 || _i == 33) {
		ck_assert_ptr_null(name);
		return;
	}
	ck_assert_ptr_nonnull(name);
	ck_assert_int_eq(strncmp(name, "SIG", 3), 0);
	ck_assert_int_eq(number(name, 64), _i);
	ck_assert_int_eq(number(name + 3, 64), _i);
}
END_TEST

START_TEST(names_and_describes_as_libc_does) {
	char buf[SIGNAL_NAME_SIZE];
	ck_assert_str_eq(signal_description(_i), strsignal(_i));
#if __GLIBC_PREREQ(2, 32)
	if (_i != SIGIO) /* POLL to libc: the names are equal */
		ck_assert_str_eq(signal_name(_i, buf) + 3, sigabbrev_np(_i));
#endif
}
END_TEST

START_TEST(writes_real_time_names) {
	char buf[SIGNAL_NAME_SIZE];
	ck_assert_str_eq(signal_name(34, buf), "SIGRTMIN");
	ck_assert_str_eq(signal_name(35, buf), "SIGRTMIN+1");
	ck_assert_str_eq(signal_name(44, buf), "SIGRTMIN+10");
	ck_assert_str_eq(signal_name(64, buf), "SIGRTMIN+30");
	ck_assert_ptr_null(signal_description(34));
}
END_TEST

START_TEST(has_nothing_for_what_is_none) {
	char buf[SIGNAL_NAME_SIZE];
	const int none[] = {-1, 0, 65, 1000};
	for (size_t i = 0; i < ARRAY_LENGTH(none); i++) {
		ck_assert_ptr_null(signal_name(none[i], buf));
		ck_assert_ptr_null(signal_description(none[i]));
	}
}
END_TEST

static const struct {
	const char *typed, *meant;
} guesses[] = {
	{"TREM", "TERM"}, {"sigtrem", "TERM"}, {"USR3", "USR1"}, {"CHILD", "CHLD"}, {"RTMIM", "RTMIN"}, {"INTR", "INT"}, {"WINDOW", ""}, {"", ""},
};

START_TEST(guesses_a_name) {
	ck_assert_str_eq(word_text(signal_guess(word_of(guesses[_i].typed))).text, guesses[_i].meant);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("signals");
	TCase *signals = tcase_create("signals");
	tcase_add_loop_test(signals, finds_the_number, 0, ARRAY_LENGTH(names));
	tcase_add_test(signals, reads_no_further_than_the_length);
	tcase_add_loop_test(signals, names_each_signal_and_finds_it_again, 1, SIGNALS + 1);
	tcase_add_loop_test(signals, names_and_describes_as_libc_does, 1, 32);
	tcase_add_test(signals, writes_real_time_names);
	tcase_add_test(signals, has_nothing_for_what_is_none);
	tcase_add_loop_test(signals, guesses_a_name, 0, ARRAY_LENGTH(guesses));
	suite_add_tcase(suite, signals);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
