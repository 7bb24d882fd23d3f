/* What a user may expect of a run of sweep's, and which runs fit it. */
#include "cli/command.h"
#include "cli/sweep.h"

#include "base.h"
#include <check.h>
#include <stdlib.h>

static int complaints;

void complain(const char *format, ...) {
	(void)format;
	complaints++;
}

/* As waitpid gives them. */
#define EXITED(n) ((n) << 8)
#define KILLED(sig) (sig)
#define KILLED_WITH_CORE(sig) ((sig) | 0x80)

static struct outcome outcome(int status, const char *output) {
	return (struct outcome){.status = status, .output = (char *)output, .length = strlen(output)};
}

static enum verdict judge(const char *text, struct outcome first, struct outcome run) {
	struct expectations all = {.count = 0};
	ck_assert(expect_add(&all, text, SIGTERM));
	return expect_judge(&all, &first, &run);
}

static const struct {
	const char *expected;
	int first_status;
	const char *first;
	int status;
	const char *output;
	enum verdict verdict;
} cases[] = {
	{"same", EXITED(0), "a\nb\n", EXITED(0), "a\nb\n", WELL},
	{"same", EXITED(0), "a\nb\n", EXITED(0), "caught\na\nmore\nb\nend\n", WELL},
	{"same", EXITED(0), "a\nb\n", EXITED(0), "a\n", LOST},
	{"same", EXITED(0), "a\nb\n", EXITED(0), "b\na\n", LOST},
	{"same", EXITED(0), "a\na\n", EXITED(0), "a\n", LOST},
	{"same", EXITED(0), "a\nb", EXITED(0), "a\nb", WELL},
	{"same", EXITED(0), "", EXITED(0), "caught\n", WELL},
	{"same:same", EXITED(0), "", EXITED(0), "caught\n", LOST},
	{"same", EXITED(0), "", EXITED(1), "", OTHERWISE},
	{"same", EXITED(0), "", KILLED(SIGSEGV), "", CRASHED},
	{"same", EXITED(0), "", KILLED_WITH_CORE(SIGABRT), "", CRASHED},
	{"same", EXITED(0), "", KILLED(SIGTERM), "", OTHERWISE},
	{"same", KILLED(SIGTERM), "", KILLED(SIGTERM), "", WELL},
	{"same", KILLED(SIGQUIT), "", KILLED_WITH_CORE(SIGQUIT), "", WELL},
	{"same,signal", EXITED(0), "a\nb\n", KILLED(SIGTERM), "a\n", WELL},
	{"same,signal", EXITED(0), "a\nb\n", KILLED(SIGTERM), "b\n", LOST},
	{"same,signal", EXITED(0), "a\nb\n", KILLED(SIGINT), "a\n", OTHERWISE},
	{"signal=INT", EXITED(0), "a\nb\n", KILLED(SIGINT), "a\n", WELL},
	{"signal=RTMAX", EXITED(0), "", KILLED(63), "", WELL},
	{"signal=RTMAX", EXITED(0), "", KILLED(64), "", OTHERWISE},
	{"signal=64", EXITED(0), "", KILLED(64), "", WELL},
	{"signal=2", EXITED(0), "", KILLED(SIGINT), "", WELL},
	{"signal:whole", EXITED(0), "a\n", KILLED(SIGTERM), "", LOST},
	{"signal=SEGV", EXITED(0), "", KILLED(SIGSEGV), "", WELL},
	{"status=3", EXITED(0), "a\nb\n", EXITED(3), "a\nb", WELL},
	{"status=3", EXITED(0), "a\nb\n", EXITED(3), "a\nb\nc\n", LOST},
	{"status=3:any", EXITED(0), "a\nb\n", EXITED(3), "c", WELL},
	{"status=3,same", EXITED(0), "a\n", EXITED(0), "a\n", WELL},
	{"status=3,status=0:any", EXITED(0), "a\n", EXITED(0), "", WELL},
	{"any", EXITED(0), "a\n", KILLED(SIGSEGV), "", WELL},
	{"any:same", EXITED(0), "a\n", KILLED(SIGSEGV), "", LOST},
};

START_TEST(judges) {
	enum verdict verdict = judge(cases[_i].expected, outcome(cases[_i].first_status, cases[_i].first), outcome(cases[_i].status, cases[_i].output));
	ck_assert_int_eq(verdict, cases[_i].verdict);
}
END_TEST

START_TEST(a_hung_run_is_never_well) {
	struct outcome hung = {.hung = true};
	ck_assert_int_eq(judge("any", outcome(EXITED(0), ""), hung), HUNG);
}
END_TEST

static const char *const bad[] = {"", "same,", "nonsense", "same:", "same:nonsense", "status", "status=", "status=256", "status=-1",
	"signal=", "signal=NOTHING", "signal=65", ":any"};

START_TEST(refuses) {
	struct expectations all = {.count = 0};
	complaints = 0;
	ck_assert_msg(!expect_add(&all, bad[_i], SIGTERM), "%s", bad[_i]);
	ck_assert_int_eq(complaints, 1);
}
END_TEST

START_TEST(takes_a_limited_number) {
	struct expectations all = {.count = 0};
	for (int i = 0; i < EXPECTATIONS_MAX; i++)
		ck_assert(expect_add(&all, "any", SIGTERM));
	ck_assert(!expect_add(&all, "any", SIGTERM));
}
END_TEST

int main(void) {
	Suite *suite = suite_create("expect");
	TCase *tcase = tcase_create("expect");
	tcase_add_loop_test(tcase, judges, 0, ARRAY_LENGTH(cases));
	tcase_add_test(tcase, a_hung_run_is_never_well);
	tcase_add_loop_test(tcase, refuses, 0, ARRAY_LENGTH(bad));
	tcase_add_test(tcase, takes_a_limited_number);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
