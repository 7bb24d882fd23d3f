/* cli/report_table.c: a trace as a table per signal, and the calls in which each waited. */
#include "report_forms.h"

#include "base.h"
#include <stdlib.h>
#include <string.h>

#define PLACES 6 /* shown, of a signal */

struct place {
	const char *name;
	size_t count;
};

struct row {
	size_t arrived, coalesced, runs, forced;
	int64_t *delays_ns, in_handler_ns;
	size_t delays;
	struct place places[32];
};

static int compare(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int compare_places(const void *a, const void *b) {
	size_t x = ((const struct place *)a)->count, y = ((const struct place *)b)->count;
	return (x < y) - (x > y);
}

static void count_place(struct row *row, const char *name) {
	for (size_t i = 0; i < ARRAY_LENGTH(row->places); i++) {
		struct place *p = &row->places[i];
		if (p->name == NULL)
			p->name = strdup(name);
		if (p->name && strcmp(p->name, name) == 0) {
			p->count++;
			return;
		}
	}
}

static void count_events(const struct tracefile *t, struct row rows[static SIGNALS + 1]) {
	for (size_t i = 0; i < t->count; i++) {
		struct row *row = &rows[t->records[i].signal <= SIGNALS ? t->records[i].signal : 0];
		switch (t->records[i].event) {
		case TRACE_ARRIVED: row->arrived++; break;
		case TRACE_COALESCED: row->coalesced++; break;
		case TRACE_FORCED: row->forced++; break;
		case TRACE_ENTERED: row->runs++; break;
		}
	}
}

static void count_run(struct row *row, const struct report_run *run) {
	if (run->arrived_ns >= 0 && run->entered_ns >= 0) {
		int64_t *more = realloc(row->delays_ns, (row->delays + 1) * sizeof *more);
		if (more == NULL)
			return;
		row->delays_ns = more;
		more[row->delays++] = run->entered_ns - run->arrived_ns;
		count_place(row, run->place);
	}
	if (run->left_ns >= 0)
		row->in_handler_ns += run->left_ns - run->entered_ns;
}

/* Three figures are enough: 12.3us, 4.56ms. */
static const char *duration(int64_t ns, char text[static 16]) {
	static const char *const units[] = {"ns", "us", "ms", "s"};
	double n = (double)ns;
	size_t unit = 0;
	for (; n >= 1000 && unit < 3; unit++)
		n /= 1000;
	snprintf(text, 16, "%.*f%s", unit == 0 || n >= 100 ? 0 : n >= 10 ? 1 : 2, n, units[unit]);
	return text;
}

static void print_row(int sig, struct row *row, FILE *out) {
	char a[16], b[16], c[16], d[16];
	int64_t none = 0, *delays = row->delays ? row->delays_ns : &none;
	size_t n = row->delays ? row->delays : 1;
	qsort(delays, n, sizeof *delays, compare);
	fprintf(out, "%-12s %8zu %9zu %8zu %7zu %9s %9s %9s %10s\n", report_signal(sig), row->arrived, row->coalesced, row->runs, row->forced,
		duration(delays[n / 2], a), duration(delays[n * 99 / 100], b), duration(delays[n - 1], c), duration(row->in_handler_ns, d));
}

static void print_places(int sig, struct row *row, FILE *out) {
	qsort(row->places, ARRAY_LENGTH(row->places), sizeof *row->places, compare_places);
	fprintf(out, "%-12s", report_signal(sig));
	for (size_t i = 0; i < PLACES && row->places[i].count; i++)
		fprintf(out, "%s %s %zu", i ? "," : "", row->places[i].name[0] ? row->places[i].name : "?", row->places[i].count);
	fputc('\n', out);
}

static void release(struct row *row) {
	free(row->delays_ns);
	for (size_t i = 0; i < ARRAY_LENGTH(row->places); i++)
		free((char *)row->places[i].name);
}

void report_table(const struct tracefile *t, FILE *out) {
	struct row *rows = calloc(SIGNALS + 1, sizeof *rows);
	size_t count;
	struct report_run *runs = report_runs(t, &count);
	if (rows == NULL || runs == NULL)
		return;
	count_events(t, rows);
	for (size_t i = 0; i < count; i++)
		count_run(&rows[runs[i].sig], &runs[i]);
	fprintf(out, "%s, process %d: %zu events, %llu lost\n\n", t->header.program, t->header.pid, t->count, (unsigned long long)t->lost);
	fprintf(out, "%-12s %8s %9s %8s %7s %9s %9s %9s %10s\n", "SIGNAL", "ARRIVED", "COALESCED", "RUNS", "FORCED", "MEDIAN", "P99", "MAX", "IN HANDLER");
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (rows[sig].arrived || rows[sig].runs)
			print_row(sig, &rows[sig], out);
	fprintf(out, "\nWhere it waited for its handler:\n");
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (rows[sig].delays)
			print_places(sig, &rows[sig], out);
	for (int sig = 0; sig <= SIGNALS; sig++)
		release(&rows[sig]);
	free(rows);
	free(runs);
}
