/* next.h: the functions behind us, the C library's as a rule, each looked up once.
 * Called by everything that goes on to libc. Async-signal-safe. */
#ifndef SIGTAME_NEXT_H
#define SIGTAME_NEXT_H

#include "base.h"

enum next_index {
#define NAME(name) NEXT_##name,
#include "names.h"
#undef NAME
	NEXT_COUNT
};

extern void *next_functions[NEXT_COUNT];

const char *next_name(enum next_index);
void *next_resolve(enum next_index);

/* Whether the address lies in the C library itself, in any of its objects, not in another preload. Async-signal-safe, after next_find_libc. */
bool next_is_libc(const void *function);
void next_find_libc(void);

/* environ as the program has it. */
char **next_environ(void);

static inline void *next_get(enum next_index i) {
	void *f = __atomic_load_n(&next_functions[i], __ATOMIC_RELAXED);
	return likely(f != NULL) ? f : next_resolve(i);
}

#define NEXT(name) ((__typeof__(name) *)next_get(NEXT_##name))

#endif
