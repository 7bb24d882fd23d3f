/* cli/sweep_all.c: the first run, which counts the host's calls, and then one for each. Only sweep.c calls it. */
#include "command.h"

#include "base.h"
#include "host.h"
#include "sweep.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMES_THE_FIRST = 20 };

static struct sweep *sweep;
static int told; /* the signal that ends us */

/* The first run: its calls, and what the others are compared with. */
static struct run first;
static struct passage counted;

static size_t planned(void) { return counted.entries < sweep->max ? counted.entries : sweep->max; }

/* A sample lies evenly, the first and the last call in it. */
static size_t point_of(size_t i) {
	size_t n = planned();
	return n < 2 ? 1 : 1 + i * (counted.entries - 1) / (n - 1);
}

static void end_all(struct run *runs, size_t n) {
	for (size_t i = 0; i < n; i++) {
		if (runs[i].pid != 0)
			run_end(&runs[i]);
		if (runs[i].trace[0] != 0)
			unlink(runs[i].trace);
	}
}

static int start(struct run *r, size_t point) {
	*r = (struct run){.point = point};
	snprintf(r->trace, sizeof r->trace, "%s/%zu", sweep->directory, point);
	int error = run_start(sweep, r);
	return error == 0 ? 0 : host_unstarted(sweep->argv[0], -error);
}

/* A host that does not end by itself is one that waits for the signal: it gets it, late. */
static int await_first(void) {
	for (bool sent = false;; sent = true) {
		told = run_await(&first, 1);
		if (told != 0)
			return STATUS_FAILED;
		if (!first.outcome.hung)
			return 0;
		if (sent)
			return fail(STATUS_FAILED,
				"sweep: %s does not end, not by the signal either; --timeout=DURATION gives it more time", sweep->argv[0]);
		kill(first.pid, sweep->signal);
		first.outcome.hung = false;
		first.limit_ns = run_now_ns() + sweep->timeout_ns;
	}
}

static int count(void) {
	int status = start(&first, 0);
	if (status == 0)
		status = await_first();
	if (status != 0)
		return status;
	if (!passage_read(first.trace, &counted))
		return fail(STATUS_UNSTARTED, "sweep: %s has left no trace: the library is not loaded there; sigtame check %s says why",
			sweep->argv[0], sweep->argv[0]);
	unlink(first.trace);
	if (!sweep->timeout_given && first.outcome.took_ns < sweep->timeout_ns &&
		first.outcome.took_ns * TIMES_THE_FIRST > sweep->timeout_ns)
		sweep->timeout_ns = first.outcome.took_ns * TIMES_THE_FIRST;
	return 0;
}

static void collect(struct run *r) {
	struct passage passage = {0};
	passage_read(r->trace, &passage);
	unlink(r->trace);
	if (passage.arrived)
		tell_keep(sweep, r, expect_judge(&sweep->expected, &first.outcome, &r->outcome), &passage, &first.outcome);
	else
		tell_missed();
	run_free(r);
	*r = (struct run){0};
}

/* Takes in what has ended; how many that were. */
static size_t collect_all(struct run *runs) {
	size_t n = 0;
	for (size_t i = 0; i < sweep->jobs; i++) {
		if (runs[i].pid != 0 && runs[i].outcome.hung)
			run_end(&runs[i]);
		if (runs[i].point == 0 || runs[i].pid != 0)
			continue;
		collect(&runs[i]);
		n++;
	}
	return n;
}

static int start_next(struct run *runs, size_t *started) {
	int status = 0;
	for (size_t i = 0; i < sweep->jobs && status == 0 && *started < planned(); i++)
		if (runs[i].point == 0)
			status = start(&runs[i], point_of((*started)++));
	return status;
}

static int run_all(struct run *runs) {
	size_t started = 0, done = 0;
	while (done < planned()) {
		int status = start_next(runs, &started);
		tell_progress(done, planned(), tell_count());
		if (status != 0)
			return status;
		told = run_await(runs, sweep->jobs);
		if (told != 0)
			return STATUS_FAILED;
		done += collect_all(runs);
	}
	return 0;
}

int sweep_all(struct sweep *given, int *ended_by) {
	sweep = given;
	struct run *runs = calloc(sweep->jobs, sizeof *runs);
	if (runs == NULL)
		return fail(STATUS_FAILED, "sweep: --jobs=%zu: %s; wanted a smaller number", sweep->jobs, strerror(errno));
	run_block_signals();
	int status = count();
	if (status == 0)
		status = run_all(runs);
	end_all(&first, 1);
	end_all(runs, sweep->jobs);
	tell_progress_end();
	free(runs);
	*ended_by = told;
	return status;
}
