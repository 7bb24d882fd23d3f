/* check_call.c: how long a call may still wait: never longer than the host said, and never shorter. */
#include "call.h"

#include "deadline.h"
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define NEVER INT64_MAX
#define SLACK (60 * SECOND) /* a test is not slower */

static struct call call_of(unsigned kind) { return (struct call){.kind = kind | CALL_TIMEOUT(1)}; }

static void expect_deadline(unsigned kind, long timeout, int64_t ns) {
	struct call c = call_of(kind);
	const long args[6] = {0, timeout};
	int64_t before = deadline_now_ns(), at = call_deadline_ns(&c, args);
	if (ns == NEVER) {
		ck_assert_int_eq(at, NEVER);
		return;
	}
	ck_assert_int_ge(at, before + ns);
	ck_assert_int_le(at, before + ns + SLACK);
}

/* ---- When it is to end. ---- */

START_TEST(milliseconds) {
	expect_deadline(CALL_MS, 0, 0);
	expect_deadline(CALL_MS, 1, 1000000);
	expect_deadline(CALL_MS, INT_MAX, INT_MAX * INT64_C(1000000));
	expect_deadline(CALL_MS, -1, NEVER);
	expect_deadline(CALL_MS, INT_MIN, NEVER);
	expect_deadline(CALL_MS, 0xffffffffL, NEVER); /* an int, whatever lies above it in the register */
}
END_TEST

static const struct {
	struct timespec timeout;
	int64_t ns;
} times[] = {
	{{0, 0}, 0}, {{0, 1}, 1}, {{2, 500000000}, 2 * SECOND + 500000000}, {{INT32_MAX, 0}, INT32_MAX * SECOND},
	{{INT32_MAX + INT64_C(1), 0}, NEVER}, {{INT64_MAX, 999999999}, NEVER}, {{-1, 0}, NEVER}, {{0, -1}, NEVER},
};

START_TEST(a_timespec) {
	expect_deadline(CALL_TS, (long)&times[_i].timeout, times[_i].ns);
	expect_deadline(CALL_TS | CALL_LEFT, (long)&times[_i].timeout, times[_i].ns);
}
END_TEST

START_TEST(a_timeval) {
	struct timeval tv = {3, 250000};
	expect_deadline(CALL_TV | CALL_LEFT, (long)&tv, 3 * SECOND + 250000000);
}
END_TEST

START_TEST(no_timeout_is_for_ever) {
	expect_deadline(CALL_TS, 0, NEVER);
	expect_deadline(CALL_TV | CALL_LEFT, 0, NEVER);
	expect_deadline(0, 5, NEVER);
	expect_deadline(CALL_UNTIL, (long)&times[0].timeout, NEVER);
}
END_TEST

/* ---- The same call, made again. ---- */

static const int64_t lefts_ns[] = {1, 999999, 1000000, 1000001, 5 * SECOND, 5 * SECOND + 1};

/* Early by less than a millisecond would be early. */
START_TEST(milliseconds_are_rounded_up) {
	struct call c = call_of(CALL_MS);
	struct timespec left;
	int64_t deadline = deadline_now_ns() + lefts_ns[_i];
	long args[6] = {7, -5, 7};
	call_shorten(&c, args, &left, deadline);
	int64_t ends = deadline_now_ns() + args[1] * 1000000;
	ck_assert_int_ge(ends, deadline);
	ck_assert_int_le(args[1], (lefts_ns[_i] + 999999) / 1000000);
	ck_assert(args[0] == 7 && args[2] == 7);
}
END_TEST

START_TEST(the_hosts_timespec_is_not_written) {
	struct call c = call_of(CALL_TS);
	const struct timespec whole = {9, 9};
	struct timespec left = {0};
	int64_t deadline = deadline_now_ns() + 5 * SECOND;
	long args[6] = {0, (long)&whole};
	call_shorten(&c, args, &left, deadline);
	ck_assert_int_eq(args[1], (long)&left);
	ck_assert(whole.tv_sec == 9 && whole.tv_nsec == 9);
	ck_assert_int_ge(deadline_now_ns() + left.tv_sec * SECOND + left.tv_nsec, deadline);
	ck_assert_int_le(left.tv_sec * SECOND + left.tv_nsec, 5 * SECOND);
}
END_TEST

START_TEST(where_the_kernel_writes_so_do_we) {
	struct call c = call_of(CALL_TS | CALL_LEFT);
	struct timespec host = {9, 9}, unused = {8, 8};
	int64_t deadline = deadline_now_ns() + 5 * SECOND;
	long args[6] = {0, (long)&host};
	call_shorten(&c, args, &unused, deadline);
	ck_assert_int_eq(args[1], (long)&host);
	ck_assert_int_ge(deadline_now_ns() + host.tv_sec * SECOND + host.tv_nsec, deadline);
	ck_assert_int_le(host.tv_sec * SECOND + host.tv_nsec, 5 * SECOND);
	ck_assert(unused.tv_sec == 8 && unused.tv_nsec == 8);
}
END_TEST

START_TEST(a_timeval_is_written_in_microseconds) {
	struct call c = call_of(CALL_TV | CALL_LEFT);
	struct timeval host = {9, 9};
	struct timespec unused;
	long args[6] = {0, (long)&host};
	call_shorten(&c, args, &unused, deadline_now_ns() + 5 * SECOND);
	ck_assert_int_eq(args[1], (long)&host);
	ck_assert_int_lt(host.tv_usec, 1000000);
	ck_assert_int_le(host.tv_sec * 1000000 + host.tv_usec, 5000000);
}
END_TEST

START_TEST(a_timeval_is_rounded_up) {
	struct call c = call_of(CALL_TV | CALL_LEFT);
	struct timespec unused;
	for (int i = 0; i < 1000; i++) {
		struct timeval host = {9, 9};
		long args[6] = {0, (long)&host};
		int64_t deadline = deadline_now_ns() + 5 * SECOND;
		call_shorten(&c, args, &unused, deadline);
		ck_assert_int_ge(deadline_now_ns() + host.tv_sec * SECOND + host.tv_usec * 1000, deadline);
	}
}
END_TEST

/* A deadline that is over leaves 0, nothing below it: that would be for ever, or a mistake. */
START_TEST(no_time_left_is_none) {
	struct call ms = call_of(CALL_MS), ts = call_of(CALL_TS), tv = call_of(CALL_TV | CALL_LEFT);
	struct timespec left = {9, 9};
	struct timeval host = {9, 9};
	long args[6] = {0, 1000};
	call_shorten(&ms, args, &left, deadline_now_ns() - SECOND);
	ck_assert_int_eq(args[1], 0);
	call_shorten(&ts, args, &left, deadline_now_ns() - SECOND);
	ck_assert(left.tv_sec == 0 && left.tv_nsec == 0);
	args[1] = (long)&host;
	call_shorten(&tv, args, &left, deadline_now_ns() - SECOND);
	ck_assert(host.tv_sec == 0 && host.tv_usec == 0);
}
END_TEST

START_TEST(for_ever_stays_for_ever) {
	struct call c = call_of(CALL_MS);
	struct timespec left;
	long args[6] = {0, -1};
	call_shorten(&c, args, &left, NEVER);
	ck_assert_int_eq(args[1], -1);
}
END_TEST

/* ---- Over before it begins. ---- */

static bool is_over(unsigned kind, long timeout) {
	struct call c = call_of(kind);
	const long args[6] = {0, timeout};
	return call_is_over(&c, args);
}

START_TEST(only_a_timeout_of_zero_never_waits) {
	struct timespec none = {0, 0}, some = {0, 1}, bad = {-1, 0};
	ck_assert(is_over(CALL_MS, 0));
	ck_assert(!is_over(CALL_MS, 1));
	ck_assert(!is_over(CALL_MS, -1));
	ck_assert(is_over(CALL_TS, (long)&none));
	ck_assert(is_over(CALL_TV | CALL_LEFT, (long)&none));
	ck_assert(!is_over(CALL_TS, (long)&some));
	ck_assert(!is_over(CALL_TS, (long)&bad));
	ck_assert(!is_over(CALL_TS, 0));
	ck_assert(!is_over(0, 0));
}
END_TEST

static bool is_past(clockid_t clock, int flags, const struct timespec *until) {
	struct call c = {.kind = CALL_UNTIL | CALL_TIMEOUT(2)};
	const long args[6] = {clock, flags, (long)until};
	return call_is_over(&c, args);
}

START_TEST(a_time_that_has_come_never_waits) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct timespec past = {now.tv_sec - 1, 999999999}, just = {now.tv_sec, 0}, future = {now.tv_sec + 1000, 0};
	ck_assert(is_past(CLOCK_MONOTONIC, TIMER_ABSTIME, &past));
	ck_assert(is_past(CLOCK_MONOTONIC, TIMER_ABSTIME, &just));
	ck_assert(!is_past(CLOCK_MONOTONIC, TIMER_ABSTIME, &future));
	ck_assert(!is_past(CLOCK_MONOTONIC, 0, &past)); /* so long, not until then */
	ck_assert(!is_past(CLOCK_REALTIME, TIMER_ABSTIME, NULL));
	ck_assert(!is_past(9999, TIMER_ABSTIME, &past)); /* the kernel says what is wrong */
	ck_assert(is_past(CLOCK_REALTIME, TIMER_ABSTIME, &future)); /* each clock has its own beginning */
}
END_TEST

/* ---- The limits of a socket. ---- */

#define RESTARTS (CALL_WAITS | CALL_RESTARTS)

static int64_t limit_of(long nr, unsigned kind, int fd) {
	struct call c = {.nr = nr, .kind = kind};
	const long args[6] = {fd};
	return call_socket_timeout_ns(&c, args);
}

static void limit(int fd, int option, struct timeval timeout) {
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout), 0);
}

START_TEST(each_direction_has_its_own_limit) {
	static const long sends[] = {SYS_write, SYS_writev, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_connect};
	static const long receives[] = {SYS_read, SYS_readv, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_accept4};
	int fds[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	limit(fds[0], SO_RCVTIMEO, (struct timeval){2, 0});
	limit(fds[0], SO_SNDTIMEO, (struct timeval){0, 500000});
	for (size_t i = 0; i < ARRAY_LENGTH(sends); i++)
		ck_assert_int_eq(limit_of(sends[i], RESTARTS, fds[0]), 500000000);
	for (size_t i = 0; i < ARRAY_LENGTH(receives); i++)
		ck_assert_int_eq(limit_of(receives[i], RESTARTS, fds[0]), 2 * SECOND);
	ck_assert_int_eq(limit_of(SYS_read, RESTARTS, fds[1]), 0);
	ck_assert_int_eq(limit_of(SYS_read, CALL_WAITS, fds[0]), 0);
}
END_TEST

START_TEST(a_file_that_is_no_socket_has_none) {
	int fds[2];
	ck_assert_int_eq(pipe(fds), 0);
	errno = 0;
	ck_assert_int_eq(limit_of(SYS_read, RESTARTS, fds[0]), 0);
	ck_assert_int_eq(limit_of(SYS_read, RESTARTS, -1), 0);
	ck_assert_int_eq(errno, 0);
}
END_TEST

/* The bits of a kind, and the two numbers above them, leave each other alone. */
START_TEST(the_parts_of_a_kind_do_not_overlap) {
	static const unsigned bits[] = {CALL_WAITS, CALL_RESTARTS, CALL_HANDLER, CALL_ONCE, CALL_CANCEL, CALL_MS, CALL_TS, CALL_EINTR, CALL_FUTEX,
		CALL_UNKEPT, CALL_NO_RESTART, CALL_LEFT, CALL_TV, CALL_REM, CALL_UNTIL, CALL_LOCKS};
	unsigned all = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(bits); i++) {
		ck_assert_uint_eq(all & bits[i], 0);
		all |= bits[i];
	}
	ck_assert_uint_eq(all & (CALL_TIMEOUT(5) | CALL_NAMED(1)), 0);
	ck_assert_uint_eq(CALL_TIMEOUT_OF(all | CALL_TIMEOUT(5)), 5);
	ck_assert_uint_eq(CALL_NAME_OF(all | CALL_NAMED(4095)), 4095);
	ck_assert_uint_eq(CALL_NAME_OF(all | CALL_TIMEOUT(5)), 0);
}
END_TEST

static TCase *of_the_end(void) {
	TCase *tests = tcase_create("deadline");
	tcase_add_test(tests, milliseconds);
	tcase_add_loop_test(tests, a_timespec, 0, ARRAY_LENGTH(times));
	tcase_add_test(tests, a_timeval);
	tcase_add_test(tests, no_timeout_is_for_ever);
	return tests;
}

static TCase *of_the_rest(void) {
	TCase *tests = tcase_create("left");
	tcase_add_loop_test(tests, milliseconds_are_rounded_up, 0, ARRAY_LENGTH(lefts_ns));
	tcase_add_test(tests, the_hosts_timespec_is_not_written);
	tcase_add_test(tests, where_the_kernel_writes_so_do_we);
	tcase_add_test(tests, a_timeval_is_written_in_microseconds);
	tcase_add_test(tests, a_timeval_is_rounded_up);
	tcase_add_test(tests, no_time_left_is_none);
	tcase_add_test(tests, for_ever_stays_for_ever);
	return tests;
}

static TCase *of_the_beginning(void) {
	TCase *tests = tcase_create("over");
	tcase_add_test(tests, only_a_timeout_of_zero_never_waits);
	tcase_add_test(tests, a_time_that_has_come_never_waits);
	return tests;
}

static TCase *of_the_kind(void) {
	TCase *tests = tcase_create("kind");
	tcase_add_test(tests, each_direction_has_its_own_limit);
	tcase_add_test(tests, a_file_that_is_no_socket_has_none);
	tcase_add_test(tests, the_parts_of_a_kind_do_not_overlap);
	return tests;
}

int main(void) {
	Suite *suite = suite_create("call");
	suite_add_tcase(suite, of_the_end());
	suite_add_tcase(suite, of_the_rest());
	suite_add_tcase(suite, of_the_beginning());
	suite_add_tcase(suite, of_the_kind());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
