/* What interrupts a call and is not sigtame's stays as it is natively: signals that are not deferred, handlers that libc does not know of, stop and continue. */
#include "host.h"
#include <sys/epoll.h>

static volatile sig_atomic_t runs;
static void handler(int sig) { (void)sig, runs++; }

static void *hits(void *sig) {
	raw_sleep(100);
	raw_kill(raw_getpid(), *(int *)sig);
	return NULL;
}

static void by_signal(int sig) {
	char c;
	int fds[2];
	check(pipe(fds) == 0);
	for (int i = 0; i < 2; i++) {
		pthread_t other = thread(hits, &sig);
		errno = 0;
		long n = i ? read(fds[0], &c, 1) : poll(NULL, 0, 10000);
		check(n == -1 && errno == EINTR);
		check(runs == i + 1);
		pthread_join(other, NULL);
	}
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "prof")) {
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
			raw_sleep(100);
			raw_kill(parent, SIGSTOP);
			raw_sleep(50);
			raw_kill(parent, SIGCONT);
			_exit(0);
		}
		int n = epoll_wait(epoll, &e, 1, 2000);
		say("epoll_wait: %s", n < 0 ? strerror(errno) : "time out");
		waitpid(child, NULL, 0);
	} else if (is(what, "continue")) { /* a handler of SIGCONT; poll restarts after a stop */
		on(SIGCONT, handler, SA_RESTART);
		pid_t parent = getpid(), child = fork();
		if (child == 0) {
			raw_sleep(100);
			raw_kill(parent, SIGSTOP);
			raw_sleep(50);
			raw_kill(parent, SIGCONT);
			_exit(0);
		}
		int n = poll(NULL, 0, 2000);
		say("poll: %s runs %d", n < 0 ? strerror(errno) : "time out", (int)runs);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return verdict();
}
