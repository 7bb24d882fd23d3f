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

#endif
