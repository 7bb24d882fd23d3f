/* symbol.h: finds a function in the objects behind us by their own hash tables, as dlsym(RTLD_NEXT) does, but takes no lock and no memory.
 * Called by next. Async-signal-safe. */
#ifndef SIGTAME_SYMBOL_H
#define SIGTAME_SYMBOL_H

#include "base.h"

/* Of several versions the default one, or one that only old programs import. */
enum symbol_version { SYMBOL_DEFAULT, SYMBOL_OLD };

/* Where there is no such version, any. NULL: none of the objects that the program started with has it. */
void *symbol_behind(const char *name, enum symbol_version);
/* As a reference in the program finds it: its own, or the first behind it, us included. */
void *symbol_in_force(const char *name);
/* Whether nothing stands between us and the C library. */
bool symbol_libc_follows(void);
/* Whether the one behind us is the C library's own, in any of its objects. */
bool symbol_is_libc(const char *name);

/* False: the program opened us while it ran, so that its calls do not come to us; or a copy of us stands before us. */
bool symbol_is_in_force(void);

/* Which of the C library's objects this is, by its name: before glibc 2.34 they were several. -1: none. */
#define SYMBOL_LIBC_OBJECTS 3
int symbol_libc_object(const char *path);

const char *symbol_own_path(void); /* as the loader was given it */
const char *symbol_base_name(const char *path);

#endif
