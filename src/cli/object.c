/* cli/object.c: the ELF files that were asked about, and what was asked. */
#include "object_read.h"

#include "base.h"
#include <fnmatch.h>
#include <stdlib.h>

static struct object *objects;

/* What the C library's files call themselves; the kernel's own page stands in for it. */
static const char *const system_names[] = {
	"libc.so.*",
	"libm.so.*",
	"libmvec.so.*",
	"libpthread.so.*",
	"libdl.so.*",
	"librt.so.*",
	"libresolv.so.*",
	"libutil.so.*",
	"libanl.so.*",
	"libnsl.so.1",
	"libnss_*.so.2",
	"ld-linux*.so.*",
	"ld64.so.*",
	"ld.so.*",
	"\\[vdso\\]",
};

static bool is_system(const char *name) {
	for (size_t i = 0; i < ARRAY_LENGTH(system_names); i++)
		if (fnmatch(system_names[i], name, 0) == 0)
			return true;
	return false;
}

static struct object *object_new(const char *path) {
	static struct object nothing = {.path = (char *)"?"};
	struct object *o = calloc(1, sizeof *o);
	char *copy = strdup(path);
	if (o == NULL || copy == NULL)
		return &nothing;
	o->path = copy;
	object_read(o);
	o->system = is_system(o->soname ? o->soname : object_name(o));
	o->next = objects;
	return objects = o;
}

const struct object *object_of(const char *path) {
	for (struct object *o = objects; o != NULL; o = o->next)
		if (strcmp(o->path, path) == 0)
			return o;
	return object_new(path);
}

const char *object_path(const struct object *o) { return o->path; }

const char *object_name(const struct object *o) {
	const char *slash = strrchr(o->path, '/');
	return slash ? slash + 1 : o->path;
}

bool object_is_system(const struct object *o) { return o->system; }

bool object_address(const struct object *o, uint64_t file_offset, uint64_t *address) {
	for (size_t i = 0; i < o->loaded_count; i++) {
		const struct span *span = &o->loaded[i];
		*address = file_offset - span->offset + span->start;
		if (file_offset >= span->offset && *address < span->end)
			return true;
	}
	return false;
}

bool object_address_from(const struct object *o, uint64_t headers, uint64_t in_process, uint64_t *address) {
	*address = in_process - headers + o->headers;
	for (size_t i = 0; i < o->loaded_count; i++)
		if (*address >= o->loaded[i].start && *address < o->loaded[i].end)
			return true;
	return false;
}

/* The last that begins at or before the address, or NULL. */
static const struct function *last_before(const struct object *o, uint64_t address) {
	size_t low = 0, high = o->function_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (o->functions[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &o->functions[low - 1] : NULL;
}

const struct function *object_function(const struct object *o, uint64_t address) {
	const struct function *f = last_before(o, address);
	if (f == NULL || address - f->address >= (f->size ? f->size : 1))
		return NULL;
	while (f > o->functions && f[-1].address == f->address)
		f--;
	return f;
}

const struct function *object_export_at(const struct object *o, uint64_t address) {
	const struct function *f = object_function(o, address);
	return f && f->address == address && f->exported ? f : NULL;
}

bool object_exports(const struct object *o, const char *name) {
	for (size_t i = 0; i < o->function_count; i++)
		if (o->functions[i].exported && strcmp(o->functions[i].name, name) == 0)
			return true;
	return false;
}

bool object_is_jump(const struct object *o, uint64_t address) {
	for (size_t i = 0; i < o->jump_count; i++)
		if (address >= o->jumps[i].start && address < o->jumps[i].end)
			return true;
	return false;
}

size_t object_imports(const struct object *o, const struct import **imports) {
	*imports = o->imports;
	return o->import_count;
}
