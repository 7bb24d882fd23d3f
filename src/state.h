/* state.h: what other processes may look at in this one: found by its magic in the library's writable pages.
 * Written by everybody who has something to count, read by `sigtame check PID` and the like. Async-signal-safe. */
#ifndef SIGTAME_STATE_H
#define SIGTAME_STATE_H

#include "disposition.h"
#include "options.h"
#include "thread.h"

#define STATE_MAGIC "sigtame state 1"

enum state_count { STATE_ARRIVED, STATE_COALESCED, STATE_DEFERRED, STATE_RUN, STATE_FORCED, STATE_COUNTS };

struct state {
	char magic[16];
	uint32_t size, active; /* active: 1, or 0 before the start and where the library does nothing */
	char version[16];
	const struct options *options;          /* addresses there, not here */
	const struct disposition *dispositions; /* of the signals from 1 on */
	struct thread *const *main;             /* whose mask has what is kept in it */
	int32_t reserved, wakeup_fd;            /* the signal that rings; as it was set */
	uint64_t counts[SIGNALS][STATE_COUNTS];
};

extern struct state state;

static inline void state_count(int sig, enum state_count what) { __atomic_fetch_add(&state.counts[sig - 1][what], 1, __ATOMIC_RELAXED); }

#endif
