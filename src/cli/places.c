/* cli/places.c: the mappings of a process, and names for its addresses. */
#include "places.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct places *places, struct mapping mapping) {
	struct mapping *larger = reallocarray(places->mappings, places->count + 1, sizeof mapping);
	if (larger == NULL)
		return;
	places->mappings = larger;
	larger[places->count++] = mapping;
}

static void read_line(struct places *places, char *line) {
	struct mapping m;
	char mode[5];
	int path = 0;
	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &m.start, &m.end, mode, &m.offset, &path) < 4 ||
		mode[2] != 'x')
		return;
	m.object = path && line[path] ? object_of(line + path) : NULL;
	add(places, m);
}

void places_read(struct places *places, pid_t pid) {
	char path[32], *line = NULL;
	size_t size = 0;
	places_free(places);
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	FILE *file = fopen(path, "re");
	while (file != NULL && getline(&line, &size, file) > 0)
		read_line(places, line);
	if (file != NULL)
		fclose(file);
	free(line);
}

void places_free(struct places *places) {
	free(places->mappings);
	*places = (struct places){0};
}

const struct mapping *places_find(const struct places *places, uint64_t address) {
	for (size_t i = 0; i < places->count; i++)
		if (address >= places->mappings[i].start && address < places->mappings[i].end)
			return &places->mappings[i];
	return NULL;
}

uint64_t places_in_file(const struct mapping *m, uint64_t address) {
	uint64_t in_file;
	if (m == NULL || m->object == NULL || !object_address(m->object, address - m->start + m->offset, &in_file))
		return 0;
	return in_file;
}

struct place_name places_name(const struct places *places, uint64_t address) {
	const struct mapping *m = places_find(places, address);
	uint64_t in_file = places_in_file(m, address);
	const struct function *f = in_file ? object_function(m->object, in_file) : NULL;
	struct place_name name;
	if (f != NULL)
		snprintf(name.text, sizeof name.text, "%s", f->name);
	else if (in_file)
		snprintf(name.text, sizeof name.text, "%s+%#" PRIx64, object_name(m->object), in_file);
	else
		snprintf(name.text, sizeof name.text, "%#" PRIx64, address);
	return name;
}
