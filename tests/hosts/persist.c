/* "SIGTAME_PERSIST: System V signal calls become BSD ones, and SA_RESETHAND has no effect, except for signals that are never deferred, and except that a handler that sends its own signal to its own process gets the default action that it asked for." */
#include "host.h"

static volatile sig_atomic_t runs, inside, nested;
static char *way;

static void count(int sig) { (void)sig, runs++; }

static void send_own(int sig) {
	if (is(way, "kill"))
		kill(getpid(), sig);
	else if (is(way, "sigqueue"))
		sigqueue(getpid(), sig, (union sigval){.sival_int = 1});
	else if (is(way, "pthread_kill"))
		pthread_kill(pthread_self(), sig);
	else if (is(way, "kill-group")) {
		setpgid(0, 0);
		kill(0, sig);
	} else if (is(way, "killpg")) {
		setpgid(0, 0);
		killpg(getpgrp(), sig);
	} else
		raise(sig);
}

/* cleanup(); raise(sig); */
static void cleanup(int sig) {
	if (runs++ == 3) {
		say("still here");
		_exit(1);
	}
	say("cleanup");
	send_own(sig);
}

/* The System V idiom: install it again first. */
static void again(int sig) {
	sysv_signal(sig, again);
	if (++runs < 3)
		raise(sig);
}

static void slow(int sig) {
	nested |= inside;
	inside = 1;
	runs++;
	if (runs < 4)
		raw_raise(sig);
	safe_point();
	inside = 0;
}

static void *writes_later(void *fd) {
	while (!runs)
		raw_sleep(1);
	raw(SYS_write, *(int *)fd, (long)"x", 1, 0);
	return NULL;
}

static void *interrupts_later(void *target) {
	await_asleep(raw_getpid());
	pthread_kill(*(pthread_t *)target, SIGUSR1);
	return NULL;
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	bool sysv = argc > 2 && is(argv[2], "sysv");
	way = argc > 3 ? argv[3] : "raise";
	if (is(what, "twice")) {
		sysv ? (void)sysv_signal(SIGUSR1, count) : on(SIGUSR1, count, SA_RESETHAND);
		raise(SIGUSR1);
		raise(SIGUSR1);
		raise(SIGUSR1);
		say("runs %d", (int)runs);
	} else if (is(what, "cleanup")) {
		sysv ? (void)sysv_signal(SIGTERM, cleanup) : on(SIGTERM, cleanup, SA_RESETHAND);
		raw_raise(SIGTERM);
		safe_point();
		say("survived");
	} else if (is(what, "cleanup-outside")) { /* sent by another */
		sysv ? (void)sysv_signal(SIGTERM, cleanup) : on(SIGTERM, cleanup, SA_RESETHAND);
		pid_t child = fork();
		if (child == 0) {
			kill(getppid(), SIGTERM);
			_exit(0);
		}
		raw_sleep(100);
		poll(NULL, 0, 2000);
		say("survived");
	} else if (is(what, "again")) {
		sysv_signal(SIGUSR1, again);
		raw_raise(SIGUSR1);
		safe_point();
		raise(SIGUSR1);
		say("runs %d", (int)runs);
	} else if (is(what, "nested")) { /* its own signal is blocked while it runs */
		sysv_signal(SIGUSR1, slow);
		raise(SIGUSR1);
		safe_point();
		say("runs %d, nested %d", (int)runs, (int)nested);
	} else if (is(what, "nodefer")) { /* asked for through sigaction: granted */
		on(SIGUSR1, slow, SA_NODEFER);
		raise(SIGUSR1);
		say("runs %d, nested %d", (int)runs, (int)nested);
	} else if (is(what, "restart")) { /* a BSD signal restarts calls */
		int fds[2];
		char c = 0;
		pthread_t self = pthread_self();
		check(pipe(fds) == 0);
		sysv_signal(SIGUSR1, count);
		pthread_t a = thread(interrupts_later, &self), b = thread(writes_later, &fds[1]);
		long n = read(fds[0], &c, 1);
		say("read: %s, runs %d", n == 1 ? "data" : strerror(errno), (int)runs);
		pthread_join(a, NULL);
		pthread_join(b, NULL);
	} else if (is(what, "shown")) {
		struct sigaction now;
		on(SIGUSR1, count, SA_RESETHAND);
		sigaction(SIGUSR1, NULL, &now);
		say("%s%s", now.sa_handler == count ? "handler" : "?", now.sa_flags & SA_RESETHAND ? ", SA_RESETHAND" : "");
		raise(SIGUSR1);
		sigaction(SIGUSR1, NULL, &now);
		say("%s%s", now.sa_handler == count ? "handler" : now.sa_handler == SIG_DFL ? "default" : "?", now.sa_flags & SA_RESETHAND ? ", SA_RESETHAND" : "");
	} else if (is(what, "default-shown")) { /* after the default action that the handler has asked for, and that does nothing */
		struct sigaction now;
		on(SIGWINCH, cleanup, SA_RESETHAND);
		raise(SIGWINCH);
		sigaction(SIGWINCH, NULL, &now);
		say("%s, flags %x, runs %d", now.sa_handler == SIG_DFL ? "default" : "handler", now.sa_flags, (int)runs);
	} else if (is(what, "child")) { /* SIGCHLD follows the host */
		struct sigaction now;
		sysv ? (void)sysv_signal(SIGCHLD, count) : on(SIGCHLD, count, SA_RESETHAND);
		raise(SIGCHLD);
		raise(SIGCHLD);
		sigaction(SIGCHLD, NULL, &now);
		say("runs %d, %s", (int)runs, now.sa_handler == SIG_DFL ? "default" : "handler");
	} else if (is(what, "fault")) {
		on(SIGSEGV, count, SA_RESETHAND);
		raise(SIGSEGV);
		say("runs %d", (int)runs);
		raise(SIGSEGV);
		say("survived");
	}
	return failures != 0;
}
