/* inject.h: SIGTAME_INJECT done: a signal raised at an entry of a call, or again and again.
 * Entries are counted from the moment that main begins: what loaders and constructors do does not shift them.
 * Async-signal-safe, but for inject_prepare. */
#ifndef SIGTAME_INJECT_H
#define SIGTAME_INJECT_H

#include "base.h"

/* At the start, if there is anything to inject: from then on every call says that it is entered. */
void inject_prepare(const char *text);
/* main begins. */
void inject_begin(void);
/* A child injects nothing. */
void inject_child(void);

extern bool inject_armed;
void inject_entry(const char *call, const void *caller);
/* A lock is meant by its name alone: one that is free is no safe point, and a program may take thousands. */
void inject_lock(const char *call, const void *caller);

#endif
