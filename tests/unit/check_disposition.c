/* check_disposition.c: an action is whole for whoever reads it, wherever a writer has come in between. */
#include "disposition.h"

#include "thread.h"
#include "step.h"
#include <check.h>
#include <stdlib.h>

#define SIG SIGUSR1

static void set_up(void) { thread_attach(&self); }

/* All members say the same number. */
static struct action action_of(int n) {
	return (struct action){.handler = (void (*)(int))(uintptr_t)(n + 1000), .mask = (sigbits)n, .flags = n, .marks = n};
}

static void set(int n) {
	struct action a = action_of(n);
	disposition_set(SIG, &a);
}

static void expect_whole(const struct action *a, int least, int most) {
	ck_assert_int_ge(a->flags, least);
	ck_assert_int_le(a->flags, most);
	struct action whole = action_of(a->flags);
	ck_assert(a->handler == whole.handler && a->mask == whole.mask && a->marks == whole.marks);
}

START_TEST(begins_as_the_default) {
	for (int sig = 1; sig <= SIGNALS; sig++) {
		struct action a = disposition_get(sig);
		ck_assert(a.handler == SIG_DFL && !action_is_handler(&a));
	}
}
END_TEST

START_TEST(keeps_each_signal_apart) {
	for (int sig = 1; sig <= SIGNALS; sig++) {
		struct action a = action_of(sig);
		disposition_set(sig, &a);
	}
	for (int sig = 1; sig <= SIGNALS; sig++) {
		struct action a = disposition_get(sig);
		expect_whole(&a, sig, sig);
	}
}
END_TEST

static int number;
static struct action got;
static void get(void) { got = disposition_get(SIG); }
static void set_next(void) { set(++number); }

static void set_three(void) {
	for (int i = 0; i < 3; i++)
		set_next();
}

/* Overtaken by one writer, who leaves the copy that is read alone, and by three. */
START_TEST(a_reader_that_was_overtaken_looks_again) {
	void (*writer)(void) = _i ? set_three : set_next;
	set(0);
	for (unsigned n = 0; step_at(n, get, writer); n++)
		expect_whole(&got, 0, number);
	ck_assert_int_gt(number, 10);
}
END_TEST

static void see(void) {
	get();
	expect_whole(&got, number - 1, number);
}

/* A reader that interrupts a writer waits for nothing. */
START_TEST(a_writer_is_seen_before_or_after) {
	set(0);
	for (unsigned n = 0; step_at(n, set_next, see); n++) {
		get();
		expect_whole(&got, number, number);
	}
	ck_assert_int_gt(number, 10);
}
END_TEST

START_TEST(a_change_within_a_change_is_told_again) {
	ck_assert(disposition_lock(SIG));
	ck_assert(disposition_lock(SIGUSR2));
	ck_assert(!disposition_lock(SIG));
	ck_assert(!disposition_unlock(SIGUSR2));
	ck_assert(disposition_unlock(SIG));
	ck_assert(disposition_lock(SIG));
	ck_assert(!disposition_unlock(SIG));
}
END_TEST

/* Another thread takes the lock ahead of an instruction and holds it for a while. */
#define HELD_FOR 100
static unsigned at, now, both;
static bool is_held, other_holds;

static bool lock_as_other(void) {
	pid_t mine = self.tid;
	self.tid = mine + 1;
	bool locked = disposition_table[SIG - 1].owner == 0 && disposition_lock(SIG);
	self.tid = mine;
	return locked;
}

static void unlock_as_other(void) {
	if (other_holds)
		disposition_unlock(SIG);
	other_holds = false;
}

static void hold_meanwhile(ucontext_t *uc) {
	(void)uc;
	if (now == at)
		other_holds = lock_as_other();
	both += other_holds && is_held;
	if (now == at + HELD_FOR)
		unlock_as_other();
	now++;
}

static void lock(void) {
	is_held = disposition_lock(SIG);
	disposition_get(SIGUSR2);
	is_held = false;
	disposition_unlock(SIG);
}

START_TEST(one_thread_changes_at_a_time) {
	unsigned waited = 0;
	for (at = 0, now = 1; at < now; at++) {
		now = 0;
		step_all(lock, hold_meanwhile);
		unlock_as_other();
		ck_assert_uint_eq(both, 0);
		waited += now > HELD_FOR;
	}
	ck_assert_uint_gt(waited, 5);
}
END_TEST

START_TEST(a_new_action_has_not_run) {
	ck_assert_int_eq(disposition_last_run(SIG), RUN_NONE);
	disposition_note_run(SIG, RUN_FROM_ELSEWHERE);
	ck_assert_int_eq(disposition_last_run(SIG), RUN_FROM_ELSEWHERE);
	ck_assert_int_eq(disposition_last_run(SIGUSR2), RUN_NONE);
	set(1);
	ck_assert_int_eq(disposition_last_run(SIG), RUN_NONE);
}
END_TEST

static void on_signal(int sig) { (void)sig; }

START_TEST(the_kernel_alone_is_told_of_a_default) {
	struct sigaction act = {.sa_handler = on_signal};
	sigaction(SIG, &act, NULL);
	set(7);
	disposition_kernel_default(SIG);
	sigaction(SIG, NULL, &act);
	ck_assert(act.sa_handler == SIG_DFL);
	struct action a = disposition_get(SIG);
	expect_whole(&a, 7, 7);
}
END_TEST

static int seen_sig;
static void *seen_info, *seen_context;
static void on_three(int sig, siginfo_t *info, void *context) {
	seen_sig = sig;
	seen_info = info;
	seen_context = context;
}

START_TEST(a_handler_gets_all_three) {
	siginfo_t info;
	int context;
	struct action a = {.handler = (void (*)(int))(void *)on_three};
	action_call(&a, SIG, &info, &context);
	ck_assert(seen_sig == SIG && seen_info == &info && seen_context == &context);
	ck_assert(action_is_handler(&a));
	a.handler = SIG_IGN;
	ck_assert(!action_is_handler(&a));
}
END_TEST

int main(void) {
	Suite *suite = suite_create("disposition");
	TCase *tests = tcase_create("disposition");
	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, begins_as_the_default);
	tcase_add_test(tests, keeps_each_signal_apart);
	if (STEP_CAN) {
		tcase_add_loop_test(tests, a_reader_that_was_overtaken_looks_again, 0, 2);
		tcase_add_test(tests, one_thread_changes_at_a_time);
		tcase_add_test(tests, a_writer_is_seen_before_or_after);
	}
	tcase_add_test(tests, a_change_within_a_change_is_told_again);
	tcase_add_test(tests, a_new_action_has_not_run);
	tcase_add_test(tests, the_kernel_alone_is_told_of_a_default);
	tcase_add_test(tests, a_handler_gets_all_three);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
