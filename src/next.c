/* next.c: see next.h. Not async-signal-safe: dlsym. */
#include "next.h"

#include "arch/arch.h"
#include <dlfcn.h>
#include <link.h>
#include <sys/syscall.h>

void *next_functions[NEXT_COUNT];

static const char *const names[NEXT_COUNT] = {
#define NAME(name) #name,
#include "names.h"
#undef NAME
};

const char *next_name(enum next_index i) { return names[i]; }

/* Names with older versions that are other code, of which the plain look-up gave the oldest before glibc 2.36; and a name
 * that only old programs import, which it never gives. Where there is no such version, there is but one. */
static const struct {
	enum next_index name;
	char version[12];
} newest[] = {
	{NEXT_pthread_cond_wait, "GLIBC_2.3.2"}, {NEXT_pthread_cond_timedwait, "GLIBC_2.3.2"}, {NEXT_pthread_kill, "GLIBC_2.34"},
	{NEXT_posix_spawn, "GLIBC_2.15"}, {NEXT_posix_spawnp, "GLIBC_2.15"}, {NEXT_quick_exit, "GLIBC_2.24"},
	{NEXT_timer_settime, "GLIBC_2.3.3"}, {NEXT_timer_delete, "GLIBC_2.3.3"},
	{NEXT_sigvec, "GLIBC_2.2.5"}, {NEXT_sigvec, "GLIBC_2.0"}, {NEXT_sigvec, "GLIBC_2.17"}, {NEXT_sigvec, "GLIBC_2.4"},
	{NEXT_lio_listio, "GLIBC_2.4"}, {NEXT_lio_listio64, "GLIBC_2.4"},
};

static void *look_up(enum next_index i) {
	void *f = NULL;
	for (size_t n = 0; n < ARRAY_LENGTH(newest) && f == NULL; n++)
		if (newest[n].name == i)
			f = dlvsym(RTLD_NEXT, names[i], newest[n].version);
	return f ? f : dlsym(RTLD_NEXT, names[i]);
}

static void *resolve(enum next_index i) {
	void *f = look_up(i);
	__atomic_store_n(&next_functions[i], f, __ATOMIC_RELAXED);
	return f;
}

/* A handler that jumps, or ends its thread, in the middle of a look-up would leave the loader's lock behind. */
static sigbits set_mask(sigbits mask) {
	sigbits before;
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&before, sizeof mask);
	return before;
}

/* The stub in C makes its own calls by syscall. */
void *next_resolve(enum next_index i) {
	if (i == NEXT_syscall)
		return resolve(i);
	sigbits before = set_mask(~(sigbits)0);
	void *f = resolve(i);
	set_mask(before);
	return f;
}

void next_resolve_all(void) {
	static bool resolved;
	if (__atomic_load_n(&resolved, __ATOMIC_ACQUIRE))
		return;
	next_get(NEXT_syscall);
	sigbits before = set_mask(~(sigbits)0);
	for (int i = 0; i < NEXT_COUNT; i++)
		if (next_functions[i] == NULL)
			resolve((enum next_index)i);
	set_mask(before);
	__atomic_store_n(&resolved, true, __ATOMIC_RELEASE);
}

void next_resolve_locks(void) {
	static const enum next_index locks[] = {
#define LOCK(ret, name, attempt, busy, params, args) NEXT_##name,
#include "rows.h"
	};
	for (size_t i = 0; i < ARRAY_LENGTH(locks); i++)
		next_get(locks[i]);
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
