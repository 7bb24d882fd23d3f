/* check_arrival.c: an arrival is counted always, and recorded with who sent it and where it found the thread, if there is a trace.
 * The library's text and the program's are the same here: what is in a call is known, what is between two is not tried. */
#include "arrival.h"

#include "arch/arch.h"
#include "next.h"
#include "objects.h"
#include "where.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static char file[64];

static void set_up(void) {
	thread_attach(&self);
	next_find_libc();
	where_prepare();
	snprintf(file, sizeof file, "/tmp/check_arrival.%d", (int)getpid());
}

static void tear_down(void) { unlink(file); }

static ucontext_t frame_at(uintptr_t pc) {
	ucontext_t uc = {0};
	regs_set_pc(&uc, pc);
	return uc;
}

static const siginfo_t sent = {.si_code = SI_QUEUE, .si_pid = 1234}, raised = {.si_code = SEGV_MAPERR, .si_addr = (void *)1234};

static struct trace_record arrives(const siginfo_t *info, uintptr_t pc) {
	ucontext_t uc = frame_at(pc);
	uint64_t place = trace_ring->next;
	arrival_note(&self, SIGTERM, info, &uc);
	ck_assert_uint_eq(trace_ring->next, place + 1);
	struct trace_record r = ((struct trace_record *)((char *)trace_ring + TRACE_HEADER_SIZE))[place];
	ck_assert(r.event == TRACE_ARRIVED && r.signal == SIGTERM && r.tid == self.tid);
	return r;
}

START_TEST(it_is_counted_without_a_trace) {
	ucontext_t uc = frame_at(0);
	arrival_note(&self, SIGTERM, &sent, &uc);
	arrival_note(&self, SIGTERM, &sent, &uc);
	arrival_note(&self, SIGINT, &raised, &uc);
	ck_assert_uint_eq(state.counts[SIGTERM - 1][STATE_ARRIVED], 2);
	ck_assert_uint_eq(state.counts[SIGINT - 1][STATE_ARRIVED], 1);
}
END_TEST

/* Where the kernel itself raised it, the place of the pid holds something else. */
START_TEST(a_sender_is_named_if_there_is_one) {
	ck_assert_int_eq(trace_open(file), 0);
	struct trace_record by_process = arrives(&sent, 0), by_kernel = arrives(&raised, 0);
	ck_assert(by_process.sender == 1234 && by_process.code == SI_QUEUE);
	ck_assert(by_kernel.sender == 0 && by_kernel.code == SEGV_MAPERR);
	ck_assert_uint_eq(state.counts[SIGTERM - 1][STATE_ARRIVED], 2);
}
END_TEST

/* A call of the library's: where there is none, there is no list of their places either. */
static __attribute__((noinline, used)) long call(void) {
	static const unsigned due;
	return stub0(&due, SYS_getpid);
}

#if REGS_KNOWN

static uintptr_t in_program(void) { return (uintptr_t)call; }
static uintptr_t in_libc(void) { return (uintptr_t)NEXT(read); }

START_TEST(in_a_call_it_says_which) {
	ck_assert_int_eq(trace_open(file), 0);
	self.call = "poll";
	struct trace_record r = arrives(&sent, in_program());
	ck_assert_int_eq(r.place, TRACE_IN_CALL);
	ck_assert_str_eq(r.call, "poll");
	ck_assert_uint_eq(r.address, in_program());
	ck_assert_uint_eq(r.number, objects_own_base());
}
END_TEST

/* On its short way it has not said its name. */
START_TEST(the_address_says_it_where_the_call_does_not) {
	ck_assert_int_eq(trace_open(file), 0);
	struct trace_record r = arrives(&sent, in_program());
	ck_assert_int_eq(r.place, TRACE_IN_CALL);
	ck_assert_str_eq(r.call, "");
	ck_assert_uint_eq(r.address, in_program());
}
END_TEST

START_TEST(a_region_is_a_call_of_the_host) {
	ck_assert_int_eq(trace_open(file), 0);
	self.call = "poll";
	thread_push(&self, (struct record){.sp = UINTPTR_MAX, .kind = RECORD_LIBC, .next = NEXT_system});
	struct trace_record r = arrives(&sent, in_libc());
	ck_assert_int_eq(r.place, TRACE_IN_CALL);
	ck_assert_str_eq(r.call, "system");
	ck_assert_uint_eq(r.number, 0);
}
END_TEST

START_TEST(a_library_is_no_call) {
	ck_assert_int_eq(trace_open(file), 0);
	self.call = "poll";
	struct trace_record r = arrives(&sent, in_libc());
	ck_assert_int_eq(r.place, TRACE_IN_LIBRARY);
	ck_assert_str_eq(r.call, "");
	ck_assert_uint_eq(r.address, in_libc());
	ck_assert_uint_eq(r.number, 0);
}
END_TEST

#endif

int main(void) {
	Suite *suite = suite_create("arrival");
	TCase *tests = tcase_create("arrival");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, it_is_counted_without_a_trace);
	tcase_add_test(tests, a_sender_is_named_if_there_is_one);
#if REGS_KNOWN
	tcase_add_test(tests, in_a_call_it_says_which);
	tcase_add_test(tests, the_address_says_it_where_the_call_does_not);
	tcase_add_test(tests, a_region_is_a_call_of_the_host);
	tcase_add_test(tests, a_library_is_no_call);
#endif
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
