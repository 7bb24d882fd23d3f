/* cli/sweep_trace.c: what a run's trace says: how many calls it made, and which one the signal arrived at. */
#include "sweep.h"

#include "tracefile.h"
#include <stdio.h>
#include <unistd.h>

/* Where the program itself made the call; a library that did is not known by its address alone. */
static void read_caller(const struct trace_header *h, uint64_t caller, struct passage *p) {
	const struct object *program = object_of(h->program);
	if (object_address_from(program, h->headers, caller, &p->address))
		p->object = program;
}

static void read_record(const struct trace_header *h, const struct trace_record *r, struct passage *p) {
	if (r->event != TRACE_INJECTED)
		return;
	p->arrived = true;
	snprintf(p->call, sizeof p->call, "%s", r->call);
	read_caller(h, r->address, p);
}

bool passage_read(const char *path, struct passage *p) {
	struct tracefile trace;
	*p = (struct passage){0};
	if (access(path, F_OK) != 0 || tracefile_read(path, &trace) != 0)
		return false;
	p->entries = trace.header.entries;
	for (size_t i = 0; i < trace.count; i++)
		read_record(&trace.header, &trace.records[i], p);
	tracefile_free(&trace);
	return true;
}
