/* symbol.c: see symbol.h. The objects that the program started with stay where they are, in the loader's list too, whatever
 * is opened and closed later; those are walked, from the one behind us to the last. Async-signal-safe. */
#include "symbol.h"

#include "auxv.h"
#include <elf.h>
#include <link.h>

#define HIDDEN 0x8000 /* in the version of a symbol: not the default one */

/* What an object's dynamic section says of its symbols. */
struct symbols {
	uintptr_t base;
	const ElfW(Sym) *table;
	const char *strings;
	const ElfW(Half) *versions;
	const uint32_t *gnu_hash, *hash;
	size_t name; /* where its name is, in the strings */
};

static const char libc_names[SYMBOL_LIBC_OBJECTS][16] = {"libc.so.6", "libpthread.so.0", "librt.so.1"};

static const struct link_map *program, *ours, *libc, *last;
static const struct link_map *copy; /* of us, from another path, behind us: it is inert, and nothing is called there */
static bool copy_before;
static struct symbols libc_symbols; /* most of what is wanted is there */

/* The loader has added the base on most machines, where it could write to the section. */
static const void *address(const struct link_map *map, ElfW(Addr) value) {
	return (const void *)(value < map->l_addr ? value + map->l_addr : value);
}

static struct symbols symbols_of(const struct link_map *map) {
	struct symbols s = {.base = map->l_addr};
	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
		switch (d->d_tag) {
		case DT_SYMTAB: s.table = address(map, d->d_un.d_ptr); break;
		case DT_STRTAB: s.strings = address(map, d->d_un.d_ptr); break;
		case DT_VERSYM: s.versions = address(map, d->d_un.d_ptr); break;
		case DT_GNU_HASH: s.gnu_hash = address(map, d->d_un.d_ptr); break;
		case DT_HASH: s.hash = address(map, d->d_un.d_ptr); break;
		case DT_SONAME: s.name = d->d_un.d_val; break;
		}
	return s;
}

/* Not strcmp, which is found by its name too. */
static bool same(const char *a, const char *b) {
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool is_it(const struct symbols *s, uint32_t i, const char *name) {
	return s->table[i].st_shndx != SHN_UNDEF && same(s->strings + s->table[i].st_name, name);
}

struct wanted {
	const char *name;
	uint32_t hash;
	enum symbol_version version;
};

/* False: another one may be better. */
static bool choose(const struct symbols *s, uint32_t i, enum symbol_version wanted, const ElfW(Sym) **chosen) {
	enum symbol_version version = s->versions && (s->versions[i] & HIDDEN) ? SYMBOL_OLD : SYMBOL_DEFAULT;
	if (*chosen == NULL || version == wanted)
		*chosen = &s->table[i];
	return version == wanted;
}

static uint32_t gnu_hash_of(const char *name) {
	uint32_t h = 5381;
	for (; *name; name++)
		h = h * 33 + (uint8_t)*name;
	return h;
}

static const ElfW(Sym) *find_by_gnu_hash(const struct symbols *s, const struct wanted *w) {
	uint32_t h = w->hash, buckets = s->gnu_hash[0], offset = s->gnu_hash[1], words = s->gnu_hash[2], shift = s->gnu_hash[3];
	const ElfW(Addr) *filter = (const ElfW(Addr) *)(s->gnu_hash + 4);
	const uint32_t *bucket = (const uint32_t *)(filter + words), *chain = bucket + buckets;
	enum { BITS = 8 * sizeof *filter };
	ElfW(Addr) word = filter[h / BITS % words];
	const ElfW(Sym) *chosen = NULL;
	if (!(word >> h % BITS & word >> (h >> shift) % BITS & 1) || bucket[h % buckets] < offset)
		return NULL;
	for (uint32_t i = bucket[h % buckets];; i++) {
		uint32_t other = chain[i - offset];
		if ((other | 1) == (h | 1) && is_it(s, i, w->name) && choose(s, i, w->version, &chosen))
			return chosen;
		if (other & 1)
			return chosen;
	}
}

static uint32_t hash_of(const char *name) {
	uint32_t h = 0;
	for (; *name; name++) {
		h = (h << 4) + (uint8_t)*name;
		h = (h ^ (h >> 24 & 0xf0)) & 0x0fffffff;
	}
	return h;
}

static const ElfW(Sym) *find_by_hash(const struct symbols *s, const struct wanted *w) {
	const uint32_t *bucket = s->hash + 2, *chain = bucket + s->hash[0];
	const ElfW(Sym) *chosen = NULL;
	for (uint32_t i = bucket[hash_of(w->name) % s->hash[0]]; i != STN_UNDEF; i = chain[i])
		if (is_it(s, i, w->name) && choose(s, i, w->version, &chosen))
			break;
	return chosen;
}

static void *value_of(const struct symbols *s, const ElfW(Sym) *symbol) {
	void *value = (void *)(s->base + symbol->st_value);
	return ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC ? ((void *(*)(void))value)() : value;
}

static void *find_in(const struct link_map *map, const struct wanted *w) {
	struct symbols s = map == libc ? libc_symbols : symbols_of(map);
	const ElfW(Sym) *symbol = NULL;
	if (s.gnu_hash)
		symbol = find_by_gnu_hash(&s, w);
	else if (s.hash)
		symbol = find_by_hash(&s, w);
	return symbol ? value_of(&s, symbol) : NULL;
}

/* Behind the program stands the kernel's own object: no program is given its functions. */
static const struct link_map *behind(const struct link_map *map) {
	const struct link_map *next = map->l_next;
	bool kernels = map == program && next && next->l_addr && next->l_addr == auxv_get(AT_SYSINFO_EHDR);
	return kernels ? next->l_next : next;
}

static void *find_from(const struct link_map *map, const struct link_map *end, const struct wanted *w) {
	void *found = NULL;
	for (; map && map != end && found == NULL; map = behind(map))
		found = map == copy ? NULL : find_in(map, w);
	return found;
}

/* The loader leaves its list in the program's dynamic section, for debuggers. */
static const struct r_debug *loader_of(const ElfW(Dyn) *d) {
	while (d->d_tag != DT_DEBUG && d->d_tag != DT_NULL)
		d++;
	return (const struct r_debug *)d->d_un.d_ptr;
}

static const struct link_map *find_loaded(void) {
	const ElfW(Phdr) *headers = (const ElfW(Phdr) *)auxv_get(AT_PHDR), *end = headers + auxv_get(AT_PHNUM);
	uintptr_t base = 0;
	for (const ElfW(Phdr) *h = headers; h < end; h++) {
		if (h->p_type == PT_PHDR)
			base = (uintptr_t)headers - h->p_vaddr;
		if (h->p_type == PT_DYNAMIC)
			return loader_of((const ElfW(Dyn) *)(base + h->p_vaddr))->r_map;
	}
	return NULL;
}

static bool note_libc(const struct link_map *map) {
	struct symbols s = symbols_of(map);
	if (!same(s.strings + s.name, libc_names[0]))
		return false;
	libc = map;
	libc_symbols = s;
	return true;
}

static bool is_named_as_we(const struct link_map *map) { return same(symbol_base_name(map->l_name), symbol_base_name(ours->l_name)); }

static void find_objects(void) {
	const struct link_map *map = program = find_loaded();
	while (map->l_next && map->l_ld != _DYNAMIC)
		map = map->l_next;
	ours = map;
	for (map = program; map != ours; map = behind(map))
		copy_before |= map != program && is_named_as_we(map);
	for (; map->l_next; map = map->l_next)
		if (libc == NULL && !note_libc(map->l_next) && is_named_as_we(map->l_next))
			copy = map->l_next;
	last = map;
}

static struct wanted want(const char *name, enum symbol_version version) {
	if (last == NULL)
		find_objects();
	return (struct wanted){name, gnu_hash_of(name), version};
}

/* Who opens us later has the C library before us. */
void *symbol_behind(const char *name, enum symbol_version version) {
	struct wanted w = want(name, version);
	void *found = find_from(behind(ours), last->l_next, &w);
	return found ? found : find_from(program, ours, &w);
}

void *symbol_in_force(const char *name) {
	struct wanted w = want(name, SYMBOL_DEFAULT);
	return find_from(program, last->l_next, &w);
}

int symbol_libc_object(const char *path) {
	const char *name = symbol_base_name(path);
	for (int i = 0; i < SYMBOL_LIBC_OBJECTS; i++)
		if (same(name, libc_names[i]))
			return i;
	return -1;
}

bool symbol_libc_follows(void) {
	if (last == NULL)
		find_objects();
	return ours->l_next == libc;
}

bool symbol_is_libc(const char *name) {
	struct wanted w = want(name, SYMBOL_DEFAULT);
	for (const struct link_map *map = ours->l_next; map && map != libc && map != last->l_next; map = map->l_next)
		if (find_from(map, map->l_next, &w))
			return symbol_libc_object(map->l_name) >= 0;
	return true;
}

bool symbol_is_in_force(void) {
	if (last == NULL)
		find_objects();
	return libc && !copy_before;
}

const char *symbol_base_name(const char *path) {
	const char *name = path;
	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	return name;
}

const char *symbol_own_path(void) {
	if (last == NULL)
		find_objects();
	return ours->l_name;
}
