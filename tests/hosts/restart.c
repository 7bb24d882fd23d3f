/* "SIGTAME_RESTART=host keeps each handler's own SA_RESTART (signal has it; siginterrupt works); always and never override it." */
#include "host.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* siginterrupt */

static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; }

static pthread_t reader;
static pid_t reader_tid;

/* The signal comes while main sleeps in read, and what it reads when the handler has run: a busy machine changes neither. */
static void *interrupts(void *fd) {
	await_asleep(reader_tid);
	pthread_kill(reader, SIGUSR1);
	while (!runs)
		raw_sleep(1);
	raw(SYS_write, *(int *)fd, (long)"x", 1, 0);
	return NULL;
}

static const char *reads(int *fds) {
	char c;
	runs = 0;
	reader = pthread_self(), reader_tid = raw_gettid();
	pthread_t other = thread(interrupts, &fds[1]);
	long n = read(fds[0], &c, 1);
	int error = errno;
	pthread_join(other, NULL);
	if (n != 1)
		raw(SYS_read, fds[0], (long)&c, 1, 0);
	return runs != 1 ? "no handler" : n == 1 ? "restarted" : strerror(error);
}

int main(void) {
	int fds[2];
	struct sigaction now;
	check(pipe(fds) == 0);
	signal(SIGUSR1, count);
	say("signal: %s", reads(fds));
	check(siginterrupt(SIGUSR1, 1) == 0);
	say("siginterrupt 1: %s", reads(fds));
	sigaction(SIGUSR1, NULL, &now);
	say("shown: %s", now.sa_flags & SA_RESTART ? "SA_RESTART" : "-");
	signal(SIGUSR1, count);
	say("signal after it: %s", reads(fds));
	check(siginterrupt(SIGUSR1, 0) == 0);
	say("siginterrupt 0: %s", reads(fds));
	on(SIGUSR1, count, 0);
	say("sigaction: %s", reads(fds));
	sigaction(SIGUSR1, NULL, &now);
	say("shown: %s", now.sa_flags & SA_RESTART ? "SA_RESTART" : "-");
	on(SIGUSR1, count, SA_RESTART);
	say("SA_RESTART: %s", reads(fds));
	sigaction(SIGUSR1, NULL, &now);
	say("shown: %s", now.sa_flags & SA_RESTART ? "SA_RESTART" : "-");
	return failures != 0;
}
