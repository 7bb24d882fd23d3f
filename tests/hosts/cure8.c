/* Its System V handler re-installs itself first and then works for 20 ms, while its signal comes every 5 ms. */
#define _GNU_SOURCE 1
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long runs, depth, deepest;

static long now_us(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void on_alarm(int sig) {
	long end;

	sysv_signal(sig, on_alarm);
	end = now_us() + 20000;
	if (++depth > deepest)
		deepest = depth;
	while (now_us() < end)
		;
	depth--;
	runs++;
}

int main(int argc, char **argv) {
	long wanted = argc > 1 ? atol(argv[1]) : 50;
	struct itimerval every = {{0, 5000}, {0, 5000}};

	setrlimit(RLIMIT_STACK, &(struct rlimit){1 << 18, 1 << 18}); /* the overflow need not take long */
	sysv_signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &every, NULL);
	while (runs < wanted)
		pause();
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	printf("%ld handler runs, %ld at a time\n", wanted, deepest);
	return deepest != 1;
}
