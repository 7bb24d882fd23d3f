/* check_options.c: every rule of the environment, and the line that each mistake gives. */
#include "options.h"

#include "signals.h"
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ALL SIGNALS_ALL
#define MS INT64_C(1000000)

static int end[2];

static void setup(void) {
	ck_assert_int_eq(pipe2(end, O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(end[1], STDERR_FILENO), STDERR_FILENO);
}

/* What was reported since the last time. */
static const char *said(void) {
	static char text[8192];
	ssize_t n = read(end[0], text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int read_all(const char *a, const char *b, const char *c) {
	char *environment[] = {(char *)"PATH=/bin", (char *)a, (char *)b, (char *)c, NULL};
	return options_read(environment);
}

static void good(const char *entry) {
	int errors = read_all(entry, NULL, NULL);
	ck_assert_str_eq(said(), "");
	ck_assert_int_eq(errors, 0);
}

static void bad(const char *entry, const char *why) {
	char line[1024] = "sigtame: ";
	strcat(strcat(strcat(strcat(line, entry), ": "), why), "\n");
	int errors = read_all(entry, NULL, NULL);
	ck_assert_str_eq(said(), line);
	ck_assert_int_eq(errors, 1);
}

START_TEST(the_default_profile_is_bsd) {
	good(NULL);
	ck_assert_int_eq(options.profile, PROFILE_BSD);
	ck_assert_uint_eq(options.defer, ALL & ~SIGBIT(SIGPROF));
	ck_assert_int_eq(options.text_after, 10 * MS);
	ck_assert_int_eq(options.force_after, 1000 * MS);
	ck_assert_int_eq(options.thread, THREAD_DIRECTED);
	ck_assert_int_eq(options.setters, SETTERS_ANY);
	ck_assert_uint_eq(options.persist, ALL & ~SIGBIT(SIGCHLD));
	ck_assert_int_eq(options.restart, RESTART_HOST);
	ck_assert_uint_eq(options.retry, 0);
	ck_assert_uint_eq(options.ignore, SIGBIT(SIGPIPE));
	ck_assert_uint_eq(options.orderly, 0);
	ck_assert_int_eq(options.wakeup_fd, -1);
	ck_assert_int_eq(options.wakeup_warn, true);
	ck_assert_int_eq(options.children, CHILDREN_FOLLOW);
	ck_assert_int_eq(options.on_error, ON_ERROR_INERT);
	ck_assert_ptr_null(options.trace);
	ck_assert_ptr_null(options.inject);
}
END_TEST

START_TEST(profile_python) {
	good("SIGTAME_PROFILE=python");
	ck_assert_int_eq(options.profile, PROFILE_PYTHON);
	ck_assert_uint_eq(options.defer, ALL);
	ck_assert_int_eq(options.text_after, 0);
	ck_assert_int_eq(options.force_after, DURATION_NEVER);
	ck_assert_int_eq(options.thread, THREAD_MAIN);
	ck_assert_int_eq(options.setters, SETTERS_MAIN);
	ck_assert_uint_eq(options.persist, ALL & ~SIGBIT(SIGCHLD));
	ck_assert_int_eq(options.restart, RESTART_ALWAYS);
	ck_assert_uint_eq(options.retry, ALL);
	ck_assert_uint_eq(options.ignore, SIGBIT(SIGPIPE) | SIGBIT(SIGXFSZ));
	ck_assert_uint_eq(options.orderly, SIGBIT(SIGINT));
	ck_assert_int_eq(options.wakeup_warn, true);
}
END_TEST

START_TEST(profile_posix) {
	good("SIGTAME_PROFILE=posix");
	ck_assert_int_eq(options.profile, PROFILE_POSIX);
	ck_assert_uint_eq(options.defer | options.persist | options.retry | options.ignore | options.orderly, 0);
	ck_assert_int_eq(options.text_after, DURATION_NEVER);
	ck_assert_int_eq(options.force_after, DURATION_NEVER);
	ck_assert_int_eq(options.thread, THREAD_RECEIVER);
	ck_assert_int_eq(options.setters, SETTERS_ANY);
	ck_assert_int_eq(options.restart, RESTART_HOST);
}
END_TEST

START_TEST(the_profile_decides_wherever_it_stands) {
	ck_assert_int_eq(read_all("SIGTAME_THREAD=receiver", "SIGTAME_PROFILE=python", NULL), 0);
	ck_assert_int_eq(options.thread, THREAD_RECEIVER);
	ck_assert_int_eq(options.setters, SETTERS_MAIN);
	ck_assert_int_eq(read_all("SIGTAME_PROFILE=python", "SIGTAME_THREAD=receiver", NULL), 0);
	ck_assert_int_eq(options.thread, THREAD_RECEIVER);
	ck_assert_int_eq(options.setters, SETTERS_MAIN);
}
END_TEST

START_TEST(a_second_reading_forgets_the_first) {
	good("SIGTAME_PROFILE=python");
	good("SIGTAME_TRACE=file");
	ck_assert_int_eq(options.thread, THREAD_DIRECTED);
	good(NULL);
	ck_assert_ptr_null(options.trace);
}
END_TEST

START_TEST(an_empty_environment_is_no_error) {
	char *none[] = {NULL};
	ck_assert_int_eq(options_read(none), 0);
	ck_assert_int_eq(options_read(NULL), 0);
}
END_TEST

START_TEST(names_of_others_are_left_alone) {
	ck_assert_int_eq(read_all("SIGTAMER=1", "sigtame_thread=x", "XSIGTAME_THREAD=x"), 0);
	good("SIGTAME_THREAD");
}
END_TEST

START_TEST(of_two_the_first_counts) {
	ck_assert_int_eq(read_all("SIGTAME_THREAD=main", "SIGTAME_THREAD=mian", NULL), 0);
	ck_assert_int_eq(options.thread, THREAD_MAIN);
}
END_TEST

static const struct {
	const char *entry;
	sigbits set;
} lists[] = {
	{"INT", SIGBIT(2)}, {"int", SIGBIT(2)}, {"SIGINT", SIGBIT(2)}, {"INT,SIGTERM,15", SIGBIT(2) | SIGBIT(15)},
	{"1,2,64", SIGBIT(1) | SIGBIT(2) | SIGBIT(64)}, {"all", ALL}, {"ALL", ALL}, {"none", 0}, {"None", 0}, {" none ", 0},
	{"all,-PROF", ALL & ~SIGBIT(SIGPROF)}, {"all,-sigprof,-14", ALL & ~SIGBIT(SIGPROF) & ~SIGBIT(14)},
	{"INT,all", ALL}, {"INT,-INT", 0}, {"INT,TERM,-INT,INT", SIGBIT(2) | SIGBIT(15)}, {"INT,-TERM", SIGBIT(2)},
	{" INT , TERM\t", SIGBIT(2) | SIGBIT(15)}, {"CLD,POLL,IOT", SIGBIT(SIGCHLD) | SIGBIT(SIGIO) | SIGBIT(SIGABRT)},
	{"RTMIN+2", SIGBIT(36)}, {"RTMAX", SIGBIT(63)}, {"RTMAX-1", SIGBIT(62)}, {"all,-RTMAX", ALL & ~SIGBIT(63)},
	{"INT,INT", SIGBIT(2)}, {"SEGV", SIGBIT(SIGSEGV)},
};

START_TEST(reads_a_list_of_signals) {
	char entry[128] = "SIGTAME_DEFER=";
	good(strcat(entry, lists[_i].entry));
	ck_assert_uint_eq(options.defer, lists[_i].set);
}
END_TEST

START_TEST(all_is_what_a_handler_can_be_set_for) {
	good("SIGTAME_DEFER=all");
	ck_assert_uint_eq(options.defer, ~(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP) | SIGBIT(32) | SIGBIT(33)));
}
END_TEST

START_TEST(rtmax_is_what_the_host_sees) {
	ck_assert_int_eq(read_all("SIGTAME_RETRY=RTMAX", "SIGTAME_DEFER=none", NULL), 0);
	ck_assert_uint_eq(options.retry, SIGBIT(64));
	ck_assert_int_eq(read_all("SIGTAME_RETRY=RTMAX", "SIGTAME_DEFER=INT", NULL), 0);
	ck_assert_uint_eq(options.retry, SIGBIT(63));
	ck_assert_int_eq(read_all("SIGTAME_RETRY=RTMAX", "SIGTAME_PROFILE=posix", NULL), 0);
	ck_assert_uint_eq(options.retry, SIGBIT(64));
}
END_TEST

#define WANTED_SIGNALS "; wanted signals, as in INT,RTMIN+2 or all,-PROF or none"
#define WANTED_DURATION "; wanted a duration, as in 250us, 10ms, 1s or 0, or never"
#define WANTED_INJECTION "; wanted SIGNAL@CALL, SIGNAL@CALL:N or SIGNAL@every:DURATION, as in TERM@read:3"
#define WANTED_FD "; wanted the number of an open file, or -1"

static const struct {
	const char *entry, *why;
} mistakes[] = {
	{"SIGTAME_PROFILE=", "empty; wanted one of bsd, python, posix"},
	{"SIGTAME_PROFILE=pyhton", "no such choice; wanted one of bsd, python, posix; did you mean python?"},
	{"SIGTAME_PROFILE=linux", "no such choice; wanted one of bsd, python, posix"},
	{"SIGTAME_THREAD=mian", "no such choice; wanted one of main, directed, receiver; did you mean main?"},
	{"SIGTAME_THREAD=main ", "no such choice; wanted one of main, directed, receiver; did you mean main?"},
	{"SIGTAME_THREAD=main,directed", "no such choice; wanted one of main, directed, receiver"},
	{"SIGTAME_SETTERS=all", "no such choice; wanted one of any, main"},
	{"SIGTAME_RESTART=allways", "no such choice; wanted one of host, always, never; did you mean always?"},
	{"SIGTAME_WAKEUP_WARN=1", "no such choice; wanted one of no, yes"},
	{"SIGTAME_CHILDREN=folow", "no such choice; wanted one of follow, leave; did you mean follow?"},
	{"SIGTAME_ON_ERROR=die", "no such choice; wanted one of inert, abort"},
	{"SIGTAME_DEFER=", "empty" WANTED_SIGNALS},
	{"SIGTAME_DEFER= ", "a signal is missing beside a comma or a minus" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT,TREM", "TREM is no signal" WANTED_SIGNALS "; did you mean TERM?"},
	{"SIGTAME_DEFER=all,-SIGPROV", "SIGPROV is no signal" WANTED_SIGNALS "; did you mean PROF?"},
	{"SIGTAME_DEFER=65", "65 is no signal" WANTED_SIGNALS},
	{"SIGTAME_DEFER=0", "0 is no signal" WANTED_SIGNALS},
	{"SIGTAME_DEFER=KILL", "KILL cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT,sigstop", "sigstop cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=9", "9 cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=19", "19 cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=all,-KILL", "KILL cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=all,-19", "19 cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=-KILL", "KILL cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_DEFER=32", "32 is the C library's own" WANTED_SIGNALS},
	{"SIGTAME_DEFER=all,-33", "33 is the C library's own" WANTED_SIGNALS},
	{"SIGTAME_DEFER=-INT", "-INT takes out of nothing: put all or another signal before it" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT,", "a signal is missing beside a comma or a minus" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT,,TERM", "a signal is missing beside a comma or a minus" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT,-", "a signal is missing beside a comma or a minus" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT,none", "none stands alone, instead of a list" WANTED_SIGNALS},
	{"SIGTAME_DEFER=none,INT", "none stands alone, instead of a list" WANTED_SIGNALS},
	{"SIGTAME_DEFER=-all", "none stands alone, instead of a list" WANTED_SIGNALS},
	{"SIGTAME_DEFER=INT TERM", "INT TERM is no signal" WANTED_SIGNALS},
	{"SIGTAME_DEFER=RTMIN+30", "RTMIN+30 is no signal" WANTED_SIGNALS},
	{"SIGTAME_PERSIST=", "empty" WANTED_SIGNALS},
	{"SIGTAME_RETRY=KILL", "KILL cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_IGNORE=PIP", "PIP is no signal" WANTED_SIGNALS "; did you mean PIPE?"},
	{"SIGTAME_ORDERLY=9", "9 cannot be caught" WANTED_SIGNALS},
	{"SIGTAME_TEXT_AFTER=", "empty" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=10", "a number without a unit" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=ms", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=-1s", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=+1s", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=1.5s", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=1 s", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=1h", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=none", "not a duration" WANTED_DURATION},
	{"SIGTAME_TEXT_AFTER=nevr", "not a duration" WANTED_DURATION "; did you mean never?"},
	{"SIGTAME_DEFER=al", "al is no signal" WANTED_SIGNALS "; did you mean all?"},
	{"SIGTAME_FORCE_AFTER=9223372037s", "too long" WANTED_DURATION},
	{"SIGTAME_FORCE_AFTER=99999999999999999999s", "too long" WANTED_DURATION},
	{"SIGTAME_FORCE_AFTER=99999999999999999999", "a number without a unit" WANTED_DURATION},
	{"SIGTAME_WAKEUP_FD=", "empty" WANTED_FD},
	{"SIGTAME_WAKEUP_FD=-2", "not a file descriptor" WANTED_FD},
	{"SIGTAME_WAKEUP_FD=3x", "not a file descriptor" WANTED_FD},
	{"SIGTAME_WAKEUP_FD=stdout", "not a file descriptor" WANTED_FD},
	{"SIGTAME_WAKEUP_FD=2147483648", "not a file descriptor" WANTED_FD},
	{"SIGTAME_TRACE=", "empty; wanted a text that is not empty"},
	{"SIGTAME_INJECT=", "empty" WANTED_INJECTION},
	{"SIGTAME_INJECT=TERM", "TERM has no @" WANTED_INJECTION},
	{"SIGTAME_INJECT=TREM@read", "TREM is no signal" WANTED_INJECTION "; did you mean TERM?"},
	{"SIGTAME_INJECT=KILL@read", "KILL cannot be caught" WANTED_INJECTION},
	{"SIGTAME_INJECT=TERM@raed", "raed is no call that sigtame knows" WANTED_INJECTION "; did you mean read?"},
	{"SIGTAME_INJECT=TERM@read:0", "0 is no number of an entry; the first is 1" WANTED_INJECTION},
	{"SIGTAME_INJECT=TERM@read:x", "x is no number of an entry; the first is 1" WANTED_INJECTION},
	{"SIGTAME_INJECT=TERM@every:0", "0 is no time between two signals" WANTED_INJECTION},
	{"SIGTAME_INJECT=TERM@every:10", "10 is no duration, as in 10ms" WANTED_INJECTION},
	{"SIGTAME_DEFFER=all", "there is no such variable; did you mean SIGTAME_DEFER?"},
	{"SIGTAME_defer=all", "there is no such variable; did you mean SIGTAME_DEFER?"},
	{"SIGTAME_WAKEUPFD=3", "there is no such variable; did you mean SIGTAME_WAKEUP_FD?"},
	{"SIGTAME_FOO=", "there is no such variable; wanted one that sigtame run --help lists"},
	{"SIGTAME_=1", "there is no such variable; wanted one that sigtame run --help lists"},
};

START_TEST(reports_a_mistake) {
	bad(mistakes[_i].entry, mistakes[_i].why);
}
END_TEST

START_TEST(a_bad_value_leaves_the_default) {
	ck_assert_int_eq(read_all("SIGTAME_DEFER=all,-KILL", "SIGTAME_TEXT_AFTER=5", "SIGTAME_PROFILE=python"), 2);
	ck_assert_uint_eq(options.defer, ALL);
	ck_assert_int_eq(options.text_after, 0);
}
END_TEST

START_TEST(every_mistake_has_its_line) {
	ck_assert_int_eq(read_all("SIGTAME_THREAD=x", "SIGTAME_FOO=1", "SIGTAME_WAKEUP_FD="), 3);
	const char *line = said();
	int lines = 0;
	for (; *line; line = strchr(line, '\n') + 1, lines++)
		ck_assert_int_eq(strncmp(line, "sigtame: SIGTAME_", 17), 0);
	ck_assert_int_eq(lines, 3);
}
END_TEST

START_TEST(on_error_holds_beside_other_mistakes) {
	ck_assert_int_eq(read_all("SIGTAME_THREAD=x", "SIGTAME_ON_ERROR=abort", NULL), 1);
	ck_assert_int_eq(options.on_error, ON_ERROR_ABORT);
	ck_assert_int_eq(read_all("SIGTAME_PROFILE=x", "SIGTAME_ON_ERROR=Abort", "SIGTAME_X=1"), 2);
	ck_assert_int_eq(options.on_error, ON_ERROR_ABORT);
	ck_assert_int_eq(read_all("SIGTAME_THREAD=x", "SIGTAME_ON_ERROR=x", NULL), 2);
	ck_assert_int_eq(options.on_error, ON_ERROR_INERT);
}
END_TEST

static const struct {
	const char *entry;
	int64_t ns;
} durations[] = {
	{"SIGTAME_FORCE_AFTER=0", 0}, {"SIGTAME_FORCE_AFTER=0s", 0}, {"SIGTAME_FORCE_AFTER=250us", 250000},
	{"SIGTAME_FORCE_AFTER=10ms", 10 * MS}, {"SIGTAME_FORCE_AFTER=1s", 1000 * MS}, {"SIGTAME_FORCE_AFTER=1S", 1000 * MS},
	{"SIGTAME_FORCE_AFTER=007Ms", 7 * MS}, {"SIGTAME_FORCE_AFTER=never", DURATION_NEVER}, {"SIGTAME_FORCE_AFTER=NEVER", DURATION_NEVER},
	{"SIGTAME_FORCE_AFTER=9223372036s", INT64_C(9223372036000000000)},
};

START_TEST(reads_a_duration) {
	good(durations[_i].entry);
	ck_assert_int_eq(options.force_after, durations[_i].ns);
}
END_TEST

START_TEST(reads_an_fd) {
	good("SIGTAME_WAKEUP_FD=0");
	ck_assert_int_eq(options.wakeup_fd, 0);
	good("SIGTAME_WAKEUP_FD=2147483647");
	ck_assert_int_eq(options.wakeup_fd, 2147483647);
	good("SIGTAME_WAKEUP_FD=-1");
	ck_assert_int_eq(options.wakeup_fd, -1);
}
END_TEST

START_TEST(reads_choices_in_any_case) {
	good("SIGTAME_WAKEUP_WARN=No");
	ck_assert_int_eq(options.wakeup_warn, false);
	good("SIGTAME_CHILDREN=LEAVE");
	ck_assert_int_eq(options.children, CHILDREN_LEAVE);
	good("SIGTAME_RESTART=never");
	ck_assert_int_eq(options.restart, RESTART_NEVER);
	good("SIGTAME_SETTERS=Main");
	ck_assert_int_eq(options.setters, SETTERS_MAIN);
	good("SIGTAME_THREAD=DIRECTED");
	ck_assert_int_eq(options.thread, THREAD_DIRECTED);
}
END_TEST

START_TEST(keeps_texts_as_they_are) {
	good("SIGTAME_TRACE=/tmp/a b=%p");
	ck_assert_str_eq(options.trace, "/tmp/a b=%p");
	good("SIGTAME_INJECT=TERM@write:3");
	ck_assert_str_eq(options.inject, "TERM@write:3");
}
END_TEST

START_TEST(a_long_or_broken_value_is_still_one_line) {
	char entry[4096] = "SIGTAME_DEFER=X\nY";
	memset(entry + strlen(entry), 'z', sizeof entry - strlen(entry) - 1);
	ck_assert_int_eq(read_all(entry, NULL, NULL), 1);
	const char *line = said();
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
	ck_assert_ptr_nonnull(strstr(line, "wanted signals"));
}
END_TEST

int main(void) {
	Suite *suite = suite_create("options");
	TCase *options = tcase_create("options");
	tcase_add_checked_fixture(options, setup, NULL);
	tcase_add_test(options, the_default_profile_is_bsd);
	tcase_add_test(options, profile_python);
	tcase_add_test(options, profile_posix);
	tcase_add_test(options, the_profile_decides_wherever_it_stands);
	tcase_add_test(options, a_second_reading_forgets_the_first);
	tcase_add_test(options, an_empty_environment_is_no_error);
	tcase_add_test(options, names_of_others_are_left_alone);
	tcase_add_test(options, of_two_the_first_counts);
	tcase_add_loop_test(options, reads_a_list_of_signals, 0, ARRAY_LENGTH(lists));
	tcase_add_test(options, all_is_what_a_handler_can_be_set_for);
	tcase_add_test(options, rtmax_is_what_the_host_sees);
	tcase_add_loop_test(options, reports_a_mistake, 0, ARRAY_LENGTH(mistakes));
	tcase_add_test(options, a_bad_value_leaves_the_default);
	tcase_add_test(options, every_mistake_has_its_line);
	tcase_add_test(options, on_error_holds_beside_other_mistakes);
	tcase_add_loop_test(options, reads_a_duration, 0, ARRAY_LENGTH(durations));
	tcase_add_test(options, reads_an_fd);
	tcase_add_test(options, reads_choices_in_any_case);
	tcase_add_test(options, keeps_texts_as_they_are);
	tcase_add_test(options, a_long_or_broken_value_is_still_one_line);
	suite_add_tcase(suite, options);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
