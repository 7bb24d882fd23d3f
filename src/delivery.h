/* delivery.h: a frame that the kernel made to deliver a signal: opened to the host's mask, handlers run in it, closed again.
 * Called by the trampolines, with their full sa_mask. Async-signal-safe. */
#ifndef SIGTAME_DELIVERY_H
#define SIGTAME_DELIVERY_H

#include "arch/arch.h"
#include "thread.h"
#include "where.h"

struct action;

/* Returns the host's mask, which the frame then has. */
sigbits delivery_open(struct thread *, ucontext_t *);
void delivery_close(struct thread *, ucontext_t *);

/* Handlers run in this frame: the action's, unless sig is 0, and what else is due. */
void delivery_run(struct thread *, enum where, const struct action *, int sig, siginfo_t *, ucontext_t *);

/* What is still due, and host does not block, rings. */
void delivery_ring_for_rest(struct thread *, sigbits host);

static inline enum record_kind delivery_kind(enum where w) { return w == WHERE_FORCED || w == WHERE_STALLED ? RECORD_UNSAFE : RECORD_SAFE; }

#endif
