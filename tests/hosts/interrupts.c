/* What interrupts a call and is not sigtame's stays as it is natively: signals that are not deferred, handlers that libc does not know of, stop and continue. */
#include "host.h"
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

static volatile sig_atomic_t runs;
static void handler(int sig) { (void)sig, runs++; }

static void *hits(void *sig) {
	await_asleep(raw_getpid());
	raw_kill(raw_getpid(), *(int *)sig);
	return NULL;
}

static void by_signal(int sig) {
	char c;
	int fds[2];
	check(pipe(fds) == 0);
	for (int i = 0; i < 3; i++) {
		pthread_t other = thread(hits, &sig);
		errno = 0;
		long n = i == 0 ? poll(NULL, 0, 10000) : i == 1 ? read(fds[0], &c, 1) : sleep(10) > 0 ? -1 : 0;
		check(n == -1 && errno == EINTR);
		check(runs == i + 1);
		pthread_join(other, NULL);
	}
}

/* Waits, for a while or for what another process writes, and the EINTR that nobody should see. */
static struct timespec a_while = {0, 200000000};
static int fds[2];
static long waits_nanosleep(void) { return nanosleep(&a_while, NULL); }
static long waits_clock(void) { errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &a_while, NULL); return errno ? -1 : 0; }
static long waits_usleep(void) { return usleep(200000); }
static long waits_sleep(void) { return sleep(1) ? (errno = EINTR, -1) : 0; }
static long waits_select(void) { struct timeval t = {0, 200000}; return select(0, NULL, NULL, NULL, &t); }
static long waits_pselect(void) { return pselect(0, NULL, NULL, NULL, &a_while, NULL); }
static long waits_ppoll(void) { return ppoll(NULL, 0, &a_while, NULL); }
static long waits_poll(void) { struct pollfd p = {fds[0], POLLIN, 0}; return poll(&p, 1, -1); }
static long waits_read(void) { char c; return read(fds[0], &c, 1); }
static long waits_epoll(void) {
	struct epoll_event e = {.events = EPOLLIN};
	int epoll = epoll_create1(0);
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &e) == 0);
	long n = epoll_wait(epoll, &e, 1, -1);
	close(epoll);
	return n;
}
static long waits_sem(void) {
	sem_t sem;
	struct timespec until;
	sem_init(&sem, 0, 0);
	clock_gettime(CLOCK_REALTIME, &until), until.tv_sec++;
	return sem_timedwait(&sem, &until) == -1 && errno == ETIMEDOUT ? 0 : -1;
}
static long waits_sigtimedwait(void) {
	sigset_t urgent = set_of(SIGURG, 0);
	return sigtimedwait(&urgent, NULL, &a_while) == -1 && errno == EAGAIN ? 0 : -1;
}
static long waits_pause(void) { /* only a handler ends it */
	int before = runs;
	pause();
	return runs > before ? 0 : -1;
}
/* Whose time of entry is known where every call's is. */
static long waits_poll_a_while(void) { return poll(NULL, 0, 200); }
static long waits_epoll_a_while(void) { struct epoll_event e; int epoll = epoll_create1(0); long n = epoll_wait(epoll, &e, 1, 200); close(epoll); return n; }

static const struct { const char *name; long (*wait)(void); } waits_of[] = {
	{"poll", waits_poll}, {"read", waits_read}, {"epoll_wait", waits_epoll}, {"pause", waits_pause},
	{"nanosleep", waits_nanosleep}, {"clock_nanosleep", waits_clock}, {"usleep", waits_usleep}, {"sleep", waits_sleep}, {"select", waits_select},
	{"pselect", waits_pselect}, {"ppoll", waits_ppoll}, {"sem_timedwait", waits_sem}, {"sigtimedwait", waits_sigtimedwait},
	{"poll for a while", waits_poll_a_while}, {"epoll_wait for a while", waits_epoll_a_while},
};
enum { FORGETFUL = 2 };

/* What the program ignores interrupts nothing: sent by another process, some times in each wait. */
static void by_ignored(int sig, size_t n) {
	char buffer[16];
	check(pipe(fds) == 0);
	on(SIGALRM, handler, 0);
	for (size_t i = 0; i < n; i++) {
		pid_t parent = getpid(), child = fork();
		if (child == 0) {
			for (int k = 0; k < 5; k++)
				raw_sleep(20), raw_kill(parent, sig);
			raw_sleep(20);
			raw(SYS_write, fds[1], (long)"x", 1, 0);
			if (waits_of[i].wait == waits_pause)
				raw_kill(parent, SIGALRM);
			_exit(0);
		}
		errno = 0;
		check_case(waits_of[i].name, waits_of[i].wait() >= 0);
		waitpid(child, NULL, 0);
		if (waits_of[i].wait != waits_read)
			check(read(fds[0], buffer, sizeof buffer) == 1);
	}
}

/* One that is not deferred ends the call, whatever was ignored before it came. */
static void *ignored_and_then(void *sig) {
	await_asleep(raw_getpid());
	raw_kill(raw_getpid(), SIGPIPE);
	await_asleep(raw_getpid());
	raw_kill(raw_getpid(), *(int *)sig);
	return NULL;
}
static void by_signal_after_ignored(int sig) {
	char c;
	on(sig, handler, 0);
	check(pipe(fds) == 0);
	pthread_t other = thread(ignored_and_then, &sig);
	alarm(20);
	check(read(fds[0], &c, 1) == -1 && errno == EINTR);
	check(runs == 1);
	pthread_join(other, NULL);
}

/* Near the end of a wait whose time of entry is not known: it ends then or at its time, and does not begin again. */
static void by_late(int sig) {
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		raw_sleep(1900);
		raw_kill(parent, sig);
		_exit(0);
	}
	int64_t began = now_ms();
	int n = poll(NULL, 0, 2000);
	check(n == 0 || errno == EINTR);
	check(now_ms() - began < 3000);
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "ignored") || is(what, "ignored-timeouts")) {
		by_ignored(atoi(argv[2]), COUNT(waits_of) - (is(what, "ignored") ? FORGETFUL : 0));
	} else if (is(what, "late")) {
		by_late(atoi(argv[2]));
	} else if (is(what, "after-ignored")) {
		by_signal_after_ignored(SIGPROF);
	} else if (is(what, "prof")) {
		on(SIGPROF, handler, 0);
		by_signal(SIGPROF);
	} else if (is(what, "raw")) { /* set past libc: without a restorer this works on the CPUs that have one in the vdso only */
		struct { void (*handler)(int); unsigned long flags; void (*restorer)(void); unsigned long mask; } action;
		on(SIGUSR1, handler, 0);
		raw(SYS_rt_sigaction, SIGUSR1, 0, (long)&action, 8);
		action.handler = handler;
		action.flags &= ~(unsigned long)(SA_RESTART | SA_SIGINFO);
		raw(SYS_rt_sigaction, SIGUSR1, (long)&action, 0, 8);
		by_signal(SIGUSR1);
	} else if (is(what, "stop")) { /* epoll_wait is one of those that SIGCONT interrupts */
		struct epoll_event e;
		int epoll = epoll_create1(0);
		pid_t parent = getpid(), child = fork();
		if (child == 0) {
			await_asleep(parent);
			raw_kill(parent, SIGSTOP);
			raw_sleep(50);
			raw_kill(parent, SIGCONT);
			_exit(0);
		}
		int n = epoll_wait(epoll, &e, 1, 20000);
		say("epoll_wait: %s", n < 0 ? strerror(errno) : "time out");
		waitpid(child, NULL, 0);
	} else if (is(what, "continue")) { /* a handler of SIGCONT; poll restarts after a stop */
		on(SIGCONT, handler, SA_RESTART);
		pid_t parent = getpid(), child = fork();
		if (child == 0) {
			await_asleep(parent);
			raw_kill(parent, SIGSTOP);
			raw_sleep(50);
			raw_kill(parent, SIGCONT);
			_exit(0);
		}
		int n = poll(NULL, 0, 20000);
		say("poll: %s runs %d", n < 0 ? strerror(errno) : "time out", (int)runs);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return verdict();
}
