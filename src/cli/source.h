/* cli/source.h: the line of source text that an address comes from, by addr2line(1) where that is installed.
 * lint and sweep call it. */
#ifndef SIGTAME_SOURCE_H
#define SIGTAME_SOURCE_H

#include "object.h"

/* "file.c:12"; where no line is known "program+0x1234". */
struct source_line {
	char text[160];
};
struct source_line source_line(const struct object *, uint64_t address);

#endif
