/* region.h: a call that the C library makes as a whole, entered and left as a safe point.
 * Called by the interposed functions, in any thread, in the host's handlers too. Async-signal-safe. */
#ifndef SIGTAME_REGION_H
#define SIGTAME_REGION_H

#include "safepoint.h"

/* It lies in the frame of the caller, above all that libc puts on the stack: its address is the place of its record. */
struct region {
	unsigned records;
	unsigned ran; /* on entry */
	bool open, locks;
};
void region_enter(struct region *, unsigned kind, const void *caller);
void region_leave(struct region *);
#define REGION_SCOPE __attribute__((cleanup(region_leave)))

#endif
