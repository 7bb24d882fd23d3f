/* check_where.c: what each place says of itself, instruction by instruction: a finished call is never taken for one that waits. */
#include "where.h"

#include "arch/arch.h"
#include "next.h"
#include "objects.h"
#include "options.h"
#include "step.h"
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct thread t;

static void set_up(void) {
	thread_attach(&self);
	options.text_after = options.force_after = DURATION_NEVER;
	next_find_libc();
	where_prepare();
}

/* ---- A frame. ---- */

#if REGS_KNOWN

#define SP 50000

static ucontext_t frame_at(uintptr_t pc, long result, bool entered) {
	ucontext_t uc = {0};
	regs_set_pc(&uc, pc);
	regs_set_result(&uc, result);
#if defined __x86_64__
	uc.uc_mcontext.gregs[REG_RSP] = SP;
	uc.uc_mcontext.gregs[REG_RCX] = entered ? (greg_t)(pc + SYSCALL_LENGTH) : 0;
#endif
	return uc;
}

static enum where look(uintptr_t pc, long result, bool entered, int64_t late_ns) {
	ucontext_t uc = frame_at(pc, result, entered);
	return where_look(&t, &uc, late_ns);
}

static void lies_in(enum record_kind kind, bool futex) {
	t.records = 0;
	thread_push(&t, (struct record){.sp = SP + 100, .kind = (uint8_t)kind, .futex = futex});
}

/* ---- The stubs. ---- */

#if STUB_LABELS

extern const struct stub __start_sigtame_stubs[] __attribute__((visibility("hidden")));
extern const struct stub __stop_sigtame_stubs[] __attribute__((visibility("hidden")));

static uintptr_t start_of(const struct stub *s) { return (uintptr_t)&s->start + (uintptr_t)(intptr_t)s->start; }
static uintptr_t insn_of(const struct stub *s) { return (uintptr_t)&s->insn + (uintptr_t)(intptr_t)s->insn; }

static const unsigned nothing_due, something_due = 1;
static const unsigned *due = &nothing_due;
static long results[3];

/* Others before and behind it, and one several times: the second finds what the first left in its registers. */
static void call_others(void) { results[0] = stub6(due, SYS_getpid, 1, 2, 3, 4, 5, 6) + stub2(due, SYS_getppid, 0, 0); }
static void call_thrice(void) {
	for (size_t i = 0; i < ARRAY_LENGTH(results); i++)
		results[i] = stub0(due, SYS_getpid);
}

START_TEST(a_stub_ends_on_its_system_call) {
	unsigned stubs = 0;
	call_others();
	for (const struct stub *s = __start_sigtame_stubs; s < __stop_sigtame_stubs; s++, stubs++) {
		uintptr_t insn = insn_of(s);
		ck_assert(regs_is_syscall(insn));
		ck_assert_int_eq(look(start_of(s) - 1, 0, false, 0), WHERE_UNSAFE);
		for (uintptr_t pc = start_of(s); pc <= insn; pc++) {
			ck_assert_int_eq(look(pc, 0, false, 0), WHERE_STUB_BEFORE);
			ck_assert_int_eq(look(pc, SYS_read, true, 0), pc == insn ? WHERE_STUB_RESTART : WHERE_STUB_BEFORE);
		}
		ck_assert_int_eq(look(insn + 1, 0, false, 0), WHERE_UNSAFE);
		ck_assert_int_eq(look(insn + SYSCALL_LENGTH, 5, false, 0), WHERE_STUB_AFTER);
		ck_assert_int_eq(look(insn + SYSCALL_LENGTH, -EINTR, false, 0), WHERE_STUB_AFTER);
		ck_assert_int_eq(look(insn + SYSCALL_LENGTH + 1, 5, false, 0), WHERE_UNSAFE);
	}
	ck_assert_uint_ge(stubs, 3);
}
END_TEST

START_TEST(a_stub_is_left_at_its_end) {
	for (const struct stub *s = __start_sigtame_stubs; s < __stop_sigtame_stubs; s++) {
		ucontext_t before = frame_at(start_of(s), 7, false), restart = frame_at(insn_of(s), SYS_read, true);
		ucontext_t after = frame_at(insn_of(s) + SYSCALL_LENGTH, 7, false);
		where_leave(WHERE_STUB_BEFORE, &before, RAN);
		where_leave(WHERE_STUB_RESTART, &restart, RAN);
		where_leave(WHERE_STUB_AFTER, &after, RAN | RAN_NO_RESTART | RAN_NO_RETRY);
		ck_assert(regs_pc(&before) == regs_pc(&after) && regs_pc(&restart) == regs_pc(&after));
		ck_assert_int_eq(regs_pc(&after), insn_of(s) + SYSCALL_LENGTH);
		ck_assert_int_eq(regs_result(&before), STUB_NOT_MADE);
		ck_assert_int_eq(regs_result(&restart), STUB_RESTART);
		ck_assert_int_eq(regs_result(&after), 7);
	}
}
END_TEST

/* What a thread says that goes through the stubs, each time it changes. The step after a system call may be one too late to see its result stand. */
static enum where said[64];
static unsigned changes;

static void say(ucontext_t *uc) {
	enum where w = where_look(&self, uc, 0);
	if (w == WHERE_STUB_AFTER)
		w = WHERE_UNSAFE;
	if (changes < ARRAY_LENGTH(said) && (changes == 0 || said[changes - 1] != w))
		said[changes++] = w;
}

/* A call that has not begun never looks like one that has waited. */
START_TEST(a_thread_goes_through_a_stub) {
	static const enum where way[] = {WHERE_UNSAFE, WHERE_STUB_BEFORE, WHERE_UNSAFE, WHERE_STUB_BEFORE, WHERE_UNSAFE, WHERE_STUB_BEFORE, WHERE_UNSAFE};
	due = _i ? &something_due : &nothing_due;
	step_all(call_thrice, say);
	ck_assert_int_eq(results[2], _i ? STUB_NOT_MADE : getpid());
	ck_assert_uint_eq(changes, ARRAY_LENGTH(way));
	for (size_t i = 0; i < ARRAY_LENGTH(way); i++)
		ck_assert_int_eq(said[i], way[i]);
}
END_TEST

START_TEST(a_stub_in_an_unsafe_place_is_unsafe) {
	uintptr_t insn = insn_of(__start_sigtame_stubs);
	lies_in(RECORD_SAFE, false);
	ck_assert_int_eq(look(insn, 0, false, 0), WHERE_STUB_BEFORE);
	lies_in(RECORD_UNSAFE, false);
	ck_assert_int_eq(look(insn, 0, false, 0), WHERE_UNSAFE);
	ck_assert_int_eq(look(insn, SYS_read, true, 0), WHERE_UNSAFE);
	lies_in(RECORD_LIBC, false);
	ck_assert_int_eq(look(insn, 0, false, 0), WHERE_UNSAFE);
}
END_TEST

#endif

/* ---- A wait in libc. ---- */

#if defined __x86_64__
static const unsigned char code[] __attribute__((aligned(64))) = {0x90, 0x90, 0x90, 0x90, 0x0f, 0x05, 0x90, 0x90};
#endif
#define INSN ((uintptr_t)code + 4)

static const struct {
	long nr;
	bool waits;
} calls[] = {
	{SYS_read, true}, {SYS_recvfrom, true}, {SYS_accept4, true}, {SYS_wait4, true}, {SYS_ppoll, true}, {SYS_clock_nanosleep, true}, {SYS_flock, true},
	{SYS_write, false}, {SYS_writev, false}, {SYS_sendto, false}, {SYS_futex, false}, {SYS_ioctl, false}, {SYS_close, false}, {SYS_mmap, false}, {-1, false},
};

START_TEST(only_what_waits_for_the_host_is_a_wait) {
	ck_assert_int_eq(look(INSN, calls[_i].nr, true, 0), calls[_i].waits ? WHERE_WAIT_RESTART : WHERE_UNSAFE);
	ck_assert_int_eq(look(INSN, calls[_i].nr, false, 0), WHERE_UNSAFE); /* it has not begun */
	ck_assert_int_eq(look(INSN - 1, calls[_i].nr, true, 0), WHERE_UNSAFE);
	lies_in(RECORD_UNSAFE, true);
	ck_assert_int_eq(look(INSN, calls[_i].nr, true, 0), WHERE_UNSAFE);
}
END_TEST

START_TEST(a_region_may_wait_for_a_lock_of_the_hosts) {
	lies_in(RECORD_LIBC, false);
	ck_assert_int_eq(look(INSN, SYS_read, true, 0), WHERE_WAIT_RESTART);
	ck_assert_int_eq(look(INSN, SYS_futex, true, 0), WHERE_UNSAFE);
	lies_in(RECORD_LIBC, true);
	ck_assert_int_eq(look(INSN, SYS_futex, true, 0), WHERE_WAIT_RESTART);
	ck_assert_int_eq(look(INSN, SYS_ioctl, true, 0), WHERE_WAIT_RESTART);
	ck_assert_int_eq(look(INSN, SYS_write, true, 0), WHERE_UNSAFE);
	lies_in(RECORD_SAFE, true);
	ck_assert_int_eq(look(INSN, SYS_futex, true, 0), WHERE_UNSAFE);
}
END_TEST

/* A stream's write, or its lock, is waited for a while before a handler comes in between. */
START_TEST(what_stands_still_is_a_wait_late) {
	static const int64_t stalled_ns = 50000000;
	static const long output[] = {SYS_write, SYS_writev, SYS_futex};
	for (size_t i = 0; i < ARRAY_LENGTH(output); i++) {
		lies_in(RECORD_LIBC, false);
		ck_assert_int_eq(look(INSN, output[i], true, stalled_ns - 1), WHERE_UNSAFE);
		ck_assert_int_eq(look(INSN, output[i], true, stalled_ns), WHERE_STALLED);
		ck_assert_int_eq(look(INSN, output[i], false, stalled_ns), WHERE_UNSAFE); /* it has not begun */
		ck_assert_int_eq(look(INSN - 1, output[i], true, stalled_ns), WHERE_UNSAFE);
		ck_assert_int_eq(look(INSN + SYSCALL_LENGTH, output[i], false, stalled_ns), WHERE_UNSAFE);
		lies_in(RECORD_UNSAFE, false);
		ck_assert_int_eq(look(INSN, output[i], true, stalled_ns), WHERE_UNSAFE);
	}
	ck_assert_int_eq(look(INSN, SYS_sendto, true, stalled_ns), WHERE_UNSAFE);
	lies_in(RECORD_LIBC, false);
	ck_assert_int_eq(look(INSN, SYS_sendto, true, stalled_ns), WHERE_UNSAFE); /* the log's lock is held */
	lies_in(RECORD_SAFE, false);
	ck_assert_int_eq(look(INSN, SYS_futex, true, stalled_ns), WHERE_UNSAFE); /* malloc's */
	ck_assert_int_eq(look(INSN, SYS_write, true, stalled_ns), WHERE_STALLED);
}
END_TEST

/* It leaves the place there too, and libc's locks held. */
START_TEST(a_finished_call_is_no_wait) {
	ck_assert_int_eq(look(INSN + SYSCALL_LENGTH, -EINTR, false, 0), WHERE_WAIT_EINTR);
	ck_assert_int_eq(look(INSN + SYSCALL_LENGTH, 0, false, 0), WHERE_UNSAFE);
	ck_assert_int_eq(look(INSN + SYSCALL_LENGTH, 100, false, 0), WHERE_UNSAFE);
	ck_assert_int_eq(look(INSN + SYSCALL_LENGTH, -EAGAIN, false, 0), WHERE_UNSAFE);
	lies_in(RECORD_UNSAFE, false);
	ck_assert_int_eq(look(INSN + SYSCALL_LENGTH, -EINTR, false, 0), WHERE_UNSAFE);
}
END_TEST

static void leave_wait(enum where w, unsigned ran, bool ends) {
	ucontext_t uc = frame_at(INSN, SYS_read, true);
	where_leave(w, &uc, ran);
	ck_assert_int_eq(regs_result(&uc), ends ? -EINTR : SYS_read);
	ck_assert_uint_eq(regs_pc(&uc), INSN + (ends ? SYSCALL_LENGTH : 0));
}

START_TEST(the_handlers_decide_whether_a_wait_goes_on) {
	leave_wait(WHERE_WAIT_RESTART, RAN | RAN_NO_RESTART | RAN_NO_RETRY, true);
	leave_wait(WHERE_WAIT_RESTART, RAN | RAN_NO_RETRY, false);
	leave_wait(WHERE_WAIT_RESTART, RAN | RAN_NO_RESTART, false);
	leave_wait(WHERE_WAIT_RESTART, 0, false); /* the doorbell alone */
	leave_wait(WHERE_FORCED, RAN | RAN_NO_RESTART | RAN_NO_RETRY, true);
	leave_wait(WHERE_STALLED, RAN | RAN_NO_RESTART | RAN_NO_RETRY, true);
	leave_wait(WHERE_STALLED, RAN | RAN_NO_RETRY, false);
	leave_wait(WHERE_TEXT, RAN | RAN_NO_RESTART | RAN_NO_RETRY, false);
	leave_wait(WHERE_UNSAFE, RAN | RAN_NO_RESTART | RAN_NO_RETRY, false);
	ucontext_t elsewhere = frame_at(INSN - 2, SYS_read, true);
	where_leave(WHERE_FORCED, &elsewhere, RAN | RAN_NO_RESTART | RAN_NO_RETRY);
	ck_assert_uint_eq(regs_pc(&elsewhere), INSN - 2);
}
END_TEST

/* ---- Late. ---- */

static uintptr_t in_program(void) { return (uintptr_t)set_up; }
static uintptr_t in_libc(void) { return (uintptr_t)NEXT(read); }

START_TEST(the_first_rung_is_the_programs_own_text) {
	options.text_after = 10;
	options.force_after = 1000;
	ck_assert_int_eq(look(in_program(), 0, false, 9), WHERE_UNSAFE);
	ck_assert_int_eq(look(in_program(), 0, false, 10), WHERE_TEXT);
	ck_assert_int_eq(look(in_libc(), 0, false, 999), WHERE_UNSAFE);
	lies_in(RECORD_LIBC, false); /* a callback */
	ck_assert_int_eq(look(in_program(), 0, false, 10), WHERE_TEXT);
	lies_in(RECORD_UNSAFE, false);
	ck_assert_int_eq(look(in_program(), 0, false, 999), WHERE_UNSAFE);
	ck_assert_int_eq(look(INSN, SYS_read, true, 10), WHERE_UNSAFE);
}
END_TEST

START_TEST(the_second_rung_is_anywhere) {
	options.text_after = 10;
	options.force_after = 1000;
	ck_assert_int_eq(look(in_libc(), 0, false, 1000), WHERE_FORCED);
	ck_assert_int_eq(look(in_program(), 0, false, 1000), WHERE_TEXT);
	ck_assert_int_eq(look(INSN, SYS_read, true, 1000), WHERE_WAIT_RESTART); /* a better place */
	lies_in(RECORD_UNSAFE, false);
	ck_assert_int_eq(look(in_program(), 0, false, 1000), WHERE_FORCED);
	options.text_after = options.force_after = DURATION_NEVER;
	ck_assert_int_eq(look(in_program(), 0, false, INT64_MAX - 1), WHERE_UNSAFE);
}
END_TEST

START_TEST(the_text_is_the_programs_alone) {
	static char data;
	ck_assert(objects_in_program(in_program()));
	ck_assert(!objects_in_program(in_libc()));
	ck_assert(!objects_in_program((uintptr_t)&data));
	ck_assert(!objects_in_program(0));
	ck_assert_uint_le(objects_program_base(), in_program());
	ck_assert(!objects_in_malloc(malloc) && !objects_has_own_malloc() && !objects_may_be_malloc((void *)in_program()));
}
END_TEST

static TCase *of_the_stubs(void) {
	TCase *tests = tcase_create("stubs");
#if STUB_LABELS
	tcase_add_test(tests, a_stub_ends_on_its_system_call);
	tcase_add_test(tests, a_stub_is_left_at_its_end);
	tcase_add_test(tests, a_stub_in_an_unsafe_place_is_unsafe);
	if (STEP_CAN)
		tcase_add_loop_test(tests, a_thread_goes_through_a_stub, 0, 2);
#endif
	return tests;
}

static TCase *of_the_others(void) {
	TCase *tests = tcase_create("others");
	tcase_add_loop_test(tests, only_what_waits_for_the_host_is_a_wait, 0, ARRAY_LENGTH(calls));
	tcase_add_test(tests, a_region_may_wait_for_a_lock_of_the_hosts);
	tcase_add_test(tests, what_stands_still_is_a_wait_late);
	tcase_add_test(tests, a_finished_call_is_no_wait);
	tcase_add_test(tests, the_handlers_decide_whether_a_wait_goes_on);
	tcase_add_test(tests, the_first_rung_is_the_programs_own_text);
	tcase_add_test(tests, the_second_rung_is_anywhere);
	tcase_add_test(tests, the_text_is_the_programs_alone);
	return tests;
}

#endif

int main(void) {
	Suite *suite = suite_create("where");
#if REGS_KNOWN
	TCase *cases[] = {of_the_stubs(), of_the_others()};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		tcase_add_checked_fixture(cases[i], set_up, NULL);
		suite_add_tcase(suite, cases[i]);
	}
#else
	(void)set_up, (void)t;
#endif
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
