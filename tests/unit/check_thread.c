/* check_thread.c: the account of a thread's mask, and what lies on its stack: a record counts as long as it is there. */
#include "thread.h"

#include "disposition.h"
#include "on.h"
#include "run.h"
#include "safepoint.h"
#include "step.h"
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct thread t;

static void set_up(void) { thread_attach(&self); }

/* ---- Masks. ---- */

static const sigbits masks[] = {0, SIGBIT(1), SIGBIT(SIGTERM) | SIGBIT(40), SIGBIT(64), SIGBITS_FULL, ~(sigbits)0};

/* Whatever is kept, the host finds what it has set, and the kernel blocks both. */
START_TEST(the_host_finds_its_own_mask) {
	for (size_t k = 0; k < ARRAY_LENGTH(masks); k++)
		for (size_t h = 0; h < ARRAY_LENGTH(masks); h++) {
			t.kept = masks[k];
			sigbits kernel = thread_mask_enter(&t, masks[h]);
			ck_assert_uint_eq(kernel, masks[k] | masks[h]);
			ck_assert_uint_eq(t.kept_blocked, masks[k] & masks[h]);
			ck_assert_uint_eq(thread_mask_host(&t, kernel), masks[h]);
		}
}
END_TEST

/* What is kept later, of a number that the host did not block, is none of its mask. */
START_TEST(what_is_kept_later_stays_hidden) {
	t.kept = SIGBIT(40);
	sigbits kernel = thread_mask_enter(&t, SIGBIT(40) | SIGBIT(41));
	t.kept |= SIGBIT(42);
	ck_assert_uint_eq(thread_mask_host(&t, kernel | SIGBIT(42)), SIGBIT(40) | SIGBIT(41));
}
END_TEST

START_TEST(full_leaves_faults_and_libc_alone) {
	static const int never[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, 32, 33};
	for (size_t i = 0; i < ARRAY_LENGTH(never); i++)
		ck_assert_uint_eq(SIGBITS_FULL & SIGBIT(never[i]), 0);
	ck_assert_int_eq(__builtin_popcountll(SIGBITS_FULL), SIGNALS - (int)ARRAY_LENGTH(never));
}
END_TEST

START_TEST(the_kernel_has_what_was_set) {
	sigset_t set;
	sigbits mask = SIGBIT(SIGUSR1) | SIGBIT(40), start = thread_set_kernel_mask(mask);
	ck_assert_uint_eq(thread_kernel_mask(), mask);
	sigprocmask(SIG_SETMASK, NULL, &set);
	ck_assert_uint_eq(sigbits_of(&set), mask);
	ck_assert_uint_eq(thread_set_kernel_mask(start), mask);
	ck_assert_uint_eq(thread_kernel_mask(), start);
}
END_TEST

/* What a handler that is forced between two looks lets go of is blocked by nobody, least of all by a child. */
static unsigned instructions_left;
static sigbits found;
static void look_at_the_mask(void) { found = thread_host_mask(&self); }
static void force_once(ucontext_t *uc) {
	sigbits mask = sigbits_of(&uc->uc_sigmask);
	if (instructions_left == 0 || --instructions_left > 0 || (mask & SIGBIT(SIGUSR2)))
		return;
	mask &= ~self.kept;
	self.kept = 0;
	memcpy(&uc->uc_sigmask, &mask, sizeof mask);
}

START_TEST(a_look_at_the_hosts_mask_is_one_moment) {
	unsigned n = 0;
	do {
		self.kept = SIGBIT(SIGUSR1);
		thread_set_kernel_mask(SIGBIT(SIGUSR1) | SIGBIT(40));
		instructions_left = ++n;
		step_all(look_at_the_mask, force_once);
		ck_assert_msg(found == SIGBIT(40), "forced ahead of instruction %u: found %#llx", n, (unsigned long long)found);
		ck_assert_uint_eq(thread_kernel_mask(), self.kept | SIGBIT(40));
	} while (instructions_left == 0);
	ck_assert_uint_gt(n, 20);
	thread_set_kernel_mask(0);
	self.kept = 0;
}
END_TEST

/* The same for the mask that posix_spawn gives a child. */
static int note_the_mask(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                         char *const argv[], char *const envp[]) {
	(void)pid, (void)path, (void)actions, (void)argv, (void)envp;
	memcpy(&found, &attr->__ss, sizeof found);
	return EAGAIN;
}
static void spawn_nothing(void) { on_spawn(note_the_mask, NULL, NULL, NULL, NULL, NULL, NULL); }

START_TEST(a_spawned_childs_mask_is_one_moment) {
	unsigned n = 0;
	do {
		self.kept = self.kept_blocked = 0;
		thread_set_kernel_mask(SIGBIT(SIGUSR1) | SIGBIT(40));
		self.kept = SIGBIT(SIGUSR1);
		found = ~(sigbits)0;
		instructions_left = ++n;
		step_all(spawn_nothing, force_once);
		ck_assert_msg(found == SIGBIT(40), "forced ahead of instruction %u: found %#llx", n, (unsigned long long)found);
	} while (instructions_left == 0);
	ck_assert_uint_gt(n, 50);
	thread_set_kernel_mask(0);
	self.kept = 0;
}
END_TEST

/* What comes behind the one that is kept waits in the kernel, and the host blocks neither. */
static sigset_t pending;
static void look_at_what_is_pending(void) { on_sigpending(&pending); }
static void takes_no_notice(int sig) { (void)sig; }

START_TEST(what_the_host_does_not_block_is_not_pending) {
	unsigned n = 0;
	signal(SIGUSR1, takes_no_notice);
	do {
		self.kept = SIGBIT(SIGUSR1);
		thread_set_kernel_mask(SIGBIT(SIGUSR1) | SIGBIT(40));
		syscall(SYS_tgkill, getpid(), self.tid, SIGUSR1);
		syscall(SYS_tgkill, getpid(), self.tid, 40);
		instructions_left = ++n;
		step_all(look_at_what_is_pending, force_once);
		ck_assert_msg(sigbits_of(&pending) == SIGBIT(40), "forced ahead of instruction %u: found %#llx", n, (unsigned long long)sigbits_of(&pending));
	} while (instructions_left == 0);
	ck_assert_uint_gt(n, 50);
	thread_set_kernel_mask(SIGBIT(40));
	self.kept = 0;
}
END_TEST

/* ---- What is due. ---- */

START_TEST(a_bit_of_due_is_news) {
	due_set(&t, DUE_KEPT);
	ck_assert_uint_eq(t.fresh, 1);
	t.fresh = 0;
	due_set(&t, DUE_RAN);
	ck_assert_uint_eq(t.fresh, 1);
	due_clear(&t, DUE_KEPT);
	ck_assert_uint_eq(due_get(&t), DUE_RAN);
}
END_TEST

/* Each call takes the long way as long as it is there. */
START_TEST(a_stray_is_forgotten_at_the_next_safe_point) {
	thread_note_stray(&self);
	ck_assert_uint_eq(due_get(&self) & DUE_STRAY, DUE_STRAY);
	safepoint_run(&self, THREAD_SP(), NULL);
	ck_assert_uint_eq(due_get(&self) & DUE_STRAY, 0);
	ck_assert_uint_eq(self.fresh, 0);
}
END_TEST

/* Nothing may be left blocked where libc writes the mask down, after a handler that was forced in there, too. */
START_TEST(a_handler_leaves_what_is_written_down_as_it_was) {
	self.unkept = 1;
	struct call_state outer = thread_leave_call(&self);
	safepoint_run(&self, THREAD_SP(), NULL); /* the handler's */
	ck_assert_uint_eq(self.unkept, 0);
	thread_resume_call(&self, &outer);
	ck_assert_uint_eq(self.unkept, 1);
	self.unkept = 0;
}
END_TEST

/* What a handler that is forced on the way lets go of would be blocked by the jump for good. */
static sigjmp_buf arrived;
static sigbits on_the_way;
static void libc_jumps(jmp_buf env, int value) {
	on_the_way = thread_kernel_mask();
	thread_set_kernel_mask(sigbits_of((const sigset_t *)&env[0].__saved_mask));
	siglongjmp(arrived, value);
}
START_TEST(nothing_comes_between_what_is_kept_and_the_jump) {
	sigjmp_buf env;
	self.kept = SIGBIT(SIGUSR1);
	if (sigsetjmp(arrived, 0) == 0 && sigsetjmp(env, 1) == 0)
		on_longjmp(env, 1, libc_jumps);
	ck_assert_uint_eq(on_the_way | SIGBIT(SIGKILL) | SIGBIT(SIGSTOP), SIGBITS_FULL);
	ck_assert_uint_eq(thread_kernel_mask(), SIGBIT(SIGUSR1));
	thread_set_kernel_mask(0);
	self.kept = 0;
}
END_TEST

/* Another thread may set an action between the arrival, for which the kernel chose the stack, and the run. */
static int runs_of[2];
static void first_handler(int sig) { (void)sig, runs_of[0]++; }
static void other_handler(int sig) { (void)sig, runs_of[1]++; }

START_TEST(what_arrives_runs_by_the_action_that_it_arrived_under) {
	struct action arrived = {.handler = (void *)first_handler}, set = {.handler = (void *)other_handler};
	struct frame f = {.host = thread_set_kernel_mask(SIGBITS_FULL), .kind = RECORD_SAFE};
	siginfo_t info = {.si_signo = SIGUSR1};
	disposition_set(SIGUSR1, &set);
	run_instance(&self, &f, &arrived, SIGUSR1, &info);
	thread_set_kernel_mask(f.host);
	ck_assert_int_eq(runs_of[0], 1);
	ck_assert_int_eq(runs_of[1], 0);
}
END_TEST

/* A one-shot handler's reset leaves what was set meanwhile. */
START_TEST(a_reset_takes_back_no_other_action) {
	struct action arrived = {.handler = (void *)first_handler, .flags = (int)SA_RESETHAND}, set = {.handler = (void *)other_handler};
	struct frame f = {.host = thread_set_kernel_mask(SIGBITS_FULL), .kind = RECORD_SAFE};
	siginfo_t info = {.si_signo = SIGUSR1};
	disposition_set(SIGUSR1, &set);
	run_instance(&self, &f, &arrived, SIGUSR1, &info);
	thread_set_kernel_mask(f.host);
	ck_assert_ptr_eq((void *)disposition_get(SIGUSR1).handler, (void *)other_handler);
}
END_TEST

START_TEST(a_thread_is_attached_once_for_good) {
	struct thread born = {.due = DUE_ATTACH};
	thread_due_always = DUE_CAREFUL;
	thread_attach(&born);
	ck_assert_int_eq(born.tid, (pid_t)syscall(SYS_gettid));
	ck_assert_uint_eq(due_get(&born), DUE_CAREFUL);
	ck_assert_int_eq(thread_process, getpid());
}
END_TEST

START_TEST(a_child_has_nothing_of_its_parent) {
	int slot;
	t = (struct thread){.due = DUE_KEPT | DUE_OUT | DUE_TIMER | DUE_RAN, .kept = 7, .kept_blocked = 3, .first = (void *)&slot, .out = (void *)&slot,
		.since_ns = 1, .timer = 5, .ran = RAN, .no_wait = true, .rung = true, .tid = 1};
	thread_due_always = DUE_CAREFUL;
	thread_child(&t);
	ck_assert_uint_eq(due_get(&t), DUE_CAREFUL);
	ck_assert(t.kept == 0 && t.kept_blocked == 0 && t.first == NULL && t.out == NULL);
	ck_assert(t.since_ns == 0 && t.timer == -1 && t.ran == 0 && !t.no_wait && !t.rung);
	ck_assert(t.tid == (pid_t)syscall(SYS_gettid) && thread_process == t.tid && thread_main == &t);
	t.deferring = 1; /* a section goes on in the child */
	thread_child(&t);
	ck_assert_uint_eq(due_get(&t), DUE_CAREFUL | DUE_SECTION);
}
END_TEST

static pthread_barrier_t met;
static struct thread *its_self;

static void *show_self(void *unused) {
	its_self = &self;
	pthread_barrier_wait(&met);
	pthread_barrier_wait(&met);
	return unused;
}

START_TEST(a_pthread_leads_to_its_thread) {
	pthread_t other;
	ck_assert_ptr_eq(thread_of(pthread_self()), &self);
	pthread_barrier_init(&met, NULL, 2);
	ck_assert_int_eq(pthread_create(&other, NULL, show_self, NULL), 0);
	pthread_barrier_wait(&met);
	ck_assert_ptr_eq(thread_of(other), its_self);
	ck_assert_ptr_ne(its_self, &self);
	pthread_barrier_wait(&met);
	pthread_join(other, NULL);
}
END_TEST

/* ---- The stack: it grows towards lower addresses. ---- */

static struct record record_at(uintptr_t sp, enum record_kind kind) { return (struct record){.sp = sp, .kind = (uint8_t)kind}; }

START_TEST(the_topmost_decides) {
	ck_assert(thread_is_safe(&t, 1000));
	unsigned outer = thread_push(&t, record_at(900, RECORD_UNSAFE));
	ck_assert(!thread_is_safe(&t, 800));
	unsigned inner = thread_push(&t, record_at(700, RECORD_SAFE));
	ck_assert(thread_is_safe(&t, 600));
	unsigned libc = thread_push(&t, record_at(500, RECORD_LIBC));
	ck_assert(!thread_is_safe(&t, 400));
	thread_pop(&t, libc);
	ck_assert(thread_is_safe(&t, 600));
	thread_pop(&t, inner);
	ck_assert(!thread_is_safe(&t, 800));
	thread_pop(&t, outer);
	ck_assert(thread_is_safe(&t, 1000));
}
END_TEST

/* Left by siglongjmp or an exception that nobody saw: the caller is above it. */
START_TEST(a_record_below_the_caller_is_dead) {
	thread_push(&t, record_at(900, RECORD_LIBC));
	thread_push(&t, record_at(700, RECORD_SAFE));
	thread_push(&t, record_at(500, RECORD_UNSAFE));
	ck_assert_ptr_eq(thread_top(&t, 500), &t.record[2]);
	ck_assert_ptr_eq(thread_top(&t, 501), &t.record[1]);
	ck_assert_uint_eq(t.records, 2);
	ck_assert_ptr_null(thread_top(&t, 901));
	ck_assert_uint_eq(t.records, 0);
}
END_TEST

/* The handler on it may have gone on elsewhere, above and below. */
START_TEST(an_alternate_stack_says_nothing_of_the_caller) {
	struct record r = record_at(5000, RECORD_UNSAFE);
	r.below = 1000;
	r.above = 1000;
	thread_push(&t, r);
	ck_assert(!thread_is_safe(&t, 4500));
	ck_assert(!thread_is_safe(&t, 5500));
	ck_assert(!thread_is_safe(&t, 90000));
	ck_assert_uint_eq(t.records, 1);
}
END_TEST

static const struct {
	uintptr_t to;
	unsigned left;
} jumps[] = {{300, 3}, {400, 3}, {401, 2}, {800, 2}, {801, 1}, {1000, 1}, {1001, 0}};

START_TEST(a_jump_ends_what_is_below) {
	thread_push(&t, record_at(1000, RECORD_SAFE));
	thread_push(&t, record_at(800, RECORD_LIBC));
	thread_push(&t, record_at(400, RECORD_UNSAFE));
	thread_jumped(&t, jumps[_i].to);
	ck_assert_uint_eq(t.records, jumps[_i].left);
}
END_TEST

/* From 4000 to 6000, of which the part from 5000 on was in use before. */
static const struct {
	uintptr_t to;
	unsigned left;
} jumps_from_alternate[] = {{4000, 2}, {5000, 2}, {5001, 1}, {90000, 1}, {3999, 1}, {100, 1}, {100001, 0}};

START_TEST(a_jump_from_an_alternate_stack_leaves_it) {
	struct record r = record_at(5000, RECORD_SAFE);
	r.below = 1000;
	r.above = 1000;
	thread_push(&t, record_at(100000, RECORD_SAFE));
	thread_push(&t, r);
	thread_jumped(&t, jumps_from_alternate[_i].to);
	ck_assert_uint_eq(t.records, jumps_from_alternate[_i].left);
}
END_TEST

START_TEST(more_than_there_is_room_for_come_and_go) {
	unsigned before[RECORDS + 5];
	for (unsigned i = 0; i < ARRAY_LENGTH(before); i++)
		before[i] = thread_push(&t, record_at(90000 - i, RECORD_SAFE));
	ck_assert_uint_eq(t.records, RECORDS);
	for (unsigned i = ARRAY_LENGTH(before); i-- > 0;) {
		thread_pop(&t, before[i]);
		ck_assert_uint_eq(t.records, i < RECORDS ? i : RECORDS);
	}
}
END_TEST

static void push_libc(void) { thread_push(&t, record_at(700, RECORD_LIBC)); }

static void expect_whole(ucontext_t *uc) {
	(void)uc;
	const struct record *top = thread_top(&t, 600);
	ck_assert(t.records < 2 ? top->sp == 900 && top->kind == RECORD_UNSAFE : top->sp == 700 && top->kind == RECORD_LIBC);
}

START_TEST(a_record_is_there_whole_or_not_at_all) {
	thread_push(&t, record_at(900, RECORD_UNSAFE));
	thread_push(&t, record_at(800, RECORD_SAFE)); /* what lies there from before */
	thread_pop(&t, 1);
	step_all(push_libc, expect_whole);
	ck_assert_uint_eq(t.records, 2);
}
END_TEST

/* ---- The call under way. ---- */

START_TEST(a_handlers_calls_are_not_the_call_under_way) {
	sigbits mask = 0;
	t = (struct thread){.waiting_mask = &mask, .call = "read", .ran = RAN | RAN_NO_RETRY, .no_wait = true, .rung = true};
	struct call_state outer = thread_leave_call(&t);
	ck_assert(t.waiting_mask == NULL && t.call == NULL && t.ran == 0 && !t.no_wait && !t.rung);
	t.call = "write";
	t.ran = RAN_NO_RESTART;
	thread_resume_call(&t, &outer);
	ck_assert(t.waiting_mask == &mask && strcmp(t.call, "read") == 0 && t.ran == (RAN | RAN_NO_RETRY) && t.no_wait && t.rung);
	ck_assert_uint_eq(due_get(&t), DUE_RAN);
}
END_TEST

START_TEST(a_call_that_nothing_ran_in_stays_so) {
	struct call_state outer = thread_leave_call(&t);
	thread_resume_call(&t, &outer);
	ck_assert_uint_eq(due_get(&t), 0);
}
END_TEST

static TCase *of_the_mask(void) {
	TCase *tests = tcase_create("mask");
	tcase_add_test(tests, the_host_finds_its_own_mask);
	tcase_add_test(tests, what_is_kept_later_stays_hidden);
	tcase_add_test(tests, full_leaves_faults_and_libc_alone);
	tcase_add_test(tests, the_kernel_has_what_was_set);
	if (STEP_CAN) {
		tcase_add_test(tests, a_look_at_the_hosts_mask_is_one_moment);
		tcase_add_test(tests, a_spawned_childs_mask_is_one_moment);
		tcase_add_test(tests, what_the_host_does_not_block_is_not_pending);
	}
	return tests;
}

static TCase *of_the_thread(void) {
	TCase *tests = tcase_create("thread");
	tcase_add_test(tests, a_bit_of_due_is_news);
	tcase_add_test(tests, a_stray_is_forgotten_at_the_next_safe_point);
	tcase_add_test(tests, a_handler_leaves_what_is_written_down_as_it_was);
	tcase_add_test(tests, nothing_comes_between_what_is_kept_and_the_jump);
	tcase_add_test(tests, what_arrives_runs_by_the_action_that_it_arrived_under);
	tcase_add_test(tests, a_reset_takes_back_no_other_action);
	tcase_add_test(tests, a_thread_is_attached_once_for_good);
	tcase_add_test(tests, a_child_has_nothing_of_its_parent);
	tcase_add_test(tests, a_pthread_leads_to_its_thread);
	tcase_add_test(tests, a_handlers_calls_are_not_the_call_under_way);
	tcase_add_test(tests, a_call_that_nothing_ran_in_stays_so);
	return tests;
}

static TCase *of_the_stack(void) {
	TCase *tests = tcase_create("stack");
	tcase_add_test(tests, the_topmost_decides);
	tcase_add_test(tests, a_record_below_the_caller_is_dead);
	tcase_add_test(tests, an_alternate_stack_says_nothing_of_the_caller);
	tcase_add_loop_test(tests, a_jump_ends_what_is_below, 0, ARRAY_LENGTH(jumps));
	tcase_add_loop_test(tests, a_jump_from_an_alternate_stack_leaves_it, 0, ARRAY_LENGTH(jumps_from_alternate));
	tcase_add_test(tests, more_than_there_is_room_for_come_and_go);
	if (STEP_CAN)
		tcase_add_test(tests, a_record_is_there_whole_or_not_at_all);
	return tests;
}

int main(void) {
	Suite *suite = suite_create("thread");
	TCase *cases[] = {of_the_mask(), of_the_thread(), of_the_stack()};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		tcase_add_checked_fixture(cases[i], set_up, NULL);
		suite_add_tcase(suite, cases[i]);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
