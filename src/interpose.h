/* interpose.h: what the wrappers that are written by hand share with those that come from calls.def.
 * Async-signal-safe, but for the very first call of a process. */
#ifndef SIGTAME_INTERPOSE_H
#define SIGTAME_INTERPOSE_H

#include "region.h"
#include "startup.h"

/* Whether the function behind us is to be called in our stead: for a system call row; for all others. */
bool interpose_passes(struct call *, const void *caller);
bool interpose_is_inert(void);
/* The same, for the entry of a call. */
bool interpose_enters_inert(const char *name, const void *caller);

#define INERT() (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_is_inert())
/* The rare part stands apart: the way of a call that has nothing to do but itself saves no registers. It is jumped to, and
 * returns to the caller. */
#define RARE static __attribute__((noinline, cold))

/* For a call struct: whether the function behind us is to be called; and what then surrounds that of another preload. */
#define PASSES(c) (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_passes(&(c), CALLER))
#define IN_REGION(name, kind, duty, caller)                                             \
	struct region g REGION_SCOPE = {0};                                             \
	if (!startup_inert)                                                             \
		region_enter(&g, (kind) | CALL_NAMED(NEXT_##name), caller);             \
	duty

#define ENTERS_INERT_FROM(name, caller) (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_enters_inert(name, caller))
#define ENTERS_INERT(name) ENTERS_INERT_FROM(name, CALLER)

#endif
