/* safepoint.h: a call's path: the entry and the return of an interposed call, and what becomes of a call that a handler interrupted.
 * Called by the interposed functions, in any thread, in the host's handlers too. Async-signal-safe. */
#ifndef SIGTAME_SAFEPOINT_H
#define SIGTAME_SAFEPOINT_H

#include "call.h"
#include "thread.h"

/* Whether handlers may run at a call with this caller; and running them. The result: RAN_… of those that ran since the thread's last call. */
bool safepoint_allowed(struct thread *, uintptr_t sp, const void *caller);
unsigned safepoint_run(struct thread *, uintptr_t sp, const void *caller);
unsigned safepoint_take_ran(struct thread *);

/* The long way of a call: something is due, or r is an error. Returns as the C function does, with errno. */
long safepoint_call(const struct call *, const void *caller, long r, long a, long b, long c, long d, long e, long f);
/* The same, with the kernel's own result: -errno. A wait with a temporary mask has it in masked, whose member kernel
 * is what the system call is given. */
struct masked {
	sigbits mask, now, kernel; /* now: and what the handler blocks that ended the wait */
};
long safepoint_system_call(const struct call *, const void *caller, long r, long args[6], struct masked *);

#define CALLER __builtin_return_address(0)

#endif
