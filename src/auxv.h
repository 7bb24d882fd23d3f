/* auxv.h: what the kernel told the process of itself at its start.
 * Async-signal-safe. */
#ifndef SIGTAME_AUXV_H
#define SIGTAME_AUXV_H

#include "base.h"
#include <elf.h>

/* The vector stands behind the environment that a constructor is given, if no other constructor has changed that. */
void auxv_look(const void *address);

/* The value of AT_…, 0 if there is none. */
unsigned long auxv_get(unsigned long type);

#endif
