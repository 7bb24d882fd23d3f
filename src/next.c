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

/* Before glibc 2.34 it was several objects. */
static const char *const libc_objects[] = {"libc.so.6", "libpthread.so.0", "librt.so.1"};
static struct {
	uintptr_t start, end;
} libc_ranges[ARRAY_LENGTH(libc_objects)];

static int libc_range(struct dl_phdr_info *info, size_t size, void *unused) {
	(void)size;
	(void)unused;
	const char *slash = strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
	for (size_t n = 0; n < ARRAY_LENGTH(libc_objects); n++) {
		uintptr_t lo = UINTPTR_MAX, hi = 0;
		if (strcmp(name, libc_objects[n]) != 0)
			continue;
		for (int i = 0; i < info->dlpi_phnum; i++) {
			const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
			uintptr_t at = info->dlpi_addr + ph->p_vaddr;
			if (ph->p_type != PT_LOAD)
				continue;
			lo = at < lo ? at : lo;
			hi = at + ph->p_memsz > hi ? at + ph->p_memsz : hi;
		}
		libc_ranges[n].start = lo;
		libc_ranges[n].end = hi;
	}
	return 0;
}

void next_find_libc(void) { dl_iterate_phdr(libc_range, NULL); }

bool next_is_libc(const void *function) {
	for (size_t n = 0; n < ARRAY_LENGTH(libc_ranges); n++)
		if ((uintptr_t)function >= libc_ranges[n].start && (uintptr_t)function < libc_ranges[n].end)
			return true;
	return false;
}
