/* api CASE: the functions of sigtame.h, each result and each errno. The cases are named as in Python's tests where they have one.
 * Prints what is not as it should be, or ok. */
#include "sigtame.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int faults;
static volatile sig_atomic_t count, last;

#define CHECK(condition)                                           \
	do                                                         \
		if (!(condition)) {                                \
			printf("line %d: not: %s\n", __LINE__, #condition); \
			faults++;                                  \
		}                                                  \
	while (0)
#define FAILS(call, error) CHECK((errno = 0, (call) == -1) && errno == (error))
#define REFUSES(call, error) CHECK((errno = 0, (call) == SIG_ERR) && errno == (error))

static void on_signal(int sig) {
	count++;
	last = sig;
}
static void on_other(int sig) { last = -sig; }

static void in_thread(void *(*run)(void *)) {
	pthread_t thread;
	pthread_create(&thread, NULL, run, NULL);
	pthread_join(thread, NULL);
}

/* Dispositions */

static void *set_from_thread(void *unused) {
	REFUSES(sigtame_signal(9999, on_signal), EPERM); /* SG-1: the thread is looked at first */
	REFUSES(sigtame_signal(SIGUSR1, on_signal), EPERM);
	CHECK(sigtame_getsignal(SIGUSR1) == SIG_DFL);
	FAILS(sigtame_set_wakeup_fd(-1, 0, NULL), EPERM);
	FAILS(sigtame_set_wakeup_fd(999, 77, NULL), EPERM);
	return unused;
}

static void test_signal(void) {
	struct sigaction act;
	in_thread(set_from_thread);
	REFUSES(sigtame_signal(0, on_signal), EINVAL);
	REFUSES(sigtame_signal(-1, on_signal), EINVAL);
	REFUSES(sigtame_signal(4242, on_signal), EINVAL);
	REFUSES(sigtame_signal(SIGKILL, SIG_DFL), EINVAL);
	REFUSES(sigtame_signal(SIGSTOP, on_signal), EINVAL);
	REFUSES(sigtame_signal(32, on_signal), EINVAL);
	REFUSES(sigtame_signal(64, on_signal), EINVAL);
	REFUSES(sigtame_signal(SIGUSR1, SIG_ERR), EINVAL);
	REFUSES(sigtame_signal(SIGUSR1, SIGTAME_FOREIGN), EINVAL);
	CHECK(sigtame_signal(SIGUSR1, on_signal) == SIG_DFL);
	sigaction(SIGUSR1, NULL, &act);
	CHECK(act.sa_handler == on_signal && (act.sa_flags & ~0x04000000) == SA_ONSTACK /* but for the restorer's */);
	CHECK(sigtame_signal(SIGUSR1, on_other) == on_signal);
	CHECK(sigtame_signal(SIGUSR1, SIG_IGN) == on_other);
	CHECK(sigtame_signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	CHECK(sigtame_getsignal(SIGPIPE) == SIG_IGN);
}

struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static void test_getsignal(void) {
	struct kernel_sigaction raw;
	REFUSES(sigtame_getsignal(4242), EINVAL);
	REFUSES(sigtame_getsignal(0), EINVAL);
	REFUSES(sigtame_getsignal(32), EINVAL);
	REFUSES(sigtame_getsignal(64), EINVAL);
	CHECK(sigtame_getsignal(SIGINT) == SIG_DFL);
	signal(SIGINT, on_signal);
	CHECK(sigtame_getsignal(SIGINT) == on_signal);
	long number = SYS_rt_sigaction;
	__asm__ volatile("xorl %%r10d, %%r10d\n\tmovl $8, %%r10d\n\tsyscall" : "+a"(number) : "D"(SIGINT), "S"(0), "d"(&raw) : "rcx", "r10", "r11", "memory");
	CHECK(number == 0);
	raw.handler = on_other;
	number = SYS_rt_sigaction;
	__asm__ volatile("movl $8, %%r10d\n\tsyscall" : "+a"(number) : "D"(SIGINT), "S"(&raw), "d"(0) : "rcx", "r10", "r11", "memory");
	CHECK(number == 0);
	CHECK(sigtame_getsignal(SIGINT) == SIGTAME_FOREIGN);
	CHECK(sigtame_signal(SIGINT, SIG_DFL) == SIGTAME_FOREIGN);
	CHECK(sigtame_getsignal(SIGINT) == SIG_DFL);
	CHECK(syscall(SYS_rt_sigaction, SIGINT, &raw, NULL, 8) == 0 && sigtame_getsignal(SIGINT) == SIGTAME_FOREIGN);
	CHECK(siginterrupt(SIGINT, 1) == 0 && sigtame_getsignal(SIGINT) == SIGTAME_FOREIGN);
	signal(SIGINT, on_signal);
	CHECK(sigtame_getsignal(SIGINT) == on_signal);
}

/* A computation without calls, long enough for the timer; no rung is on. */
static void compute(void) {
	for (volatile unsigned long i = 0; i < 200000000UL && !last; i++)
		;
}

static void arm_real_timer(void) {
	struct itimerval soon = {{0, 0}, {0, 1000}};
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void test_signal_runs_what_is_due_first(void) {
	sigtame_signal(SIGALRM, on_signal);
	arm_real_timer();
	compute();
	CHECK(count == 0);
	CHECK(sigtame_signal(SIGALRM, on_other) == on_signal);
	CHECK(count == 1 && last == SIGALRM);
}

static void test_siginterrupt(void) {
	struct sigaction act;
	FAILS(sigtame_siginterrupt(0, 1), EINVAL);
	FAILS(sigtame_siginterrupt(SIGKILL, 1), EINVAL);
	FAILS(sigtame_siginterrupt(32, 1), EINVAL);
	FAILS(sigtame_siginterrupt(4242, 0), EINVAL);
	sigtame_signal(SIGUSR1, on_signal);
	CHECK(sigtame_siginterrupt(SIGUSR1, 0) == 0);
	sigaction(SIGUSR1, NULL, &act);
	CHECK(act.sa_flags & SA_RESTART);
	sigtame_signal(SIGUSR1, on_signal); /* SI-4 */
	sigaction(SIGUSR1, NULL, &act);
	CHECK(!(act.sa_flags & SA_RESTART));
	sigaction(SIGPIPE, NULL, &act);
	CHECK(sigtame_siginterrupt(SIGPIPE, 1) == 0 && act.sa_handler == SIG_IGN);
	CHECK(system("test $(($(sed -n 's/SigIgn:.*\\(.\\)\\(...\\)$/0x\\1/p' /proc/self/status) & 1)) = 0") == 0); /* its children's SIGPIPE stays the default */
}

/* Names */

static void test_names(void) {
	CHECK(strcmp(sigtame_signal_name(SIGINT), "SIGINT") == 0);
	CHECK(strcmp(sigtame_signal_name(SIGCHLD), "SIGCHLD") == 0);
	CHECK(strcmp(sigtame_signal_name(SIGRTMIN + 1), "SIGRTMIN+1") == 0);
	CHECK(strcmp(sigtame_signal_name(SIGRTMIN), "SIGRTMIN") == 0);
	CHECK(!sigtame_signal_name(64) && sigtame_signal_number("64") == -1 && sigtame_signal_number("33") == -1); /* the reserved one; the C library's own */
	CHECK(!sigtame_signal_name(0) && !sigtame_signal_name(32) && !sigtame_signal_name(65) && !sigtame_signal_name(-1));
	CHECK(sigtame_signal_number("INT") == SIGINT && sigtame_signal_number("sigint") == SIGINT && sigtame_signal_number("SigTerm") == SIGTERM);
	CHECK(sigtame_signal_number("RTMAX-1") == SIGRTMAX - 1 && sigtame_signal_number("RTMAX") == SIGRTMAX);
	CHECK(sigtame_signal_number("CLD") == SIGCHLD && sigtame_signal_number("RTMIN+1") == SIGRTMIN + 1);
	errno = 0;
	CHECK(sigtame_signal_number("NONE") == -1 && sigtame_signal_number("") == -1 && sigtame_signal_number(NULL) == -1 && errno == 0);
	CHECK(sigtame_signal_number("RTMIN+99") == -1 && sigtame_signal_number("SIG") == -1);
}

static void test_strsignal(void) {
	CHECK(strcmp(sigtame_strsignal(SIGINT), "Interrupt") == 0);
	CHECK(strcmp(sigtame_strsignal(SIGTERM), "Terminated") == 0);
	CHECK(strcmp(sigtame_strsignal(SIGHUP), "Hangup") == 0);
	CHECK(strcmp(sigtame_strsignal(34), "Real-time signal 0") == 0);
	CHECK(strcmp(sigtame_strsignal(49), "Real-time signal 15") == 0);
	errno = 0;
	CHECK(sigtame_strsignal(32) == NULL && errno == 0);
	CHECK(sigtame_strsignal(4242) == NULL && errno == EINVAL);
	errno = 0;
	CHECK(sigtame_strsignal(0) == NULL && errno == EINVAL);
}

static void test_valid_signals(void) {
	sigset_t set;
	int n = 0;
	CHECK(sigtame_valid_signals(&set) == 0);
	for (int sig = 1; sig <= 64; sig++)
		n += sigismember(&set, sig) == 1;
	CHECK(n == 61);
	CHECK(!sigismember(&set, 64) && sigismember(&set, SIGKILL) == 1);
	FAILS(sigtame_valid_signals(NULL), EINVAL);
}

/* The wakeup fd */

static void test_set_wakeup_fd(void) {
	int a[2], b[2], old = 7;
	unsigned char byte = 0;
	CHECK(pipe2(a, O_NONBLOCK) == 0 && pipe2(b, 0) == 0);
	FAILS(sigtame_set_wakeup_fd(999, 0, &old), EBADF);
	FAILS(sigtame_set_wakeup_fd(-2, 0, &old), EBADF);
	FAILS(sigtame_set_wakeup_fd(a[0], 0, &old), EBADF);
	FAILS(sigtame_set_wakeup_fd(b[1], 0, &old), EINVAL);
	FAILS(sigtame_set_wakeup_fd(a[1], 2, &old), EINVAL);
	CHECK(old == 7);
	CHECK(sigtame_set_wakeup_fd(a[1], 0, &old) == 0 && old == -1);
	sigtame_signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	CHECK(read(a[0], &byte, 1) == 1 && byte == SIGUSR1);
	fcntl(b[1], F_SETFL, O_NONBLOCK);
	CHECK(sigtame_set_wakeup_fd(b[1], SIGTAME_NO_WARN, &old) == 0 && old == a[1]);
	CHECK(sigtame_set_wakeup_fd(-1, 0, &old) == 0 && old == b[1]);
	CHECK(sigtame_set_wakeup_fd(-1, 0, &old) == 0 && old == -1);
	CHECK(sigtame_set_wakeup_fd(-1, 0, NULL) == 0);
	raise(SIGUSR1);
	CHECK(read(a[0], &byte, 1) == -1);
}

/* Senders */

static void test_senders(void) {
	sigtame_signal(SIGUSR1, on_signal);
	CHECK(sigtame_raise_signal(SIGUSR1) == 0 && count == 1);
	CHECK(sigtame_raise_signal(0) == 0);
	FAILS(sigtame_raise_signal(-1), EINVAL);
	FAILS(sigtame_raise_signal(65), EINVAL);
	CHECK(sigtame_pthread_kill(pthread_self(), SIGUSR1) == 0 && count == 2);
	CHECK(sigtame_pthread_kill(pthread_self(), 65) == EINVAL);
	CHECK(sigtame_pthread_kill(pthread_self(), 0) == 0);
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	CHECK(sigtame_pidfd_send_signal(fd, SIGUSR1, NULL, 0) == 0 && count == 3);
	FAILS(sigtame_pidfd_send_signal(-1, SIGUSR1, NULL, 0), EBADF);
	FAILS(sigtame_pidfd_send_signal(fd, 4242, NULL, 0), EINVAL);
	FAILS(sigtame_pidfd_send_signal(fd, SIGUSR1, NULL, 77), EINVAL);
}

static void test_itimer(void) {
	struct sigtame_itimer t = {9, 9};
	FAILS(sigtame_setitimer(ITIMER_REAL, -1, 0, NULL), EINVAL);
	FAILS(sigtame_setitimer(ITIMER_REAL, 1, -1e-9, NULL), EINVAL);
	FAILS(sigtame_setitimer(ITIMER_REAL, (double)NAN, 0, &t), EINVAL);
	FAILS(sigtame_setitimer(ITIMER_REAL, (double)INFINITY, 0, &t), EINVAL);
	FAILS(sigtame_setitimer(ITIMER_REAL, 1e300, 0, &t), EINVAL);
	FAILS(sigtame_setitimer(4242, 1, 0, &t), EINVAL);
	FAILS(sigtame_getitimer(4242, &t), EINVAL);
	FAILS(sigtame_getitimer(ITIMER_REAL, NULL), EINVAL);
	CHECK(t.seconds == 9 && t.interval == 9);
	CHECK(sigtame_setitimer(ITIMER_VIRTUAL, 100.5, 0.25, &t) == 0 && t.seconds == 0 && t.interval == 0);
	CHECK(sigtame_getitimer(ITIMER_VIRTUAL, &t) == 0 && t.seconds > 100 && t.seconds <= 100.51 && t.interval == 0.25);
	CHECK(sigtame_setitimer(ITIMER_VIRTUAL, 0, 0, &t) == 0 && t.seconds > 100);
	CHECK(sigtame_setitimer(ITIMER_VIRTUAL, 1000, 1.1, NULL) == 0 && sigtame_setitimer(ITIMER_VIRTUAL, 0, 0, &t) == 0 && t.interval == 1.1);
	FAILS(sigtame_setitimer(ITIMER_REAL, 9.3e9, 0, NULL), EINVAL); /* no nanoseconds for so many */
	sigtame_signal(SIGALRM, on_signal);
	CHECK(sigtame_setitimer(ITIMER_REAL, 1e-9, 0, NULL) == 0); /* rounds up: 1 us, never 0 */
	while (count == 0)
		sigtame_pause();
	CHECK(last == SIGALRM);
	CHECK(sigtame_alarm(100) == 0);
	CHECK(sigtame_alarm(0) >= 99);
	errno = 0;
	sigtame_setitimer(ITIMER_REAL, 0.001, 0, NULL);
	CHECK(sigtame_pause() == -1 && errno == EINTR);
}

/* Masks and waits */

static void test_masks(void) {
	sigset_t set, old;
	sigtame_signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(sigtame_pthread_sigmask(4242, &set, NULL) == EINVAL);
	CHECK(sigtame_pthread_sigmask(SIG_BLOCK, &set, &old) == 0 && !sigismember(&old, SIGUSR1));
	raise(SIGUSR1);
	CHECK(count == 0);
	CHECK(sigtame_sigpending(&old) == 0 && sigismember(&old, SIGUSR1));
	CHECK(sigtame_pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 && count == 1);
	CHECK(sigtame_sigpending(&old) == 0 && !sigismember(&old, SIGUSR1));
	FAILS(sigtame_sigpending(NULL), EINVAL);
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_sigtimedwait(void) {
	sigset_t set;
	siginfo_t info;
	int sig = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	FAILS(sigtame_sigtimedwait(&set, &info, 0), EAGAIN);
	FAILS(sigtame_sigtimedwait(&set, &info, -1), EINVAL);
	FAILS(sigtame_sigtimedwait(&set, &info, (double)NAN), EINVAL);
	FAILS(sigtame_sigtimedwait(&set, &info, 1e300), EINVAL);
	FAILS(sigtame_sigtimedwait(NULL, &info, 0), EINVAL);
	FAILS(sigtame_sigwaitinfo(NULL, &info), EINVAL);
	CHECK(sigtame_sigwait(NULL, &sig) == EINVAL);
	raise(SIGUSR1);
	CHECK(sigtame_sigtimedwait(&set, &info, 10) == SIGUSR1 && info.si_signo == SIGUSR1);
	raise(SIGUSR1);
	CHECK(sigtame_sigwait(&set, &sig) == 0 && sig == SIGUSR1);
	sigtame_signal(SIGALRM, on_signal);
	sigtame_setitimer(ITIMER_REAL, 0.05, 0.05, NULL);
	double began = now();
	FAILS(sigtame_sigtimedwait(&set, &info, 0.4), EAGAIN); /* goes on after the handlers of others */
	CHECK(now() - began >= 0.4 && count >= 3);
	pid_t child = fork();
	if (child == 0) {
		usleep(200000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	count = 0;
	CHECK(sigtame_sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == child && count >= 1);
	sigtame_setitimer(ITIMER_REAL, 0, 0, NULL);
	waitpid(child, NULL, 0);
}

/* Safe points by hand */

static void test_run_pending(void) {
	CHECK(sigtame_run_pending() == 0);
	sigtame_signal(SIGALRM, on_signal);
	arm_real_timer();
	compute();
	CHECK(count == 0);
	CHECK(sigtame_run_pending() == 1 && count == 1);
	CHECK(sigtame_run_pending() == 0);
}

static void test_defer(void) {
	struct timespec ms = {0, 20000000};
	sigtame_signal(SIGUSR1, on_signal);
	sigtame_defer_end(); /* without a begin: nothing */
	sigtame_defer_begin();
	sigtame_defer_begin();
	raise(SIGUSR1);
	getppid();
	CHECK(sigtame_run_pending() == 0 && count == 0);
	CHECK(write(-1, "", 0) == -1 && errno == EBADF);
	nanosleep(&ms, NULL);
	usleep(20000);
	CHECK(count == 0);
	sigtame_defer_end();
	CHECK(count == 0);
	sigtame_defer_end();
	CHECK(count == 1);
	raise(SIGUSR1);
	CHECK(count == 2);
}

/* What a vfork child unblocks stays blocked in its parent, though the parent's own is kept; the program that it becomes blocks nothing. */
static int unblocks_and_becomes(void *unused) {
	char *args[] = {"sh", "-c", "grep -q '^SigBlk:.0*$' /proc/self/status", NULL};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve("/bin/sh", args, environ);
	(void)unused;
	_exit(2);
}
static void test_defer_and_vfork(void) {
	static char stack[65536] __attribute__((aligned(16)));
	sigset_t mask;
	for (int way = 0; way < 2; way++) {
		int status;
		count = 0;
		sigtame_signal(SIGUSR1, on_signal);
		sigtame_defer_begin();
		raise(SIGUSR1);
		sigemptyset(&mask);
		sigaddset(&mask, SIGUSR1);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		pid_t pid = way ? clone(unblocks_and_becomes, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) : vfork();
		if (pid == 0)
			unblocks_and_becomes(NULL);
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		sigprocmask(SIG_BLOCK, NULL, &mask);
		CHECK(sigismember(&mask, SIGUSR1) == 1);
		sigtame_defer_end();
		getppid();
		CHECK(count == 0);
		sigemptyset(&mask);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		CHECK(count == 1);
	}
}

/* The rungs do not run it, and a wait neither runs it nor ends, nor is shorter. */
static void test_defer_holds_in_waits(void) {
	struct timespec wait = {0, 300000000};
	sigtame_signal(SIGALRM, on_signal);
	sigtame_defer_begin();
	sigtame_setitimer(ITIMER_REAL, 0.02, 0.02, NULL);
	double began = now();
	CHECK(nanosleep(&wait, NULL) == 0);
	CHECK(now() - began >= 0.3 && now() - began < 3);
	began = now();
	CHECK(poll(NULL, 0, 300) == 0);
	CHECK(now() - began >= 0.3 && now() - began < 3);
	for (double end = now() + 0.3; now() < end;)
		;
	CHECK(count == 0);
	sigtame_setitimer(ITIMER_REAL, 0, 0, NULL);
	sigtame_defer_end();
	CHECK(count == 1); /* it coalesced */
}

static void test_absent(void) {
	CHECK(!sigtame_active());
	CHECK(!sigtame_signal && !sigtame_run_pending && !sigtame_defer_begin);
}

static void test_active(void) { CHECK(sigtame_active() == 1 && sigtame_run_pending); }

static void test_inert(void) {
	sigset_t set;
	CHECK(sigtame_active() == 0 && sigtame_run_pending);
	CHECK(sigtame_signal(SIGUSR1, on_signal) == SIG_DFL && sigtame_getsignal(SIGUSR1) == on_signal);
	CHECK(sigtame_raise_signal(SIGUSR1) == 0 && count == 1);
	CHECK(sigtame_run_pending() == 0);
	FAILS(sigtame_set_wakeup_fd(1, 0, NULL), ENOSYS);
	CHECK(sigtame_valid_signals(&set) == 0 && sigismember(&set, 64) == 1);
	sigtame_defer_begin();
	sigtame_raise_signal(SIGUSR1);
	sigtame_defer_end();
	CHECK(count == 2);
}

static void say_bye(void) { printf("atexit\n"); }

static void test_default_int_handler(void) {
	atexit(say_bye);
	printf("buffered\n");
	sigtame_signal(SIGTERM, sigtame_default_int_handler);
	raise(SIGTERM);
	printf("not reached\n");
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"signal", test_signal}, {"getsignal", test_getsignal}, {"due-first", test_signal_runs_what_is_due_first},
	{"siginterrupt", test_siginterrupt}, {"names", test_names}, {"strsignal", test_strsignal}, {"valid_signals", test_valid_signals},
	{"set_wakeup_fd", test_set_wakeup_fd}, {"senders", test_senders}, {"itimer", test_itimer}, {"masks", test_masks},
	{"sigtimedwait", test_sigtimedwait}, {"run_pending", test_run_pending}, {"defer", test_defer}, {"defer-vfork", test_defer_and_vfork}, {"defer-waits", test_defer_holds_in_waits},
	{"absent", test_absent}, {"active", test_active}, {"inert", test_inert}, {"default_int_handler", test_default_int_handler},
};

int main(int argc, char **argv) {
	for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof cases[0]; i++)
		if (strcmp(argv[1], cases[i].name) == 0) {
			cases[i].run();
			if (!faults)
				puts("ok");
			return faults != 0;
		}
	fprintf(stderr, "api: which case?\n");
	return 2;
}
