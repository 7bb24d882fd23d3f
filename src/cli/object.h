/* cli/object.h: an ELF file as it lies on disk: its functions, what it imports, what the C library's own files are.
 * Each file is read once and kept until the command ends. Addresses are those of the file, before it is loaded.
 * lint, sweep and places call it. */
#ifndef SIGTAME_OBJECT_H
#define SIGTAME_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;

struct function {
	uint64_t address, size;
	const char *name;
	bool exported;
};

/* A word that the loader fills with the address of what is imported. */
struct import {
	uint64_t address;
	const char *name;
};

/* Never NULL: a file that cannot be read, or is none ([vdso]), is an object without functions. */
const struct object *object_of(const char *path);

const char *object_path(const struct object *);
const char *object_name(const struct object *); /* the last part of its path */

/* Part of the C library: libc itself, the loader, and what else comes from it. Judged by the file's own name for itself. */
bool object_is_system(const struct object *);

/* Where a byte of the file is loaded; false if it is not. */
bool object_address(const struct object *, uint64_t file_offset, uint64_t *address);

/* The same of an address in a process that has the file's own headers at `headers`. */
bool object_address_from(const struct object *, uint64_t headers, uint64_t in_process, uint64_t *address);

/* The function that holds the address, or NULL. */
const struct function *object_function(const struct object *, uint64_t address);

/* The exported function that begins there; one that is exported by this name. NULL if there is none. */
const struct function *object_export_at(const struct object *, uint64_t address);
bool object_exports(const struct object *, const char *name);

/* Whether the address lies in a table of jumps to what is imported. */
bool object_is_jump(const struct object *, uint64_t address);

size_t object_imports(const struct object *, const struct import **);

#endif
