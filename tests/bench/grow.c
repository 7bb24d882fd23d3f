/* grow.c: what a signal costs as the program grows.
 * grow threads N COUNT: kill() to its own process, with N - 1 threads that wait.
 * grow signals N COUNT: kill() with N signals in turn, each with a handler.
 * grow pending N COUNT: N queued signals wait for their unblocking, again and again. */
#include "bench.h"
#include <pthread.h>

static volatile long runs;
static int idle[2];

static void on_signal(int sig) {
	(void)sig;
	runs++;
}

static void *wait_for_ever(void *unused) {
	char byte;
	while (read(idle[0], &byte, 1) != 0)
		;
	return unused;
}

static void start_threads(long n) {
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	if (pipe(idle) != 0)
		fail("pipe");
	for (long i = 0; i < n; i++) {
		pthread_t id;
		if (pthread_create(&id, &small, wait_for_ever, NULL) != 0)
			fail("pthread_create");
	}
	usleep(100000);
}

static int take_signals(long n, int taken[]) {
	int count = 0;
	for (int sig = 1; sig <= SIGRTMAX && count < n; sig++) {
		struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
		if (sig != SIGCONT && sigaction(sig, &act, NULL) == 0)
			taken[count++] = sig;
	}
	return count;
}

static long send_in_turn(const int sigs[], int n, long count) {
	pid_t self = getpid();
	int at = 0;
	for (long i = 0; i < count; i++) {
		kill(self, sigs[at]);
		at = at + 1 < n ? at + 1 : 0;
	}
	return count;
}

static long unblock_in_heaps(long n, long count) {
	sigset_t set;
	long heaps = count / n > 0 ? count / n : 1;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	set_handler(SIGRTMIN, on_signal, SA_RESTART);
	for (long heap = 0; heap < heaps; heap++) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		for (long i = 0; i < n; i++)
			if (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 0}) != 0)
				fail("sigqueue");
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
	return heaps * n;
}

int main(int argc, char **argv) {
	long n = count_of(argc, argv, 2), count = count_of(argc, argv, 3), sent;
	int sigs[64] = {SIGUSR1}, number = 1;
	set_handler(SIGUSR1, on_signal, SA_RESTART);
	if (strcmp(argv[1], "threads") == 0)
		start_threads(n - 1);
	if (strcmp(argv[1], "signals") == 0)
		number = take_signals(n, sigs);
	int64_t start = now_ns();
	if (strcmp(argv[1], "pending") == 0)
		sent = unblock_in_heaps(n, count);
	else
		sent = send_in_turn(sigs, number, count);
	print_each(start, sent);
	print("lost", (double)(sent - runs));
	fflush(stdout);
	_exit(0);
}
