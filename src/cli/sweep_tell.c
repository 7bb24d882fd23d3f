/* cli/sweep_tell.c: what the runs showed: a bar while they are under way, and a line for each place where the host was not
 * well. Only sweep.c calls it. */
#include "sweep.h"

#include "signals.h"
#include "source.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BAR_WIDTH = 30, POINTS_TOLD = 5, TEXT_SIZE = 400 };

/* Runs that went wrong at one place in one way. */
struct finding {
	char place[TEXT_SIZE], what[64], more[80];
	size_t points[POINTS_TOLD], count;
};

static struct finding *findings;
static size_t finding_count, runs[VERDICTS], missed;

void tell_progress(size_t done, size_t all, size_t found) {
	char bar[BAR_WIDTH + 1];
	size_t full = all ? done * BAR_WIDTH / all : BAR_WIDTH;
	if (!isatty(STDERR_FILENO))
		return;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = 0;
	fprintf(stderr, "\r[%s] %zu of %zu, %zu found ", bar, done, all, found);
}

void tell_progress_end(void) {
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void describe_status(int status, char *text, size_t size) {
	char buf[SIGNAL_NAME_SIZE];
	const char *name = WIFSIGNALED(status) ? signal_name(WTERMSIG(status), buf) : NULL;
	if (WIFEXITED(status))
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	else
		snprintf(text, size, "killed by %s", name ? name : "a signal");
}

static void describe(const struct sweep *s, const struct outcome *o, const struct outcome *first, enum verdict verdict, struct finding *f) {
	static const char *const words[] = {
		[CRASHED] = "crashed", [HUNG] = "hung", [LOST] = "lost output", [OTHERWISE] = "ended otherwise"};
	char ending[40];
	describe_status(o->status, ending, sizeof ending);
	if (verdict == HUNG)
		snprintf(f->what, sizeof f->what, "hung, not done after %.1f s", (double)s->timeout_ns / 1e9);
	else
		snprintf(f->what, sizeof f->what, "%s, %s", words[verdict], ending);
	if (verdict == LOST && o->length >= first->length)
		snprintf(f->more, sizeof f->more, ", other lines than in the first run");
	else if (verdict == LOST)
		snprintf(f->more, sizeof f->more, ", %zu bytes where the first run has %zu", o->length, first->length);
}

/* The address is the one that the call returns to: the call itself stands before it. */
static void describe_place(const struct passage *p, char *text, size_t size) {
	const struct function *f = p->object ? object_function(p->object, p->address - 1) : NULL;
	if (p->object == NULL)
		snprintf(text, size, "%s", p->call);
	else if (f != NULL)
		snprintf(text, size, "%s in %s (%s)", p->call, f->name, source_line(p->object, p->address - 1).text);
	else
		snprintf(text, size, "%s in %s", p->call, source_line(p->object, p->address - 1).text);
}

static struct finding *find(const struct finding *like) {
	for (size_t i = 0; i < finding_count; i++)
		if (strcmp(findings[i].place, like->place) == 0 && strcmp(findings[i].what, like->what) == 0)
			return &findings[i];
	struct finding *larger = reallocarray(findings, finding_count + 1, sizeof *like);
	if (larger == NULL)
		return NULL;
	findings = larger;
	findings[finding_count] = *like;
	return &findings[finding_count++];
}

/* The first few, in their order: side by side, runs end in another. */
static void keep_point(struct finding *f, size_t point) {
	size_t at = f->count < POINTS_TOLD ? f->count : POINTS_TOLD;
	while (at > 0 && f->points[at - 1] > point) {
		if (at < POINTS_TOLD)
			f->points[at] = f->points[at - 1];
		at--;
	}
	if (at < POINTS_TOLD)
		f->points[at] = point;
	f->count++;
}

void tell_keep(const struct sweep *s, const struct run *run, enum verdict verdict, const struct passage *p, const struct outcome *first) {
	struct finding like = {.count = 0};
	runs[verdict]++;
	if (verdict == WELL)
		return;
	describe_place(p, like.place, sizeof like.place);
	describe(s, &run->outcome, first, verdict, &like);
	struct finding *f = find(&like);
	if (f == NULL)
		return;
	keep_point(f, run->point);
	if (f->points[0] == run->point)
		memcpy(f->more, like.more, sizeof f->more);
}

size_t tell_count(void) { return runs[CRASHED] + runs[HUNG] + runs[LOST] + runs[OTHERWISE]; }

static void print_finding(const struct finding *f) {
	printf("%s: %s%s: entr%s", f->place, f->what, f->more, f->count == 1 ? "y" : "ies");
	for (size_t i = 0; i < f->count && i < POINTS_TOLD; i++)
		printf("%s %zu", i ? "," : "", f->points[i]);
	if (f->count > POINTS_TOLD)
		printf(" and %zu more", f->count - POINTS_TOLD);
	putchar('\n');
}

static int by_point(const void *a, const void *b) {
	const struct finding *one = a, *other = b;
	return one->points[0] < other->points[0] ? -1 : one->points[0] > other->points[0];
}

void tell_missed(void) { missed++; }

void tell_found(void) {
	if (finding_count)
		qsort(findings, finding_count, sizeof *findings, by_point);
	for (size_t i = 0; i < finding_count; i++)
		print_finding(&findings[i]);
	printf("%zu run%s: %zu well, %zu crashed, %zu hung, %zu lost output, %zu ended otherwise\n", runs[WELL] + tell_count(),
		runs[WELL] + tell_count() == 1 ? "" : "s", runs[WELL],
		runs[CRASHED], runs[HUNG], runs[LOST], runs[OTHERWISE]);
	if (missed)
		printf("%zu more ended before the call at which the signal was to arrive\n", missed);
}
