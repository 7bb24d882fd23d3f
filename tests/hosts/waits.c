/* "sigpending, sigwait*, signalfd, pselect, ppoll, epoll_pwait, sigsuspend agree with all of the above": what is blocked waits, runs under the temporary mask, or is taken without its handler. */
#include "host.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <ucontext.h>

static volatile sig_atomic_t runs, others;
static const char *mask = "?", *context = "?";
static void count(int sig, siginfo_t *info, void *c) {
	(void)sig, (void)info, runs++;
	mask = mask_text();
	context = text_of(&((ucontext_t *)c)->uc_sigmask);
}
static void count_other(int sig) { (void)sig, others++; }

static const char *outcome(long result) { return result < 0 ? strerror(errno) : result ? "result" : "0"; }

/* Two blocked and pending; the wait's mask lets both, one or none through. */
static int fds[2], epoll;
static sigset_t temporary;
static long by_sigsuspend(void) { return sigsuspend(&temporary); }
static struct timespec zero = {0, 0}, some = {0, 50000000};
static struct timespec *limit;
static long by_ppoll(void) { struct pollfd p = {fds[0], POLLIN, 0}; return ppoll(&p, 1, limit, &temporary); }
static long by_pselect(void) { fd_set r; FD_ZERO(&r); FD_SET(fds[0], &r); return pselect(fds[0] + 1, &r, NULL, NULL, limit, &temporary); }
static long by_epoll_pwait(void) { struct epoll_event e; return epoll_pwait(epoll, &e, 1, limit ? limit->tv_nsec / 1000000 : -1, &temporary); }
static const struct { const char *name; long (*wait)(void); } calls[] = {
	{"sigsuspend", by_sigsuspend}, {"ppoll", by_ppoll}, {"pselect", by_pselect}, {"epoll_pwait", by_epoll_pwait},
};

static void masked(void) {
	sigset_t both = set_of(SIGUSR1, SIGUSR2);
	struct epoll_event e = {EPOLLIN, {0}};
	check(pipe(fds) == 0 && (epoll = epoll_create1(0)) >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &e) == 0);
	on_info(SIGUSR1, count, 0);
	on(SIGUSR2, count_other, 0);
	for (size_t i = 0; i < COUNT(calls); i++)
		for (int let = 0; let < 3; let++)
			for (int ready = 0; ready < 2; ready++) {
				if (is(calls[i].name, "sigsuspend") && (let == 2 || ready))
					continue;
				sigprocmask(SIG_BLOCK, &both, NULL);
				raise(SIGUSR1), raise(SIGUSR2);
				runs = others = 0, mask = context = "-";
				temporary = let == 0 ? set_of(SIGWINCH, 0) : let == 1 ? set_of(SIGUSR2, SIGWINCH) : both;
				limit = let == 2 ? &some : NULL;
				if (ready)
					(void)!write(fds[1], "x", 1);
				const char *result = outcome(calls[i].wait());
				say("%s, %s%s: %s runs %d %d in mask [%s] context [%s] after [%s]", calls[i].name, let == 0 ? "both" : let == 1 ? "one" : "none", ready ? ", ready" : "", result,
				    (int)runs, (int)others, mask, context, mask_text());
				char c;
				if (ready)
					(void)!read(fds[0], &c, 1);
				sigprocmask(SIG_UNBLOCK, &both, NULL);
				say("unblocked: runs %d %d", (int)runs, (int)others);
			}
	limit = &zero;
	runs = 0;
	sigprocmask(SIG_BLOCK, &both, NULL);
	raise(SIGUSR1);
	temporary = set_of(0, 0);
	const char *result = outcome(by_ppoll());
	say("without time: %s runs %d", result, (int)runs);
	sigprocmask(SIG_UNBLOCK, &both, NULL);
	say("runs %d", (int)runs);
}

/* Taken without the handler, with its siginfo. */
static void taken(void) {
	sigset_t set = set_of(SIGUSR1, SIGRTMIN + 1), pending;
	siginfo_t info;
	int sig = 0;
	struct timespec none = {0, 0}, bad = {0, -1};
	on_info(SIGUSR1, count, 0);
	on_info(SIGRTMIN + 1, count, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	sigpending(&pending);
	say("pending [%s]", text_of(&pending));
	check(sigwait(&set, &sig) == 0 && sig == SIGUSR1);
	for (int i = 0; i < 3; i++)
		sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 20 + i});
	for (int i = 0; i < 2; i++) {
		check(sigwaitinfo(&set, &info) == SIGRTMIN + 1);
		say("taken: code %d value %d %s", info.si_code, info.si_value.sival_int, info.si_pid == getpid() ? "own" : "?");
	}
	check(sigtimedwait(&set, &info, &none) == SIGRTMIN + 1 && info.si_value.sival_int == 22);
	check(sigtimedwait(&set, NULL, &none) == -1 && errno == EAGAIN);
	check(sigtimedwait(&set, NULL, &bad) == -1 && errno == EINVAL);
	sigpending(&pending);
	say("pending [%s]", text_of(&pending));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	check(runs == 0);
}

static void by_signalfd(void) {
	sigset_t set = set_of(SIGUSR1, SIGRTMIN + 1);
	struct signalfd_siginfo info;
	on_info(SIGUSR1, count, 0);
	on_info(SIGRTMIN + 1, count, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	check(read(fd, &info, sizeof info) == -1 && errno == EAGAIN);
	raise(SIGUSR1);
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 31});
	struct pollfd p = {fd, POLLIN, 0};
	check(poll(&p, 1, -1) == 1);
	for (int i = 0; i < 2; i++) {
		check(read(fd, &info, sizeof info) == sizeof info);
		say("signal %u value %d %s", info.ssi_signo, info.ssi_int, info.ssi_pid == (uint32_t)getpid() ? "own" : "?");
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	check(runs == 0);
	/* not blocked: the handler has it */
	raise(SIGUSR1);
	check(runs == 1);
	check(read(fd, &info, sizeof info) == -1 && errno == EAGAIN);
}

/* In a handler: what its sa_mask holds back is pending and can be waited for. */
static void takes_inside(int sig) {
	sigset_t set = set_of(SIGUSR1, 0), pending;
	(void)sig;
	raw_raise(SIGUSR1);
	sigpending(&pending);
	check(sigismember(&pending, SIGUSR1) == 1);
	check(sigwait(&set, &sig) == 0 && sig == SIGUSR1);
	sigpending(&pending);
	check(sigismember(&pending, SIGUSR1) == 0);
}
static void in_handler(void) {
	struct sigaction action = {.sa_handler = takes_inside, .sa_mask = set_of(SIGUSR1, 0)};
	on_info(SIGUSR1, count, 0);
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
	safe_point();
	check(runs == 0);
}

/* In a handler: what its sa_mask holds back is no longer pending once it is ignored. */
static void ignores_inside(int sig) {
	sigset_t pending;
	(void)sig, runs++;
	sigpending(&pending);
	check(sigismember(&pending, SIGUSR2) == 1 && sigismember(&pending, SIGRTMIN) == 1);
	on(SIGUSR2, SIG_IGN, 0);
	on(SIGRTMIN, SIG_IGN, 0);
	sigpending(&pending);
	check(sigismember(&pending, SIGUSR2) == 0 && sigismember(&pending, SIGRTMIN) == 0);
	on(SIGUSR2, count_other, 0);
	on(SIGRTMIN, count_other, 0);
}
static void ignored(void) {
	sigset_t all = set_of(SIGUSR1, SIGUSR2);
	sigaddset(&all, SIGRTMIN);
	struct sigaction action = {.sa_handler = ignores_inside, .sa_mask = all};
	on(SIGUSR2, count_other, 0);
	on(SIGRTMIN, count_other, 0);
	sigaction(SIGUSR1, &action, NULL);
	sigprocmask(SIG_BLOCK, &all, NULL);
	raw_raise(SIGUSR1), raw_raise(SIGUSR2), raw_raise(SIGRTMIN), raw_raise(SIGRTMIN);
	raw(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&all, 0, 8);
	safe_point();
	check(runs == 1 && others == 0);
}

/* A thread that waits for all signals, as daemons have it; main blocks all. */
static void *waiter(void *set) {
	int sig;
	while (sigwait(set, &sig) == 0 && sig != SIGTERM)
		say("waiter: %d", sig);
	return NULL;
}
static void by_thread(void) {
	sigset_t all;
	on_info(SIGUSR1, count, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_t other = thread(waiter, &all);
	kill(getpid(), SIGUSR1);
	raw_sleep(100);
	kill(getpid(), SIGUSR2);
	raw_sleep(100);
	kill(getpid(), SIGTERM);
	pthread_join(other, NULL);
	check(runs == 0);
}

/* "Queued real-time signals" under a temporary mask: a handler blocks its own signal and what its sa_mask says until the wait has
 * returned to the mask under which they are blocked, so each wait has one run of it. */
static volatile sig_atomic_t values[8];
static void record(int sig, siginfo_t *info, void *c) { (void)sig, (void)c, values[runs++ % 8] = info->si_value.sival_int; }
static void queue_three(sigset_t *set) {
	sigprocmask(SIG_BLOCK, set, NULL);
	for (int i = 0; i < 3; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i + 1});
}
static void queued(void) {
	sigset_t set = set_of(SIGRTMIN, SIGUSR1);
	struct sigaction first = {.sa_handler = count_other, .sa_mask = set};
	struct epoll_event e = {EPOLLIN, {0}};
	check(pipe(fds) == 0 && (epoll = epoll_create1(0)) >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &e) == 0);
	on_info(SIGRTMIN, record, 0);
	sigaction(SIGUSR1, &first, NULL);
	temporary = set_of(SIGWINCH, 0);
	for (size_t i = 0; i < COUNT(calls); i++) {
		runs = others = 0;
		queue_three(&set);
		raise(SIGUSR1);
		check(calls[i].wait() == -1 && errno == EINTR);
		check(others == 1 && runs == 0);
		for (int n = 1; n <= 3; n++) {
			check(calls[i].wait() == -1 && errno == EINTR);
			check(runs == n);
		}
		check(values[0] == 1 && values[1] == 2 && values[2] == 3);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		check(runs == 3 && others == 1);
	}
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	alarm(15); /* whatever waits for ever */
	if (is(what, "masked"))
		masked();
	else if (is(what, "taken"))
		taken();
	else if (is(what, "signalfd"))
		by_signalfd();
	else if (is(what, "handler"))
		in_handler();
	else if (is(what, "ignored"))
		ignored();
	else if (is(what, "thread"))
		by_thread();
	else if (is(what, "queued"))
		queued();
	return verdict();
}
