/* check_safepoint.c: a signal arrives ahead of each instruction of a call: what it leaves is seen by the look that follows, and is in no
 * mask that the call reads. The trampoline is called there as the kernel calls it. */
#include "safepoint.h"

#include "arch/arch.h"
#include "disposition.h"
#include "doorbell.h"
#include "on.h"
#include "options.h"
#include "pending.h"
#include "step.h"
#include "trampoline.h"
#include "where.h"
#include <check.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned instructions_left, runs;
static void handler(int sig) { (void)sig, runs++; }

static void set_up(void) {
	struct action a = {.handler = handler};
	thread_attach(&self);
	thread_main = &self;
	where_prepare();
	options.text_after = options.force_after = DURATION_NEVER;
	disposition_set(SIGUSR1, &a);
}

static void arrive_once(ucontext_t *uc) {
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_USER, .si_pid = 1};
	if (instructions_left == 0 || --instructions_left > 0 || (sigbits_of(&uc->uc_sigmask) & SIGBIT(SIGUSR1)))
		return;
	sigbits mask = thread_set_kernel_mask(SIGBITS_FULL);
	trampoline_deferred(SIGUSR1, &info, uc);
	thread_set_kernel_mask(mask);
}

/* Runs, or drops, what is left. */
static void clear(void) {
	siginfo_t info;
	while (pending_take(&self, SIGUSR1, &info) >= 0)
		;
	self.due &= ~(unsigned)DUE_RAN;
	self.fresh = self.ran = 0;
	thread_set_kernel_mask(0);
}

static void look(void) { safepoint_run(&self, THREAD_SP(), NULL); }

START_TEST(what_is_kept_during_a_safe_point_is_news_at_its_end) {
	unsigned n = 0, kept = 0;
	do {
		instructions_left = ++n;
		step_all(look, arrive_once);
		ck_assert_msg(self.first == NULL || self.fresh, "ahead of instruction %u", n);
		kept += self.first != NULL;
		clear();
	} while (instructions_left == 0);
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_gt(kept, 0);
}
END_TEST

static sigset_t old;
static void block_another(void) {
	sigset_t other;
	sigemptyset(&other);
	sigaddset(&other, SIGUSR2);
	on_sigprocmask(SIG_BLOCK, &other, &old);
}

/* Where nothing runs as it arrives: inside of a handler that interrupted an unsafe place, and in a section. */
START_TEST(what_is_kept_is_in_no_mask_that_the_host_reads) {
	unsigned n = 0;
	self.deferring = _i == 1;
	unsigned records = thread_push(&self, (struct record){.sp = THREAD_SP(), .kind = _i == 0 ? RECORD_UNSAFE : RECORD_SAFE});
	do {
		instructions_left = ++n;
		step_all(block_another, arrive_once);
		ck_assert_msg(sigbits_of(&old) == 0, "ahead of instruction %u: %#llx", n, (unsigned long long)sigbits_of(&old));
		clear();
	} while (instructions_left == 0);
	ck_assert_uint_gt(n, 10);
	thread_pop(&self, records);
}
END_TEST

/* Another thread has run what was given to it; the doorbell says so while the frame of a handler that is not deferred begins or ends. */
static ucontext_t frame;
static void run_directly(void) {
	siginfo_t info = {.si_signo = SIGPROF, .si_code = SI_USER, .si_pid = 1};
	trampoline_direct(SIGPROF, &info, &frame);
}
static void ring_once(ucontext_t *uc) {
	siginfo_t ring = {.si_code = SI_TKILL, .si_pid = getpid()};
	if (instructions_left == 0 || --instructions_left > 0)
		return;
	sigbits mask = thread_set_kernel_mask(SIGBITS_FULL);
	self.out->state = SLOT_TAKEN;
	doorbell_answer(0, &ring, uc);
	thread_set_kernel_mask(mask);
}

START_TEST(a_ring_leaves_no_frame_with_what_is_no_longer_kept) {
	static struct thread other;
	struct action a = {.handler = handler};
	siginfo_t info = {.si_signo = SIGUSR1};
	sigbits kept = SIGBIT(SIGUSR1);
	unsigned n = 0;
	thread_main = &other;
	disposition_set(SIGPROF, &a);
	regs_set_pc(&frame, (uintptr_t)(void *)handler);
	do {
		thread_set_kernel_mask(SIGBITS_FULL);
		ck_assert(pending_post(&self, SIGUSR1, &info));
		memcpy(&frame.uc_sigmask, &kept, sizeof kept);
		thread_set_kernel_mask(kept);
		instructions_left = ++n;
		step_all(run_directly, ring_once);
		ck_assert_msg(sigbits_of(&frame.uc_sigmask) == self.kept, "ahead of instruction %u", n);
		thread_set_kernel_mask(SIGBITS_FULL);
		if (self.out)
			self.out->state = SLOT_TAKEN;
		pending_reclaim(&self);
	} while (instructions_left == 0);
	ck_assert_uint_gt(n, 100);
	thread_set_kernel_mask(0);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("safepoint");
	TCase *tests = tcase_create("stepped");
	tcase_add_checked_fixture(tests, set_up, NULL);
	if (STEP_CAN) {
		tcase_add_test(tests, what_is_kept_during_a_safe_point_is_news_at_its_end);
		tcase_add_test(tests, a_ring_leaves_no_frame_with_what_is_no_longer_kept);
	}
	if (STEP_CAN && STUB_LABELS) { /* the stub in C cannot be moved out of */
		tcase_add_loop_test(tests, what_is_kept_is_in_no_mask_that_the_host_reads, 0, 2);
	}
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
