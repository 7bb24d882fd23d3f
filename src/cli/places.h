/* cli/places.h: which file a running process's addresses come from, out of /proc/PID/maps. lint and sweep call it. */
#ifndef SIGTAME_PLACES_H
#define SIGTAME_PLACES_H

#include "object.h"
#include <sys/types.h>

/* Executable memory: one mapping of a file, or memory that belongs to none (object NULL). */
struct mapping {
	uint64_t start, end, offset;
	const struct object *object;
};

struct places {
	struct mapping *mappings;
	size_t count;
};

void places_read(struct places *, pid_t);
void places_free(struct places *);

/* NULL for what is not mapped, or not to be executed. */
const struct mapping *places_find(const struct places *, uint64_t address);

/* The address in the mapping's file; 0 if there is none. */
uint64_t places_in_file(const struct mapping *, uint64_t address);

/* "on_term", or "program+0x1234" where no function is known by name. */
struct place_name {
	char text[128];
};
struct place_name places_name(const struct places *, uint64_t address);

#endif
