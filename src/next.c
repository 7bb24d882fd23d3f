/* next.c: see next.h. Async-signal-safe, but for next_find_libc, which takes the loader's lock. */
#include "next.h"

#include "symbol.h"
#include <link.h>
#include <stddef.h>

void *next_functions[NEXT_COUNT];

/* Offsets, not pointers: the loader has nothing to relocate. */
static const struct {
#define NAME(name) char name_##name[sizeof #name];
#include "names.h"
#undef NAME
} names = {
#define NAME(name) #name,
#include "names.h"
#undef NAME
};

static const uint16_t offsets[NEXT_COUNT] = {
#define NAME(name) offsetof(__typeof__(names), name_##name),
#include "names.h"
#undef NAME
};

const char *next_name(enum next_index i) { return (const char *)&names + offsets[i]; }

void *next_resolve(enum next_index i) {
	void *f = symbol_behind(next_name(i), SYMBOL_DEFAULT);
	__atomic_store_n(&next_functions[i], f, __ATOMIC_RELAXED);
	return f;
}

static struct {
	uintptr_t start, end;
} libc_ranges[SYMBOL_LIBC_OBJECTS];

static int libc_range(struct dl_phdr_info *info, size_t size, void *unused) {
	(void)size;
	(void)unused;
	uintptr_t lo = UINTPTR_MAX, hi = 0;
	int n = symbol_libc_object(info->dlpi_name);
	for (int i = 0; n >= 0 && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type != PT_LOAD)
			continue;
		lo = at < lo ? at : lo;
		hi = at + ph->p_memsz > hi ? at + ph->p_memsz : hi;
	}
	if (n >= 0) {
		libc_ranges[n].start = lo;
		libc_ranges[n].end = hi;
	}
	return 0;
}

void next_find_libc(void) { NEXT(dl_iterate_phdr)(libc_range, NULL); }

bool next_is_libc(const void *function) {
	for (size_t n = 0; n < SYMBOL_LIBC_OBJECTS; n++)
		if ((uintptr_t)function >= libc_ranges[n].start && (uintptr_t)function < libc_ranges[n].end)
			return true;
	return false;
}

char **next_environ(void) {
	static char ***variable;
	char ***found = __atomic_load_n(&variable, __ATOMIC_RELAXED);
	if (found == NULL) {
		found = symbol_in_force("environ");
		__atomic_store_n(&variable, found, __ATOMIC_RELAXED);
	}
	return *found;
}
