/* pending.h: what has arrived and not run yet: one slot an instance, from a fixed pool.
 * A slot is in one list: free, a thread's own (thread.first), or main's inbox, where the thread that received it still has a hand on it.
 * Called with all signals blocked, except pending_take_back. Async-signal-safe. */
#ifndef SIGTAME_PENDING_H
#define SIGTAME_PENDING_H

#include "thread.h"

/* Who answers for a slot. POSTED is left by one compare-and-swap: by main (TAKEN), by the thread that received it (RETRACTED), or by that thread's end (ORPHAN). */
enum slot_state { SLOT_OWN, SLOT_POSTED, SLOT_TAKEN, SLOT_RETRACTED, SLOT_ORPHAN };

struct slot {
	uint32_t free_next;
	uint32_t state;
	pid_t tid; /* of the receiver, if POSTED */
	int sig;
	struct slot *next;     /* in first, or in the inbox */
	struct slot *out_next; /* in the receiver's out */
	siginfo_t info;
};

/* NULL: all are in use. */
struct slot *slot_get(void);
void slot_put(struct slot *);

/* Whether one that this thread keeps, its run still to begin, stands for it too. */
bool pending_coalesces(const struct thread *, int sig);
/* Keep an instance in this thread, last of its list. False: no slot. */
bool pending_keep(struct thread *, int sig, const siginfo_t *);

/* Give an instance to main. False: no slot, or main has as many to take as it may. */
bool pending_post(struct thread *, int sig, const siginfo_t *);
/* In main: append the inbox to the list. */
void pending_collect(struct thread *);
/* In the receiver: forget what main has taken; recompute kept. Returns the bits that are no longer blocked on our account. */
sigbits pending_reclaim(struct thread *);
/* In the receiver: main may not take this one after all. True: it is ours again and kept here. */
bool pending_take_back(struct thread *, int sig);

/* The numbers that wait in this thread's list. */
sigbits pending_set(const struct thread *);
/* Take the first instance of a number. The tid of a receiver that waits for it, or 0; -1: there is none. */
pid_t pending_take(struct thread *, int sig, siginfo_t *);

/* A thread ends: what lies in the inbox is main's alone. */
void pending_disown(struct thread *);
/* In a fork child: nothing is pending. */
void pending_child(void);

#endif
