/* call.h: a system call that an interposed function stands for, and how long it may still wait.
 * Called by safepoint. Async-signal-safe. */
#ifndef SIGTAME_CALL_H
#define SIGTAME_CALL_H

#include "base.h"
#include <time.h>

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
	CALL_FUTEX = 256,  /* regions: it waits in a futex, or for a device in an ioctl */
	CALL_UNKEPT = 512, /* regions: it starts programs, nothing may be left blocked */
	CALL_NO_RESTART = 1024, /* regions: … even where it has */
	CALL_LEFT = 2048,  /* the kernel itself writes the time that is left where it found the timeout */
	CALL_TV = 8192,    /* … a struct timeval *, relative, with CALL_LEFT */
	CALL_REM = 16384,  /* the argument behind the timeout is where the time that is left is written, after EINTR alone */
	CALL_UNTIL = 4096, /* argument TIMEOUT is a const struct timespec *, of the clock that argument 0 names if argument 1 has TIMER_ABSTIME */
	CALL_LOCKS = 32768, /* regions: its return is no safe point: the host holds the lock then */
};
#define CALL_TIMEOUT(i) ((unsigned)(i) << 16)
#define CALL_TIMEOUT_OF(kind) ((kind) >> 16)
/* Regions: which of the next functions it is. */
#define CALL_NAMED(next) ((unsigned)(next) << 20)
#define CALL_NAME_OF(kind) ((kind) >> 20)

/* A system call that an interposed function stands for. */
struct call {
	long nr;
	unsigned kind;
	unsigned next; /* its place among the next functions, whose name it has */
	bool foreign;  /* another preload stands behind us: it is called in our stead */
	bool known;    /* … has been looked up */
};

/* When the wait is to end, on the monotonic clock; INT64_MAX: never. */
int64_t call_deadline_ns(const struct call *, const long args[6]);
/* The same call with the time that is left, rounded up. */
void call_shorten(const struct call *, long args[6], struct timespec *left, int64_t deadline_ns);
/* Whether the time is over before the call begins: it never waits then. */
bool call_is_over(const struct call *, const long args[6]);

/* SO_RCVTIMEO or SO_SNDTIMEO; 0: none, as for every file that is no socket. */
int64_t call_socket_timeout_ns(const struct call *, const long args[6]);
/* Whether a call that has ended does not say how much of its timeout is left. */
bool call_forgets_time(const struct call *, const long args[6]);
bool call_sends(const struct call *);

#endif
