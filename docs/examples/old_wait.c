/* A program that takes EINTR for an error: it waits 300 ms for input that does not come, while a timer ticks every 50 ms. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void on_tick(int sig) {
	(void)sig;
	ticks++;
}

static long milliseconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(void) {
	struct itimerval often = {{0, 50000}, {0, 50000}};
	struct pollfd input = {.events = POLLIN};
	int ends[2];
	if (pipe(ends) != 0)
		return 2;
	input.fd = ends[0];
	signal(SIGALRM, on_tick);
	long start = milliseconds();
	setitimer(ITIMER_REAL, &often, NULL);
	if (poll(&input, 1, 300) < 0) {
		perror("old_wait: poll");
		return 1;
	}
	printf("old_wait: no input for %s 300 ms, %s\n", milliseconds() - start < 300 ? "less than" : "at least",
		ticks ? "and it ticked" : "no tick");
	return 0;
}
