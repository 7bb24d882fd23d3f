/* next.h: the functions behind us, the C library's as a rule, each looked up once.
 * A look-up takes the loader's lock, so all are looked up before the first handler is installed; until then each on its first use.
 * next_resolve: not async-signal-safe; next_name is. NEXT: async-signal-safe after next_resolve_all. */
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
void next_resolve_all(void);
/* What a malloc of the host's own may call: not to be looked up from within it. */
void next_resolve_locks(void);

/* Whether the address lies in the C library itself, in any of its objects, not in another preload. Async-signal-safe, after next_find_libc. */
bool next_is_libc(const void *function);
void next_find_libc(void);

static inline void *next_get(enum next_index i) {
	void *f = __atomic_load_n(&next_functions[i], __ATOMIC_RELAXED);
	return likely(f != NULL) ? f : next_resolve(i);
}

#define NEXT(name) ((__typeof__(name) *)next_get(NEXT_##name))

#endif
