/* cli/libraries.h: the libraries that the loader would give a program, found as it finds them and without it. */
#ifndef SIGTAME_LIBRARIES_H
#define SIGTAME_LIBRARIES_H

#include "image.h"

/* images[0] is the program; the others are its libraries, breadth first; missing: those that are nowhere. */
struct libraries {
	struct image *images;
	size_t count;
	struct strings missing, seen;
};

/* 0 or an errno, of the program itself. */
int libraries_read(const char *program, struct libraries *);
void libraries_free(struct libraries *);

#endif
