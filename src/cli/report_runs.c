/* cli/report_runs.c: arrivals matched with the runs that answer for them.
 * Within a number runs come in the order of arrival; one that coalesced shares the run of the first. */
#include "report_forms.h"

#include "base.h"
#include <stdlib.h>

/* The oldest arrival of this number that has no run yet: before from[sig] there is none. */
static struct report_run *waiting(struct report_run *runs, size_t count, int sig, size_t from[static SIGNALS + 1]) {
	for (size_t i = from[sig]; i < count; i++)
		if (runs[i].sig == sig && runs[i].entered_ns < 0) {
			from[sig] = i + 1;
			return &runs[i];
		}
	return NULL;
}

/* The handler that this thread entered last and has not left. */
static struct report_run *entered(struct report_run *runs, size_t count, const struct trace_record *r) {
	for (size_t i = count; i-- > 0;)
		if (runs[i].sig == r->signal && runs[i].tid == r->tid && runs[i].entered_ns >= 0 && runs[i].left_ns < 0)
			return &runs[i];
	return NULL;
}

/* Its own arrival was recorded just before. */
static void drop_last(struct report_run *runs, size_t *count, int sig) {
	if (*count > 0 && runs[*count - 1].sig == sig && runs[*count - 1].entered_ns < 0)
		--*count;
}

static struct report_run arrival(const struct trace_record *r) {
	return (struct report_run){r->signal, r->tid, r->tid, r->time_ns, -1, -1, tracefile_place(r), false};
}

static void enter(struct report_run *runs, size_t *count, size_t *from, const struct trace_record *r, int *forced_in) {
	struct report_run *run = waiting(runs, *count, r->signal, from);
	if (run == NULL) { /* its arrival is lost */
		run = &runs[(*count)++];
		*run = (struct report_run){r->signal, r->tid, r->tid, -1, -1, -1, "", false};
	}
	run->tid = r->tid;
	run->entered_ns = r->time_ns;
	run->forced = forced_in[r->signal] == r->tid;
	if (run->forced)
		forced_in[r->signal] = 0;
}

struct report_run *report_runs(const struct tracefile *t, size_t *count) {
	struct report_run *runs = calloc(t->count + 1, sizeof *runs), *run;
	size_t from[SIGNALS + 1] = {0};
	int forced_in[SIGNALS + 1] = {0}; /* the thread whose next run of it is forced */
	*count = 0;
	for (size_t i = 0; runs && i < t->count; i++) {
		const struct trace_record *r = &t->records[i];
		if (r->event == TRACE_ARRIVED)
			runs[(*count)++] = arrival(r);
		else if (r->event == TRACE_COALESCED && i > 0 && t->records[i - 1].event == TRACE_ARRIVED)
			drop_last(runs, count, r->signal);
		else if (r->event == TRACE_FORCED)
			forced_in[r->signal] = r->tid;
		else if (r->event == TRACE_ENTERED)
			enter(runs, count, from, r, forced_in);
		else if (r->event == TRACE_LEFT && (run = entered(runs, *count, r)) != NULL)
			run->left_ns = r->time_ns;
	}
	return runs;
}
