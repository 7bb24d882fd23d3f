/* check_deadline.c: the timer of a thread: rung again from whatever state it is in, and never left unarmed. */
#include "deadline.h"
#include "next.h"

#include <check.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int rings;

static void on_ring(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)context;
	rings += deadline_is_ring(info);
}

static void set_up(void) {
	struct sigaction act = {.sa_sigaction = on_ring, .sa_flags = SA_SIGINFO};
	deadline_signal = SIGRTMAX;
	sigaction(deadline_signal, &act, NULL);
	thread_attach(&self);
	thread_main = &self;
	rings = 0;
}

static int64_t left_ns(void) {
	struct itimerspec now;
	ck_assert_int_eq(syscall(SYS_timer_gettime, self.timer, &now), 0);
	return now.it_value.tv_sec * INT64_C(1000000000) + now.it_value.tv_nsec;
}

static void block(int how) {
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, deadline_signal);
	sigprocmask(how, &set, NULL);
}

static void await_ring(void) {
	for (int64_t end = deadline_now_ns() + INT64_C(10000000000); rings == 0 && deadline_now_ns() < end;)
		;
	ck_assert_int_gt(rings, 0);
}

START_TEST(arm_rings) {
	deadline_arm(&self);
	ck_assert_uint_eq(due_get(&self) & DUE_TIMER, DUE_TIMER);
	ck_assert_int_gt(self.since_ns, 0);
	await_ring();
}
END_TEST

START_TEST(again_first_of_all_rings) {
	ck_assert_int_eq(self.tick_ns, 0);
	deadline_again(&self);
	await_ring();
}
END_TEST

START_TEST(arm_twice_is_once) {
	block(SIG_BLOCK);
	deadline_arm(&self);
	int64_t tick_ns = self.tick_ns, since_ns = self.since_ns;
	deadline_arm(&self);
	ck_assert_int_eq(self.tick_ns, tick_ns);
	ck_assert_int_eq(self.since_ns, since_ns);
}
END_TEST

START_TEST(disarm_is_silent) {
	block(SIG_BLOCK);
	deadline_no_wait(&self);
	deadline_may_wait(&self);
	ck_assert_uint_eq(due_get(&self) & DUE_TIMER, 0);
	ck_assert_int_eq(left_ns(), 0);
}
END_TEST

START_TEST(no_wait_doubles_to_a_bound) {
	block(SIG_BLOCK);
	deadline_no_wait(&self);
	int64_t before = self.tick_ns;
	deadline_again(&self);
	ck_assert_int_eq(self.tick_ns, 2 * before);
	for (int i = 0; i < 40; i++)
		deadline_again(&self);
	ck_assert_int_lt(self.tick_ns, INT64_C(100000000));
	ck_assert_int_gt(self.tick_ns, before);
}
END_TEST

START_TEST(may_wait_keeps_what_is_kept_rung) {
	block(SIG_BLOCK);
	due_set(&self, DUE_KEPT);
	deadline_no_wait(&self);
	deadline_may_wait(&self);
	ck_assert_uint_eq(due_get(&self) & DUE_TIMER, DUE_TIMER);
}
END_TEST

START_TEST(main_is_rung_once_at_a_time) {
	block(SIG_BLOCK);
	for (int i = 0; i < 5; i++)
		deadline_ring_main();
	ck_assert_uint_eq(due_get(&self) & (DUE_RING | DUE_REMOTE), DUE_RING | DUE_REMOTE);
	block(SIG_UNBLOCK);
	ck_assert_int_eq(rings, 1);
}
END_TEST

START_TEST(a_stranger_is_no_ring) {
	siginfo_t info = {.si_signo = deadline_signal, .si_code = SI_QUEUE};
	info.si_pid = getpid();
	ck_assert(!deadline_is_ring(&info));
	info.si_code = SI_TKILL;
	ck_assert(deadline_is_ring(&info));
	info.si_pid = getppid();
	ck_assert(!deadline_is_ring(&info));
	info.si_code = SI_USER;
	ck_assert(!deadline_is_ring(&info));
	info.si_pid = 0; /* the queue was full */
	ck_assert(deadline_is_ring(&info));
	info.si_pid = getpid();
	ck_assert(deadline_is_ring(&info));
	info.si_code = SI_TIMER;
	ck_assert(!deadline_is_ring(&info));
}
END_TEST

int main(void) {
	Suite *suite = suite_create("deadline");
	TCase *tests = tcase_create("deadline");
	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, arm_rings);
	tcase_add_test(tests, again_first_of_all_rings);
	tcase_add_test(tests, arm_twice_is_once);
	tcase_add_test(tests, disarm_is_silent);
	tcase_add_test(tests, no_wait_doubles_to_a_bound);
	tcase_add_test(tests, may_wait_keeps_what_is_kept_rung);
	tcase_add_test(tests, main_is_rung_once_at_a_time);
	tcase_add_test(tests, a_stranger_is_no_ring);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
