/* check_wakeup.c: one byte a run to whom it was promised, and none to who gets the number of the fd afterwards. */
#include "wakeup.h"

#include "step.h"
#include "thread.h"
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TWIN 64 /* where an eventfd's duplicate is looked for a place */

static int end[2], other[2], said[2];

static void set_up(void) {
	thread_attach(&self);
	ck_assert_int_eq(pipe2(end, O_NONBLOCK) | pipe2(other, O_NONBLOCK) | pipe2(said, O_NONBLOCK), 0);
	dup2(said[1], STDERR_FILENO);
}

/* What lies in a pipe now, as a text. */
static const char *bytes_in(int fd) {
	static char text[256];
	ssize_t n = read(fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void arm(int fd) {
	ck_assert_int_eq(wakeup_set(fd, true), 0);
	ck_assert_int_eq(wakeup_get(), fd);
}

/* ---- What is written. ---- */

START_TEST(a_byte_is_the_number) {
	wakeup_notify(2);
	arm(end[1]);
	wakeup_notify(15);
	wakeup_notify(1);
	wakeup_notify(64);
	ck_assert_str_eq(bytes_in(end[0]), "\17\1\100");
}
END_TEST

START_TEST(an_eventfd_counts) {
	uint64_t count = 0;
	int fd = eventfd(0, EFD_NONBLOCK);
	arm(fd);
	for (int i = 0; i < 3; i++)
		wakeup_notify(15);
	ck_assert_int_eq(read(fd, &count, sizeof count), sizeof count);
	ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(takes_what_can_be_written_without_waiting) {
	int blocking[2];
	ck_assert_int_eq(pipe(blocking), 0);
	ck_assert_int_eq(wakeup_set(blocking[1], true), -EINVAL);
	ck_assert_int_eq(wakeup_set(end[0], true), -EBADF);
	ck_assert_int_eq(wakeup_set(999, true), -EBADF);
	ck_assert_int_eq(wakeup_set(-2, true), -EBADF);
	ck_assert_int_eq(wakeup_get(), -1);
	arm(end[1]);
	ck_assert_int_eq(wakeup_set(blocking[1], true), -EINVAL);
	ck_assert_int_eq(wakeup_get(), end[1]); /* a mistake changes nothing */
}
END_TEST

START_TEST(no_exec_takes_it_along) {
	int event = eventfd(0, EFD_NONBLOCK);
	arm(end[1]);
	ck_assert_int_eq(fcntl(end[1], F_GETFD), FD_CLOEXEC);
	arm(event);
	ck_assert_int_eq(fcntl(event, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(TWIN, F_GETFD), FD_CLOEXEC);
}
END_TEST

/* Whoever calls has all signals blocked. */
START_TEST(a_reader_that_left_sends_no_signal) {
	sigset_t set, pending;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	arm(end[1]);
	close(end[0]);
	wakeup_notify(2);
	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
}
END_TEST

/* ---- Who gets the number afterwards. ---- */

START_TEST(minus_one_disarms) {
	arm(eventfd(0, EFD_NONBLOCK));
	arm(end[1]);
	ck_assert_int_eq(wakeup_set(-1, true), 0);
	ck_assert_int_eq(wakeup_get(), -1);
	wakeup_notify(2);
	ck_assert_str_eq(bytes_in(end[0]), "");
	ck_assert_int_eq(fcntl(TWIN, F_GETFD), -1);
}
END_TEST

START_TEST(a_closing_of_others_disarms_nothing) {
	arm(end[1]);
	unsigned fd = (unsigned)end[1];
	wakeup_closing(0, fd - 1);
	wakeup_closing(fd + 1, ~0u);
	ck_assert_int_eq(wakeup_get(), end[1]);
	wakeup_closing(fd, fd);
	ck_assert_int_eq(wakeup_get(), -1);
}
END_TEST

START_TEST(another_file_at_its_number_gets_nothing) {
	arm(end[1]);
	dup2(other[1], end[1]);
	wakeup_notify(2);
	ck_assert_str_eq(bytes_in(other[0]), "");
	ck_assert_int_eq(wakeup_get(), -1);
}
END_TEST

static void install(struct sock_filter *filter, size_t n) {
	struct sock_fprog program = {(unsigned short)n, filter};
	ck_assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* As on a kernel that does not know of F_DUPFD_QUERY; without kcmp, as in a container. */
static void refuse(bool kcmp) {
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, kcmp ? 3 : 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1024 + 3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	install(filter, sizeof filter / sizeof filter[0]);
	ck_assert_int_eq(fcntl(0, 1024 + 3, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
}

/* As where /proc is not mounted: no fd has a name. */
static void hide_names(void) {
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_readlink, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOENT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	char name[8];
	install(filter, sizeof filter / sizeof filter[0]);
	ck_assert(syscall(SYS_readlink, "/proc/self/exe", name, sizeof name) == -1 && errno == ENOENT);
}

START_TEST(another_eventfd_at_its_number_gets_nothing) {
	uint64_t count = 0;
	int fd = eventfd(0, EFD_NONBLOCK), another = eventfd(0, EFD_NONBLOCK);
	arm(fd);
	dup2(another, fd);
	if (_i == 1)
		refuse(false);
	wakeup_notify(2);
	ck_assert_int_eq(read(another, &count, sizeof count), -1);
	ck_assert_int_eq(wakeup_get(), -1);
}
END_TEST

static void expect_counted(int fd) {
	uint64_t count = 0;
	wakeup_notify(SIGUSR1);
	ck_assert(read(fd, &count, sizeof count) == sizeof count && count == 1);
}

START_TEST(an_eventfd_counts_on_an_older_kernel) {
	refuse(_i == 1);
	int fd = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(wakeup_set(fd, true), 0);
	expect_counted(fd);
}
END_TEST

/* What takes bytes, and what takes none at all, is still told from it. */
START_TEST(an_eventfd_counts_without_proc) {
	hide_names();
	int fd = eventfd(0, EFD_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	arm(fd);
	expect_counted(fd);
	arm(end[1]);
	wakeup_notify(2);
	ck_assert_str_eq(bytes_in(end[0]), "\2");
	arm(fd);
	dup2(other[1], fd);
	wakeup_notify(2);
	ck_assert_str_eq(bytes_in(other[0]), "");
	ck_assert_int_eq(wakeup_get(), -1);
	arm(timer);
	wakeup_notify(2);
	arm(end[1]);
	ck_assert_int_eq(fcntl(TWIN, F_GETFD), -1);
}
END_TEST

START_TEST(an_eventfd_counts_where_numbers_are_few) {
	struct rlimit few = {TWIN, TWIN};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	int fd = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(wakeup_set(fd, true), 0);
	expect_counted(fd);
}
END_TEST

static int open_numbers(void) {
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(a_number_taken_again_leaves_none_behind) {
	int before = open_numbers();
	for (int i = 0; i < 20; i++) {
		int fd = eventfd(0, EFD_NONBLOCK), other = eventfd(0, EFD_NONBLOCK);
		wakeup_set(fd, true);
		dup2(other, fd);
		wakeup_notify(SIGUSR1);
		close(fd);
		close(other);
	}
	wakeup_set(-1, true);
	ck_assert_int_le(open_numbers(), before + 1);
}
END_TEST

/* ---- The duplicate's number is the host's when it asks for it. ---- */

static bool is_null(int fd) {
	struct stat st, null;
	return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 && st.st_rdev == null.st_rdev;
}

START_TEST(the_duplicate_makes_way) {
	int fd = eventfd(0, EFD_NONBLOCK), null = open("/dev/null", O_RDWR), another = eventfd(0, EFD_NONBLOCK);
	arm(fd);
	ck_assert_int_ge(fcntl(TWIN, F_GETFD), 0);
	wakeup_closing(TWIN, TWIN);
	ck_assert_int_eq(fcntl(TWIN, F_GETFD), -1);
	ck_assert_int_eq(wakeup_get(), fd);
	dup2(null, TWIN);
	expect_counted(fd);
	dup2(another, fd); /* another than ours is still told */
	wakeup_notify(2);
	ck_assert_int_eq(wakeup_get(), -1);
	ck_assert(is_null(TWIN));
	wakeup_set(-1, true);
	ck_assert(is_null(TWIN));
}
END_TEST

/* Ahead of a program that closes one number after the other, as it does before an exec. */
START_TEST(the_duplicate_does_not_flee_for_ever) {
	int fd = eventfd(0, EFD_NONBLOCK), met = 0;
	arm(fd);
	for (int n = TWIN; n < 4096; n++) {
		met += fcntl(n, F_GETFD) >= 0;
		wakeup_closing((unsigned)n, (unsigned)n);
	}
	ck_assert_int_ge(met, 1);
	ck_assert_int_le(met, 8);
	expect_counted(fd);
}
END_TEST

/* All from there on, to the last number: it does without one. */
START_TEST(the_duplicate_goes_where_no_number_is_left) {
	int fd = eventfd(0, EFD_NONBLOCK), before = open_numbers(), null = open("/dev/null", O_RDWR);
	arm(fd);
	wakeup_closing(TWIN - 10, ~0u);
	ck_assert_int_eq(open_numbers(), before + 1);
	expect_counted(fd);
	dup2(null, TWIN);
	wakeup_set(-1, true);
	ck_assert(is_null(TWIN));
}
END_TEST

START_TEST(the_duplicate_makes_way_after_the_fd) {
	int fd = eventfd(0, EFD_NONBLOCK), null = open("/dev/null", O_RDWR);
	arm(fd);
	dup2(null, fd);
	wakeup_notify(2);
	ck_assert_int_eq(wakeup_get(), -1);
	wakeup_closing(TWIN, TWIN);
	dup2(null, TWIN);
	arm(end[1]);
	ck_assert(is_null(TWIN));
}
END_TEST

/* By a way that is not seen. */
START_TEST(a_number_that_is_no_duplicate_stays_open) {
	int null = open("/dev/null", O_RDWR);
	arm(eventfd(0, EFD_NONBLOCK));
	dup2(null, TWIN);
	if (_i == 0)
		wakeup_set(-1, true);
	else
		wakeup_child();
	ck_assert(is_null(TWIN));
}
END_TEST

START_TEST(a_closed_number_gets_nothing) {
	arm(end[1]);
	close(end[1]);
	wakeup_notify(2);
	ck_assert_int_eq(wakeup_get(), -1);
}
END_TEST

START_TEST(a_child_writes_nothing_to_its_parent) {
	arm(end[1]);
	pid_t pid = fork();
	if (pid == 0) {
		wakeup_child();
		wakeup_notify(2);
		_exit(wakeup_get() != -1);
	}
	int status = -1;
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(bytes_in(end[0]), "");
	ck_assert_int_eq(wakeup_get(), end[1]);
}
END_TEST

/* ---- A full pipe. ---- */

static unsigned fill(void) {
	static char block[4096];
	unsigned n = 0;
	for (ssize_t r; (r = write(end[1], block, n ? 1 : sizeof block)) > 0 || n == 0; n += (unsigned)r)
		;
	return n;
}

static void empty(void) {
	while (*bytes_in(end[0]) || read(end[0], (char[4096]){0}, 4096) > 0)
		;
}

#define TOLD(n, bytes) "sigtame: the wakeup fd was full: " n " " bytes " lost; its reader is too slow, handlers have run all the same\n"

START_TEST(what_is_lost_is_told_when_there_is_room) {
	fcntl(end[1], F_SETPIPE_SZ, 4096);
	arm(end[1]);
	ck_assert_uint_eq(fill(), 4096);
	for (int i = 0; i < 3; i++)
		wakeup_notify(2);
	ck_assert_uint_eq(due_get(&self) & DUE_TELL, DUE_TELL);
	wakeup_tell(false);
	ck_assert_str_eq(bytes_in(said[0]), "");
	ck_assert_uint_eq(due_get(&self) & DUE_TELL, DUE_TELL);
	empty();
	wakeup_tell(false);
	ck_assert_str_eq(bytes_in(said[0]), TOLD("3", "bytes"));
	ck_assert_uint_eq(due_get(&self) & DUE_TELL, 0);
	wakeup_tell(false);
	wakeup_tell(true);
	ck_assert_str_eq(bytes_in(said[0]), "");
}
END_TEST

START_TEST(what_is_lost_is_told_at_the_end) {
	fcntl(end[1], F_SETPIPE_SZ, 4096);
	arm(end[1]);
	fill();
	wakeup_notify(2);
	wakeup_tell(true);
	ck_assert_str_eq(bytes_in(said[0]), TOLD("1", "byte"));
}
END_TEST

START_TEST(nothing_is_told_without_warnings) {
	fcntl(end[1], F_SETPIPE_SZ, 4096);
	ck_assert_int_eq(wakeup_set(end[1], false), 0);
	fill();
	wakeup_notify(2);
	wakeup_tell(true);
	ck_assert_str_eq(bytes_in(said[0]), "");
	ck_assert_uint_eq(wakeup_lost, 0);
}
END_TEST

/* ---- Another thread closes it, ahead of each instruction of a write. ---- */

static bool go, done;
static int successor; /* who gets the number */
static unsigned written, unwritten;

static void *close_and_reuse(void *unused) {
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		sched_yield();
	wakeup_closing((unsigned)end[1], (unsigned)end[1]);
	*(*bytes_in(end[0]) == 'x' ? &written : &unwritten) += 1;
	dup2(successor, end[1]);
	__atomic_store_n(&done, true, __ATOMIC_SEQ_CST);
	return unused;
}

static int64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* It has taken the fd away, and has time enough for all the rest, unless it waits as it should. */
static void let_it_close(void) {
	__atomic_store_n(&go, true, __ATOMIC_SEQ_CST);
	while (wakeup_get() != -1)
		sched_yield();
	for (int64_t until = now_ns() + 1000000; !__atomic_load_n(&done, __ATOMIC_SEQ_CST) && now_ns() < until;)
		sched_yield();
}

static void notify(void) { wakeup_notify('x'); }

/* Another file gets the number, or the same one, which looks the same: nothing comes after the closing. */
START_TEST(a_closing_waits_for_a_write) {
	bool more = true;
	int kept = fcntl(end[1], F_DUPFD_CLOEXEC, 100);
	successor = _i ? kept : other[1];
	for (unsigned n = 0; more; n++) {
		pthread_t closer;
		go = done = false;
		dup2(kept, end[1]);
		arm(end[1]);
		ck_assert_int_eq(pthread_create(&closer, NULL, close_and_reuse, NULL), 0);
		more = step_at(n, notify, let_it_close);
		if (!more)
			let_it_close();
		pthread_join(closer, NULL);
		ck_assert_msg(*bytes_in(other[0]) == '\0' && *bytes_in(end[0]) == '\0', "closed ahead of instruction %u", n);
	}
	ck_assert(written > 5 && unwritten > 5);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("wakeup");
	TCase *tests = tcase_create("wakeup");
	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_byte_is_the_number);
	tcase_add_test(tests, an_eventfd_counts);
	tcase_add_test(tests, takes_what_can_be_written_without_waiting);
	tcase_add_test(tests, no_exec_takes_it_along);
	tcase_add_test(tests, a_reader_that_left_sends_no_signal);
	tcase_add_test(tests, minus_one_disarms);
	tcase_add_test(tests, a_closing_of_others_disarms_nothing);
	tcase_add_test(tests, another_file_at_its_number_gets_nothing);
	tcase_add_loop_test(tests, another_eventfd_at_its_number_gets_nothing, 0, 2);
	tcase_add_loop_test(tests, an_eventfd_counts_on_an_older_kernel, 0, 2);
	tcase_add_test(tests, an_eventfd_counts_without_proc);
	tcase_add_test(tests, an_eventfd_counts_where_numbers_are_few);
	tcase_add_test(tests, a_number_taken_again_leaves_none_behind);
	tcase_add_test(tests, the_duplicate_makes_way);
	tcase_add_test(tests, the_duplicate_does_not_flee_for_ever);
	tcase_add_test(tests, the_duplicate_goes_where_no_number_is_left);
	tcase_add_test(tests, the_duplicate_makes_way_after_the_fd);
	tcase_add_loop_test(tests, a_number_that_is_no_duplicate_stays_open, 0, 2);
	tcase_add_test(tests, a_closed_number_gets_nothing);
	tcase_add_test(tests, a_child_writes_nothing_to_its_parent);
	tcase_add_test(tests, what_is_lost_is_told_when_there_is_room);
	tcase_add_test(tests, what_is_lost_is_told_at_the_end);
	tcase_add_test(tests, nothing_is_told_without_warnings);
	if (STEP_CAN)
		tcase_add_loop_test(tests, a_closing_waits_for_a_write, 0, 2);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
