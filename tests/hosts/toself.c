/* "kill, raise, sigqueue, pthread_kill to oneself and unblocking a signal run a due handler of this thread before they return." */
#include "host.h"
#include <setjmp.h>
#include <ucontext.h>

static volatile sig_atomic_t runs;
static volatile pid_t tid;
static int sig = SIGUSR1;
static sigjmp_buf buffer;

static void handler(int n) { (void)n, runs++, tid = raw_gettid(); }

static void by_kill(void) { check(kill(getpid(), sig) == 0); }
static void by_kill_0(void) { check(kill(0, sig) == 0); }
static void by_killpg(void) { check(killpg(getpgrp(), sig) == 0); }
static void by_kill_group(void) { check(kill(-getpgrp(), sig) == 0); }
static void by_raise(void) { check(raise(sig) == 0); }
static void by_gsignal(void) { check(gsignal(sig) == 0); }
static void by_sigqueue(void) { check(sigqueue(getpid(), sig, (union sigval){.sival_int = 3}) == 0); }
static void by_pthread_kill(void) { check(pthread_kill(pthread_self(), sig) == 0); }
static void by_pthread_sigqueue(void) { check(pthread_sigqueue(pthread_self(), sig, (union sigval){.sival_int = 3}) == 0); }
static void by_tgkill(void) { check(tgkill(getpid(), gettid(), sig) == 0); }
static void by_syscall(void) { check(syscall(SYS_tgkill, getpid(), gettid(), sig) == 0); safe_point(); }

static void blocked(void) {
	mask_one(SIG_BLOCK, sig);
	raise(sig);
	safe_point();
	check(runs == 0);
}
static void by_sigprocmask(void) { blocked(); sigset_t s = set_of(sig, 0); check(sigprocmask(SIG_UNBLOCK, &s, NULL) == 0); }
static void by_setmask(void) { blocked(); sigset_t s = set_of(0, 0); check(sigprocmask(SIG_SETMASK, &s, NULL) == 0); }
static void by_pthread_sigmask(void) { blocked(); sigset_t s = set_of(sig, 0); check(pthread_sigmask(SIG_UNBLOCK, &s, NULL) == 0); }
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void by_sigrelse(void) { check(sighold(sig) == 0); raise(sig); check(runs == 0); check(sigrelse(sig) == 0); }
static void by_sigsetmask(void) { sigblock(1 << (sig - 1)); raise(sig); check(runs == 0); check(sigsetmask(0) == 1 << (sig - 1)); }
static void by_sigset(void) { blocked(); check(sigset(sig, handler) == SIG_HOLD); }
static void by_siglongjmp(void) {
	if (sigsetjmp(buffer, 1) == 0) {
		blocked();
		siglongjmp(buffer, 1);
	}
	safe_point();
}
static void by_setcontext(void) {
	static ucontext_t context;
	static volatile int back;
	back = 0;
	getcontext(&context);
	if (!back) {
		back = 1;
		blocked();
		setcontext(&context);
	}
	safe_point();
}
static void by_sigsuspend(void) { blocked(); sigset_t s = set_of(0, 0); check(sigsuspend(&s) == -1 && errno == EINTR); check(runs == 1); mask_one(SIG_UNBLOCK, sig); }

static const struct { const char *name; void (*send)(void); } ways[] = {
	{"kill", by_kill}, {"kill 0", by_kill_0}, {"killpg", by_killpg}, {"kill of the group", by_kill_group}, {"raise", by_raise}, {"gsignal", by_gsignal},
	{"sigqueue", by_sigqueue}, {"pthread_kill", by_pthread_kill}, {"pthread_sigqueue", by_pthread_sigqueue}, {"tgkill", by_tgkill}, {"syscall", by_syscall},
	{"sigprocmask", by_sigprocmask}, {"SIG_SETMASK", by_setmask}, {"pthread_sigmask", by_pthread_sigmask}, {"sigrelse", by_sigrelse}, {"sigsetmask", by_sigsetmask},
	{"sigset", by_sigset}, {"siglongjmp", by_siglongjmp}, {"setcontext", by_setcontext}, {"sigsuspend", by_sigsuspend},
};

static void *all(void *directed) {
	for (size_t i = 0; i < COUNT(ways); i++) {
		bool to_process = i < 4 || is(ways[i].name, "sigqueue"), counts_so = is(ways[i].name, "pthread_sigqueue");
		if (directed && (to_process || counts_so))
			continue; /* handled in main: another host */
		if (is(ways[i].name, "sigset") && sig >= SIGRTMIN)
			continue;
		if ((is(ways[i].name, "sigsetmask") || is(ways[i].name, "sigrelse")) && sig >= SIGRTMIN)
			continue;
		on(sig, handler, 0);
		runs = 0, tid = 0;
		ways[i].send();
		check_case(ways[i].name, runs == 1);
		check_case(ways[i].name, tid == raw_gettid());
		check_case(ways[i].name, is(kernel_mask_text(), ""));
	}
	return NULL;
}

/* In the handler of a signal that is never deferred, and that the host has sent to itself. */
static void in_fault(int fault) {
	(void)fault;
	runs = 0;
	raise(SIGUSR1);
	check(runs == 1);
}

static void from_faults(void) {
	static const int faults[] = {SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGABRT};
	on(SIGUSR1, handler, 0);
	for (size_t i = 0; i < COUNT(faults); i++) {
		runs = 0;
		on(faults[i], in_fault, 0);
		check(raise(faults[i]) == 0);
		check(runs == 1);
	}
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "rt"))
		sig = SIGRTMIN + 1;
	if (is(what, "faults"))
		from_faults();
	else if (is(what, "thread"))
		pthread_join(thread(all, "directed"), NULL);
	else
		all(NULL);
	return verdict();
}
