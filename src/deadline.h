/* deadline.h: the doorbell and the rungs. Each thread has a timer, made when first needed, armed only while
 * something is due there: it rings the thread until it is found at a place where the handler may run.
 * Async-signal-safe. */
#ifndef SIGTAME_DEADLINE_H
#define SIGTAME_DEADLINE_H

#include "thread.h"

/* The reserved signal; 0: none (DEFER is none). */
extern int deadline_signal;

int64_t deadline_now_ns(void);

/* Make the timer now: later the kernel's queue may be full. */
void deadline_prepare(struct thread *);
/* Whether the kernel queues nothing more for this user: signals lose what they say of themselves, and no timer is to be had. */
bool deadline_queue_is_full(const struct thread *);
/* Ring this thread in about a millisecond, sooner inside a call that waits in libc. False: nothing will. */
bool deadline_arm(struct thread *);
void deadline_disarm(struct thread *);
/* The call that this thread is about to make must not wait: ring it until deadline_may_wait. False: nothing will. */
bool deadline_no_wait(struct thread *);
/* A handler has ended: its calls may have taken the ring away that the interrupted call counts on. */
void deadline_resume_no_wait(struct thread *);
static inline void deadline_resume(struct thread *t) {
	if (unlikely(t->no_wait))
		deadline_resume_no_wait(t);
}
void deadline_may_wait(struct thread *);
/* The next ring of either kind. */
void deadline_again(struct thread *);

/* Ring another thread: by tid; main, once at a time. */
void deadline_ring(pid_t tid);
void deadline_ring_main(void);
/* A ring that has come to another thread than main. */
void deadline_pass_on(void);
/* Whether this siginfo is a ring of ours. */
bool deadline_is_ring(const siginfo_t *);

static inline int64_t deadline_late_ns(const struct thread *t) { return t->since_ns ? deadline_now_ns() - t->since_ns : 0; }

#endif
