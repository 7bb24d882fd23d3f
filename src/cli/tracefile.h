/* cli/tracefile.h: a trace read from its file. */
#ifndef SIGTAME_TRACEFILE_H
#define SIGTAME_TRACEFILE_H

#include "trace_format.h"
#include <stddef.h>

struct tracefile {
	struct trace_header header;
	struct trace_record *records; /* those that are whole, in order */
	size_t count;
	uint64_t lost;                /* overwritten, or half written when the host ended */
};

/* 0, or an exit status after a line that says why. */
int tracefile_read(const char *path, struct tracefile *);
void tracefile_free(struct tracefile *);

/* "arrived" …; what of it happened in a call: its name, "own text", "library", or "". */
const char *tracefile_event(const struct trace_record *);
const char *tracefile_place(const struct trace_record *);

#endif
