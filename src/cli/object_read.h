/* cli/object_read.h: fills an object from its file. Only object.c calls it. */
#ifndef SIGTAME_OBJECT_READ_H
#define SIGTAME_OBJECT_READ_H

#include "object.h"

struct span {
	uint64_t start, end, offset;
};

struct object {
	struct object *next;
	char *path, *soname;
	bool system;
	struct function *functions; /* by address; of several that begin together the exported one comes first */
	struct import *imports;
	uint64_t headers;
	struct span *loaded, *jumps;
	size_t function_count, import_count, loaded_count, jump_count;
};

/* The names stay in the file's image, which stays mapped. */
void object_read(struct object *);

#endif
