/* objects.h: what the host's program is made of: which addresses are its own code, its malloc's, this library's.
 * Async-signal-safe, but for objects_prepare. */
#ifndef SIGTAME_OBJECTS_H
#define SIGTAME_OBJECTS_H

#include "base.h"

/* Before the first handler is installed. Not async-signal-safe. */
void objects_prepare(void);

/* Whether the address lies in this library; where that begins. */
bool objects_is_own(uintptr_t);
uintptr_t objects_own_base(void);
/* Whether it lies in the program's own code; where the program begins. */
bool objects_in_program(uintptr_t);
uintptr_t objects_program_base(void);

/* The program brings malloc itself. */
extern bool objects_program_has_malloc;
/* Whether the address lies in the object that brings malloc, if that is neither the C library nor the program. */
bool objects_in_malloc(const void *address);
bool objects_has_own_malloc(void);
/* … or in the program, if that brings its own. */
bool objects_may_be_malloc(const void *address);

#endif
