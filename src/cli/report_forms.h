/* cli/report_forms.h: the forms of `sigtame report`. Each prints a trace, or several, on standard output. */
#ifndef SIGTAME_REPORT_FORMS_H
#define SIGTAME_REPORT_FORMS_H

#include "tracefile.h"
#include <stdbool.h>
#include <stdio.h>

/* "SIGTERM"; good until the next call. */
const char *report_signal(int sig);

/* One run of a handler, or one that never came: an arrival, and what became of it. */
struct report_run {
	int sig, tid, arrived_tid;
	int64_t arrived_ns, entered_ns, left_ns; /* -1: it did not happen, or was lost */
	const char *place;
	bool forced;
};

/* All runs of a trace, in the order of their arrival. */
struct report_run *report_runs(const struct tracefile *, size_t *count);

void report_table(const struct tracefile *, FILE *);
void report_json(const struct tracefile *, FILE *);
void report_perfetto(const struct tracefile *files, size_t count, FILE *);
void report_svg(const struct tracefile *, FILE *);

#endif
