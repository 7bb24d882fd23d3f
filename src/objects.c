/* objects.c: see objects.h. Async-signal-safe, but for objects_prepare. */
#include "objects.h"

#include "next.h"
#include "symbol.h"
#include <link.h>

struct range {
	uintptr_t start, end;
};

static struct range own_text[4], malloc_object;
static uintptr_t program_base;
bool objects_program_has_malloc;

static bool inside(const struct range *r, uintptr_t at) { return at >= r->start && at < r->end; }

bool objects_in_program(uintptr_t pc) {
	for (size_t i = 0; i < ARRAY_LENGTH(own_text); i++)
		if (inside(&own_text[i], pc))
			return true;
	return false;
}

static void add_text(uintptr_t start, uintptr_t end) {
	for (size_t i = 0; i < ARRAY_LENGTH(own_text); i++)
		if (own_text[i].end == 0) {
			own_text[i] = (struct range){start, end};
			return;
		}
}

/* The first object is the program. */
static int find_own_text(struct dl_phdr_info *info, size_t size, void *unused) {
	(void)size;
	(void)unused;
	program_base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X))
			add_text(at, at + ph->p_memsz);
	}
	return 1;
}

static int find_malloc_object(struct dl_phdr_info *info, size_t size, void *malloc_at) {
	(void)size;
	struct range r = {UINTPTR_MAX, 0};
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type != PT_LOAD)
			continue;
		r.start = at < r.start ? at : r.start;
		r.end = at + ph->p_memsz > r.end ? at + ph->p_memsz : r.end;
	}
	if (!inside(&r, (uintptr_t)malloc_at))
		return 0;
	malloc_object = r;
	return 1;
}

void objects_prepare(void) {
	next_find_libc();
	NEXT(dl_iterate_phdr)(find_own_text, NULL);
	void *malloc_at = symbol_in_force("malloc");
	objects_program_has_malloc = objects_in_program((uintptr_t)malloc_at);
	if (!objects_program_has_malloc && !next_is_libc(malloc_at))
		NEXT(dl_iterate_phdr)(find_malloc_object, malloc_at);
}

extern const char __ehdr_start[] __attribute__((visibility("hidden"))), _end[] __attribute__((visibility("hidden")));
bool objects_is_own(uintptr_t at) { return at >= (uintptr_t)__ehdr_start && at < (uintptr_t)_end; }
uintptr_t objects_own_base(void) { return (uintptr_t)__ehdr_start; }
uintptr_t objects_program_base(void) { return program_base; }

bool objects_in_malloc(const void *address) { return inside(&malloc_object, (uintptr_t)address); }
bool objects_may_be_malloc(const void *address) { return objects_in_malloc(address) || (objects_program_has_malloc && objects_in_program((uintptr_t)address)); }
bool objects_has_own_malloc(void) { return malloc_object.end != 0; }
