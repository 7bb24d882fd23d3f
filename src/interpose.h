/* interpose.h: what the wrappers that are written by hand share with those that come from calls.def.
 * Async-signal-safe, but for the very first call of a process. */
#ifndef SIGTAME_INTERPOSE_H
#define SIGTAME_INTERPOSE_H

#include "region.h"

/* Whether the function behind us is to be called in our stead: for a system call row; for all others. */
bool interpose_passes(struct call *, const void *caller);
bool interpose_is_inert(void);
/* The same, for the entry of a call. */
bool interpose_enters_inert(const char *name, const void *caller);

#define INERT() (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_is_inert())
#define ENTERS_INERT(name) (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_enters_inert(name, CALLER))

#endif
