/* report.h: one-line diagnostics on standard error, each line one write, each beginning with "sigtame: ".
 * startup, options and wakeup call it. No allocation, no stdio, no lock. Async-signal-safe. */
#ifndef SIGTAME_REPORT_H
#define SIGTAME_REPORT_H

#include "base.h"

struct report_number {
	char text[21];
};

/* The strings up to a NULL as one line. What would break the line becomes '?', a string of more than REPORT_PART_MAX
 * bytes and a line of more than REPORT_LINE_MAX are cut short. errno is kept; no SIGPIPE or SIGTTOU comes of it. */
#define REPORT_PART_MAX 120
#define REPORT_LINE_MAX 512
void report(const char *first, ...) __attribute__((sentinel));

/* A number as text, good until the end of the full expression: report("fd ", report_number(fd).text, NULL). */
struct report_number report_number(long long n);

#endif
