/* turns.h: the sender of the wakeup programs: it sends a signal, waits for the byte that says that the event loop has seen it,
 * and sends the next one. Prints the nanoseconds of a turn. */
#ifndef TURNS_H
#define TURNS_H

#include "bench.h"

static int turns_answer = -1;
static long turns_left;

static inline void turns_send(pid_t host, int answers, long count) {
	char byte;
	int64_t start = 0;
	if (read(answers, &byte, 1) != 1)
		_exit(1);
	for (long i = -100; i < count; i++) {
		if (i == 0)
			start = now_ns();
		if (send_kill(host, SIGUSR1) != 0 || read(answers, &byte, 1) != 1)
			_exit(1);
	}
	print_each(start, count);
	fflush(stdout);
	_exit(0);
}

/* The event loop has seen a signal. False: that was the last. */
static inline int turns_next(void) {
	(void)!write(turns_answer, "", 1);
	return --turns_left > 0;
}

/* After the signal is watched. */
static inline void turns_start(long count) {
	int fds[2];
	if (pipe(fds) != 0)
		fail("pipe");
	turns_left = count + 100;
	turns_answer = fds[1];
	pid_t host = getpid();
	if (start_sender() == 0)
		turns_send(host, fds[0], count);
	(void)!write(turns_answer, "", 1);
}

static inline void turns_end(void) { wait(NULL); }

#endif
