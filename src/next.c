/* next.c: see next.h. Not async-signal-safe: dlsym. */
#include "next.h"

#include <dlfcn.h>
#include <link.h>

void *next_functions[NEXT_COUNT];

static const char *const names[NEXT_COUNT] = {
#define NAME(name) #name,
#include "names.h"
#undef NAME
};

const char *next_name(enum next_index i) { return names[i]; }

/* The plain look-up gave the oldest version of a name before glibc 2.36: ask for the one that a program links with. */
static void *look_up(const char *name) {
	void *f = NULL;
	if (strncmp(name, "pthread_cond_", 13) == 0)
		f = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
	return f ? f : dlsym(RTLD_NEXT, name);
}

void *next_resolve(enum next_index i) {
	void *f = look_up(names[i]);
	__atomic_store_n(&next_functions[i], f, __ATOMIC_RELAXED);
	return f;
}

void next_resolve_all(void) {
	static bool resolved;
	if (__atomic_load_n(&resolved, __ATOMIC_ACQUIRE))
		return;
	for (int i = 0; i < NEXT_COUNT; i++)
		next_get((enum next_index)i);
	__atomic_store_n(&resolved, true, __ATOMIC_RELEASE);
}

static uintptr_t libc_start, libc_end;

static int libc_range(struct dl_phdr_info *info, size_t size, void *inside) {
	(void)size;
	uintptr_t lo = UINTPTR_MAX, hi = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type != PT_LOAD)
			continue;
		lo = at < lo ? at : lo;
		hi = at + ph->p_memsz > hi ? at + ph->p_memsz : hi;
	}
	if ((uintptr_t)inside < lo || (uintptr_t)inside >= hi)
		return 0;
	libc_start = lo;
	libc_end = hi;
	return 1;
}

/* gnu_get_libc_version is nobody's to interpose. */
void next_find_libc(void) { dl_iterate_phdr(libc_range, dlsym(RTLD_DEFAULT, "gnu_get_libc_version")); }

bool next_is_libc(const void *function) { return (uintptr_t)function >= libc_start && (uintptr_t)function < libc_end; }
