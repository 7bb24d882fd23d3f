/* An event loop that learns of signals by a file descriptor: HUP and USR1 are told, TERM ends it.
 *
 * Where sigtame is loaded it is the wakeup fd, and the handlers are empty. Where it is not, each handler writes the byte
 * itself: the same loop either way. Nothing is linked; without the library sigtame.h leaves sigtame_active() only. */
#define _GNU_SOURCE
#include "sigtame.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int arrivals[2];

static void on_signal(int sig) {
	(void)sig;
}

static void on_signal_by_hand(int sig) {
	int saved = errno;
	unsigned char byte = (unsigned char)sig;
	(void)!write(arrivals[1], &byte, 1);
	errno = saved;
}

static int begin(void) {
	static const int signals[] = {SIGHUP, SIGUSR1, SIGTERM};
	if (pipe2(arrivals, O_NONBLOCK | O_CLOEXEC) != 0)
		return -1;
	if (sigtame_active() && sigtame_set_wakeup_fd(arrivals[1], 0, NULL) != 0)
		return -1;
	for (int i = 0; i < 3; i++)
		signal(signals[i], sigtame_active() ? on_signal : on_signal_by_hand);
	printf("loop: %s\n", sigtame_active() ? "sigtame tells" : "the handlers tell");
	return fflush(stdout);
}

int main(void) {
	struct pollfd readable = {.events = POLLIN};
	unsigned char sig = 0;
	if (begin() != 0) {
		perror("loop");
		return 1;
	}
	readable.fd = arrivals[0];
	while (sig != SIGTERM) {
		poll(&readable, 1, -1); /* a byte is there, or it ends with EINTR and the next one finds it */
		while (sig != SIGTERM && read(arrivals[0], &sig, 1) == 1) {
			printf("loop: %s\n", strsignal(sig));
			fflush(stdout);
		}
	}
	return 0;
}
