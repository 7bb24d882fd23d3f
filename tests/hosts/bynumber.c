/* A system call by its number means what the call of that name means: syscall() is interposed, with the kernel's own structures. */
#include "host.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};
#define BIT(sig) (UINT64_C(1) << ((sig) - 1))

static volatile sig_atomic_t runs;
static const char *inside = "-";
static void count(int sig) { (void)sig, runs++, inside = mask_text(); }

#if defined __x86_64__
__asm__("restorer: mov $15, %eax\n\tsyscall");
extern void restorer(void);
#define RESTORER 0x04000000, restorer
#else
#define RESTORER 0, NULL
#endif

static const char *of(long result) { return result < 0 ? strerror(errno) : result ? "more" : "0"; }

static void dispositions(void) {
	struct kernel_sigaction in = {count, RESTORER, BIT(SIGHUP)}, out;
	struct sigaction action;
	check(syscall(SYS_rt_sigaction, SIGUSR1, &in, &out, 8L) == 0 && out.handler == SIG_DFL);
	raw_raise(SIGUSR1);
	say("rt_sigaction: %s", runs ? "at once" : "held");
	safe_point();
	check(runs == 1 && is(inside, "1 10"));
	check(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &out, 8L) == 0 && out.handler == count && out.mask == BIT(SIGHUP) && !(out.flags & SA_RESTART));
	check(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == count && sigismember(&action.sa_mask, SIGHUP));
	check(syscall(SYS_rt_sigaction, SIGUSR1, &in, NULL, 4L) == -1 && errno == EINVAL);
	check(syscall(SYS_rt_sigaction, SIGKILL, &in, NULL, 8L) == -1 && errno == EINVAL);
	check(syscall(SYS_rt_sigaction, 65, &in, NULL, 8L) == -1 && errno == EINVAL);
	in.handler = SIG_IGN;
	check(syscall(SYS_rt_sigaction, SIGUSR1, &in, NULL, 8L) == 0);
	raise(SIGUSR1);
	check(runs == 1);
}

static void masks(void) {
	uint64_t set = BIT(SIGUSR1) | BIT(33), old = 0, pending = 0, rest;
	on(SIGUSR1, count, 0);
	check(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &old, 8L) == 0 && old == 0);
	say("blocked: %s", kernel_mask_text());
	raw_raise(SIGUSR1);
	check(syscall(SYS_rt_sigpending, &pending, 8L) == 0 && pending == BIT(SIGUSR1) && runs == 0);
	rest = 0;
	check(syscall(SYS_rt_sigsuspend, &rest, 8L) == -1 && errno == EINTR && runs == 1 && is(inside, "10"));
	raw_raise(SIGUSR1);
	check(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &rest, &old, 8L) == 0 && old == set && runs == 2);
	check(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &rest, NULL, 16L) == -1 && errno == EINVAL);
	check(syscall(SYS_rt_sigprocmask, 7, &rest, NULL, 8L) == -1 && errno == EINVAL);
	check(is(kernel_mask_text(), ""));
}

static void sends(void) {
	on(SIGUSR1, count, 0);
	check(syscall(SYS_kill, getpid(), SIGUSR1) == 0 && runs == 1);
	check(syscall(SYS_tgkill, getpid(), raw_gettid(), SIGUSR1) == 0 && runs == 2);
	check(syscall(SYS_tkill, raw_gettid(), SIGUSR1) == 0 && runs == 3);
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = SIGUSR1, info.si_code = SI_QUEUE;
	check(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info) == 0 && runs == 4);
	check(syscall(SYS_rt_tgsigqueueinfo, getpid(), raw_gettid(), SIGUSR1, &info) == 0 && runs == 5);
	check(syscall(SYS_kill, getpid(), 99) == -1 && errno == EINVAL);
	check(syscall(SYS_getppid) == getppid());
}

/* Each wait ends by a handler: one that comes meanwhile, or one that is there already. */
static bool before;
static void arrives(void) {
	struct itimerval soon = {{0, 0}, {0, 10000}};
	runs = 0;
	if (before)
		raw_raise(SIGALRM);
	else
		raw(SYS_setitimer, ITIMER_REAL, (long)&soon, 0, 0);
}
static void interrupted(const char *name, const char *outcome) { say("%s: %s, runs %d in mask [%s]", name, outcome, (int)runs, inside); }
#define INTERRUPTED(what) (arrives(), interrupted(#what, of(what)))
static void waits(void) {
	int fds[2], epoll = epoll_create1(0), status;
	char byte;
	uint64_t none = 0, own = BIT(SIGALRM), other = BIT(SIGURG);
	uint32_t word = 0;
	struct timespec second = {100, 0};
	struct pollfd p = {-1, POLLIN, 0};
	struct epoll_event event;
	struct { uint64_t *mask; size_t size; } pair = {&none, 8};
	struct signalfd_siginfo info;
	siginfo_t taken;
	check(pipe(fds) == 0);
	on(SIGALRM, count, 0);
	INTERRUPTED(syscall(SYS_read, fds[0], &byte, 1L));
	INTERRUPTED(syscall(SYS_ppoll, &p, 1L, NULL, NULL, 8L));
	INTERRUPTED(syscall(SYS_nanosleep, &second, NULL));
	INTERRUPTED(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &second, NULL));
	INTERRUPTED(syscall(SYS_epoll_pwait, epoll, &event, 1, -1, NULL, 8L));
	INTERRUPTED(syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, NULL));
	INTERRUPTED(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0));
	INTERRUPTED(syscall(SYS_rt_sigtimedwait, &other, &taken, NULL, 8L));
	/* under a mask of its own */
	check(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &own, NULL, 8L) == 0);
	INTERRUPTED(syscall(SYS_ppoll, &p, 1L, &second, &none, 8L));
	INTERRUPTED(syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, &pair));
	INTERRUPTED(syscall(SYS_epoll_pwait, epoll, &event, 1, -1, &none, 8L));
	raw_raise(SIGALRM);
	runs = 0;
	check(syscall(SYS_rt_sigtimedwait, &own, &taken, &second, 8L) == SIGALRM && taken.si_code == SI_TKILL && runs == 0);
	int fd = (int)syscall(SYS_signalfd4, -1, &own, 8L, SFD_NONBLOCK);
	raw_raise(SIGALRM);
	check(syscall(SYS_read, fd, &info, sizeof info) == sizeof info && info.ssi_signo == SIGALRM);
	check(syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &own, NULL, 8L) == 0 && runs == 0);
	/* the time that is left is written back */
	second = (struct timespec){10, 0};
	raw(SYS_write, fds[1], (long)"x", 1, 0);
	p.fd = fds[0];
	check(syscall(SYS_ppoll, &p, 1L, &second, NULL, 8L) == 1 && second.tv_sec < 10);
	pid_t child = fork();
	if (child == 0)
		_exit(3);
	check(syscall(SYS_wait4, child, &status, 0, NULL) == child && WEXITSTATUS(status) == 3);
	check(syscall(SYS_close, fds[0]) == 0 && syscall(SYS_close, fds[0]) == -1 && errno == EBADF);
}

/* What is pending in the parent runs in the parent alone: there it has run when the call returns, or just before. */
static int in_child(void *unused) {
	(void)unused;
	const char *masked = kernel_mask_text();
	int before = runs;
	safe_point();
	check(runs == before);
	raise(SIGUSR1);
	check(runs == before + 1 && is(masked, "12"));
	return failures ? 1 : 7;
}

static char stack[64 * 1024] __attribute__((aligned(16)));

static void ended(const char *name, long child) {
	int status = -1;
	if (child == 0)
		_exit(in_child(NULL));
	check_case(name, child > 0 && waitpid((pid_t)child, &status, 0) == child && is(status_text(status), "exit 7"));
	safe_point();
	check_case(name, runs == 1 && is(kernel_mask_text(), "12"));
	runs = 0;
	raw_raise(SIGUSR1);
}

/* Shares the parent's memory, while that sleeps: what it sets is its own. */
static int sets_its_own(void *unused) {
	(void)unused;
	struct sigaction action = {.sa_handler = SIG_IGN};
	return sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_IGN ? 7 : 1;
}

static void processes(void) {
	uint64_t arguments[8] = {0, 0, 0, 0, SIGCHLD};
	struct sigaction action;
	int status;
	on(SIGUSR1, count, 0);
	mask_one(SIG_BLOCK, SIGUSR2);
	raw_raise(SIGUSR2); /* stays pending in the parent */
	raw_raise(SIGUSR1);
#ifdef SYS_fork
	ended("fork", syscall(SYS_fork));
#endif
	ended("clone", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	ended("clone3", syscall(SYS_clone3, arguments, sizeof arguments));
	ended("clone()", clone(in_child, stack + sizeof stack, SIGCHLD, NULL));
	safe_point();
#ifdef SYS_vfork
	if (before) { /* natively it would return twice on one stack */
		raw_raise(SIGUSR1), runs = 0;
		ended("vfork", syscall(SYS_vfork));
	}
#endif
	pid_t child = clone(sets_its_own, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	check(waitpid(child, &status, 0) == child && is(status_text(status), "exit 7"));
	check(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == count);
	runs = 0;
	raise(SIGUSR1);
	check(runs == 1);
}

/* What is due runs first. */
static void says(int sig) { say("signal %d", sig); }
static void last(const char *how) {
	static char *const arguments[] = {"sh", "-c", "kill -USR1 $$", NULL};
	on(SIGUSR1, says, 0);
	raw_raise(SIGUSR1);
	if (is(how, "execve"))
		syscall(SYS_execve, "/bin/sh", arguments, environ);
	syscall(SYS_exit_group, 5);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	alarm(30);
	before = argc > 2;
	if (is(what, "dispositions"))
		dispositions();
	else if (is(what, "masks"))
		masks();
	else if (is(what, "sends"))
		sends();
	else if (is(what, "waits"))
		waits();
	else if (is(what, "processes"))
		processes();
	else
		last(what);
	return verdict();
}
