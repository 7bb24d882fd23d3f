/* arrival.h: a signal has arrived: it is counted and recorded. The trampolines call it first. Async-signal-safe. */
#ifndef SIGTAME_ARRIVAL_H
#define SIGTAME_ARRIVAL_H

#include "state.h"
#include "thread.h"
#include "trace.h"
#include <ucontext.h>

void arrival_record(struct thread *, int sig, const siginfo_t *, const ucontext_t *);

static inline void arrival_note(struct thread *t, int sig, const siginfo_t *info, const ucontext_t *uc) {
	state_count(sig, STATE_ARRIVED);
	if (unlikely(trace_ring != NULL))
		arrival_record(t, sig, info, uc);
}

#endif
