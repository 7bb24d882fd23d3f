/* storm.h: what the storm programs share: the sender on another CPU, and what is printed.
 * When it has sent all, the sender says so and sends one more, that the event loop may see it. */
#ifndef STORM_H
#define STORM_H

#include "bench.h"
#include <sched.h>
#include <sys/resource.h>

struct storm {
	volatile long taken, done, refused;
};

static struct storm *storm;

static inline void storm_kill(pid_t host, int sig, long count) {
	for (long i = 0; i < count; i++)
		send_kill(host, sig);
}

static inline long storm_room(void) {
	struct rlimit limit;
	getrlimit(RLIMIT_SIGPENDING, &limit);
	return (long)(limit.rlim_cur / 4);
}

/* Patient: it never has more under way than a quarter of what may be. */
static inline void storm_queue(pid_t host, int sig, long count) {
	long room = storm_room();
	for (long i = 0; i < count; i++) {
		while (i - storm->taken >= room)
			sched_yield();
		while (send_queue(host, sig, (int)i) != 0)
			storm->refused++;
	}
}

static inline void storm_start(int sig, long count, void (*send)(pid_t, int, long)) {
	pid_t host = getpid();
	storm = shared(sizeof *storm);
	if (start_sender() != 0)
		return;
	cpu_set_t other;
	CPU_ZERO(&other);
	CPU_SET(1, &other);
	sched_setaffinity(0, sizeof other, &other);
	send(host, sig, count);
	storm->done = 1;
	send_kill(host, sig);
	_exit(0);
}

#endif
