/* where.h: where is this thread, and may a handler run there? Asked by the trampolines, about the frame that they interrupted.
 * Async-signal-safe. */
#ifndef SIGTAME_WHERE_H
#define SIGTAME_WHERE_H

#include "thread.h"
#include <ucontext.h>

enum where {
	WHERE_UNSAFE,
	WHERE_STUB_BEFORE,  /* in a stub, before the system call */
	WHERE_STUB_RESTART, /* in a stub, waited, and the kernel would restart the call */
	WHERE_STUB_AFTER,   /* in a stub, the result stands (it may be -EINTR) */
	WHERE_WAIT_RESTART, /* a system call that waits, made by the C library, would be restarted */
	WHERE_WAIT_EINTR,   /* the same, ended with -EINTR */
	WHERE_STALLED,      /* a write, or a wait for a lock, that the C library makes has stood still for a while */
	WHERE_TEXT,         /* between two instructions of the program's own code */
	WHERE_FORCED,       /* anywhere: there has been time enough */
};

/* late_ns: how long ago the oldest that is due has arrived. */
enum where where_look(struct thread *, const ucontext_t *, int64_t late_ns);

/* Leave the place after handlers have run there: ran is the union of their RAN_… bits. */
void where_leave(enum where, ucontext_t *, unsigned ran);
bool where_is_stub(const ucontext_t *);
/* Nothing runs there, and a signal is blocked on our account from now on: a call that has not begun looks again. */
void where_not_made(ucontext_t *);

/* Find the stubs, and what the program is made of; before the first handler is installed. Not async-signal-safe. */
void where_prepare(void);

#endif
