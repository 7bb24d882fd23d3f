/* cli/sweep_expect.c: what a user expects of each run, and whether it was so. */
#include "sweep.h"

#include "command.h"
#include "signals.h"
#include <string.h>
#include <sys/wait.h>

/* What a run that ends so must have written, unless the text says it. */
static const enum output usual_output[] = {
	[END_SAME] = OUTPUT_WHOLE, [END_STATUS] = OUTPUT_BEGIN, [END_SIGNAL] = OUTPUT_BEGIN, [END_ANY] = OUTPUT_ANY};

static bool parse_output(struct word word, struct expectation *e) {
	static const char *const names[] = {
		[OUTPUT_WHOLE] = "whole", [OUTPUT_SAME] = "same", [OUTPUT_BEGIN] = "begin", [OUTPUT_ANY] = "any"};
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (word_is(word, names[i])) {
			e->output = (enum output)i;
			return true;
		}
	return false;
}

static bool parse_status(struct word word, struct expectation *e) {
	int64_t n = word_number(word);
	e->ending = END_STATUS;
	e->number = (int)n;
	return n >= 0 && n <= 255;
}

static bool parse_signal(struct word word, struct expectation *e) {
	e->ending = END_SIGNAL;
	e->number = signal_number(word.text, word.length, HOST_RTMAX);
	return e->number > 0;
}

static bool parse_ending(struct word word, int swept, struct expectation *e) {
	if (word_begins(word, "status="))
		return parse_status(word_after(word, strlen("status=")), e);
	if (word_begins(word, "signal="))
		return parse_signal(word_after(word, strlen("signal=")), e);
	e->number = swept;
	e->ending = word_is(word, "signal") ? END_SIGNAL : word_is(word, "any") ? END_ANY : END_SAME;
	return e->ending != END_SAME || word_is(word, "same");
}

static bool parse(struct word item, int swept, struct expectation *e) {
	const char *colon = memchr(item.text, ':', item.length);
	struct word ending = {item.text, colon ? (size_t)(colon - item.text) : item.length};
	if (!parse_ending(ending, swept, e))
		return false;
	e->output = usual_output[e->ending];
	return colon == NULL || parse_output(word_after(item, ending.length + 1), e);
}

bool expect_add(struct expectations *all, const char *text, int swept) {
	struct word item;
	for (const char *rest = text; word_next(&rest, ',', &item);) {
		if (all->count == EXPECTATIONS_MAX) {
			complain("sweep: --expect=%s: one too many; %d are the most", text, EXPECTATIONS_MAX);
			return false;
		}
		if (!parse(item, swept, &all->list[all->count])) {
			complain("sweep: --expect=%s: %.*s is not understood; wanted same, status=N, signal, signal=NAME or any, each with "
				 ":whole, :same, :begin or :any behind it, or nothing",
				text, (int)item.length, item.text);
			return false;
		}
		all->count++;
	}
	return true;
}

/* The next line of a text, with its end, taken off. */
static struct word take_line(struct word *rest) {
	const char *end = memchr(rest->text, '\n', rest->length);
	struct word line = {rest->text, end ? (size_t)(end - rest->text) + 1 : rest->length};
	*rest = word_after(*rest, line.length);
	return line;
}

static bool same_text(struct word a, struct word b) { return a.length == b.length && memcmp(a.text, b.text, a.length) == 0; }

/* Every line of the first run, in order; others may stand in between. */
static bool has_lines(struct word wanted, struct word text) {
	while (wanted.length) {
		struct word line = take_line(&wanted);
		do {
			if (text.length == 0)
				return false;
		} while (!same_text(take_line(&text), line));
	}
	return true;
}

static bool output_fits(enum output kind, const struct outcome *first, const struct outcome *run) {
	struct word wanted = {first->output, first->length}, text = {run->output, run->length};
	switch (kind) {
	case OUTPUT_WHOLE: return has_lines(wanted, text);
	case OUTPUT_SAME: return same_text(wanted, text);
	case OUTPUT_BEGIN: return text.length <= wanted.length && memcmp(text.text, wanted.text, text.length) == 0;
	case OUTPUT_ANY: break;
	}
	return true;
}

/* A dumped core is a matter of the system's limits. */
static bool same_end(int one, int other) {
	return WIFSIGNALED(one) ? WIFSIGNALED(other) && WTERMSIG(one) == WTERMSIG(other) : one == other;
}

static bool ending_fits(const struct expectation *e, const struct outcome *first, int status) {
	switch (e->ending) {
	case END_SAME: return same_end(first->status, status);
	case END_STATUS: return WIFEXITED(status) && WEXITSTATUS(status) == e->number;
	case END_SIGNAL: return WIFSIGNALED(status) && WTERMSIG(status) == e->number;
	case END_ANY: break;
	}
	return true;
}

static bool is_crash(int status) {
	static const sigbits crashes =
		SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGFPE) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGABRT) | SIGBIT(SIGSYS);
	return WIFSIGNALED(status) && (crashes & SIGBIT(WTERMSIG(status)));
}

enum verdict expect_judge(const struct expectations *all, const struct outcome *first, const struct outcome *run) {
	bool ended_well = false;
	if (run->hung)
		return HUNG;
	for (size_t i = 0; i < all->count; i++) {
		const struct expectation *e = &all->list[i];
		if (!ending_fits(e, first, run->status))
			continue;
		if (output_fits(e->output, first, run))
			return WELL;
		ended_well = true;
	}
	return ended_well ? LOST : is_crash(run->status) ? CRASHED : OTHERWISE;
}
