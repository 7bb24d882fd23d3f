/* safepoint.h: a call's path: the entry and the return of an interposed call, and what becomes of a call that a handler interrupted.
 * Called by the interposed functions, in any thread, in the host's handlers too. Async-signal-safe. */
#ifndef SIGTAME_SAFEPOINT_H
#define SIGTAME_SAFEPOINT_H

#include "thread.h"

/* What signal(7) says of a call. */
enum {
	CALL_WAITS = 1,    /* it may wait */
	CALL_RESTARTS = 2, /* SA_RESTART restarts it */
	CALL_HANDLER = 4,  /* it waits for a handler: one that ran on entry ends it */
	CALL_ONCE = 8,     /* never made again, whatever it says: close, dup2, connect */
	CALL_CANCEL = 16,  /* a cancellation point */
	CALL_MS = 32,      /* argument TIMEOUT is a relative timeout in milliseconds */
	CALL_TS = 64,      /* … a const struct timespec *, relative */
	CALL_EINTR = 128,  /* regions: it returns EINTR where a handler has no SA_RESTART */
	CALL_FUTEX = 256,  /* regions: it waits in a futex */
	CALL_UNKEPT = 512, /* regions: it starts programs, nothing may be left blocked */
	CALL_NO_RESTART = 1024, /* regions: … even where it has */
};
#define CALL_TIMEOUT(i) ((unsigned)(i) << 16)
#define CALL_TIMEOUT_OF(kind) ((kind) >> 16)

/* A system call that an interposed function stands for. */
struct call {
	const char *name;
	long nr;
	unsigned kind;
	unsigned next; /* its place among the next functions */
	bool foreign;  /* another preload stands behind us: it is called in our stead */
	bool known;    /* … has been looked up */
};

/* Whether handlers may run at a call with this caller; and running them. The result: RAN_… of those that ran since the thread's last call. */
bool safepoint_allowed(struct thread *, uintptr_t sp, const void *caller);
unsigned safepoint_run(struct thread *, uintptr_t sp, const void *caller);

/* The long way of a call: something is due, or r is an error. Returns as the C function does, with errno. */
long safepoint_call(const struct call *, const void *caller, long r, long a, long b, long c, long d, long e, long f);
/* The same, with the kernel's own result: -errno. A wait with a temporary mask has it in masked, whose member kernel
 * is what the system call is given. */
struct masked {
	sigbits mask, kernel;
};
long safepoint_system_call(const struct call *, const void *caller, long r, long args[6], struct masked *);

/* A call that the C library makes as a whole. It lies in the frame of the caller, above all that libc puts on the stack:
 * its address is the place of its record. */
struct region {
	unsigned records;
	unsigned ran; /* on entry */
	bool open;
};
void region_enter(struct region *, unsigned kind, const void *caller);
void region_leave(struct region *);
#define REGION_SCOPE __attribute__((cleanup(region_leave)))

/* A thread ends: hand over, or run, what is due. */
void safepoint_thread_ends(struct thread *);
void safepoint_main_ends(struct thread *);

#define CALLER __builtin_return_address(0)

#endif
