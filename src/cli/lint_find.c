/* cli/lint_find.c: what lint found: each handler, and each call that signal-safety(7) does not list, once. */
#include "lint.h"

#include "base.h"
#include "safe.h"
#include "signals.h"
#include "source.h"
#include <stdlib.h>

struct finding {
	struct place_name handler, caller;
	struct plain_name function;
};

static struct finding *findings;
static struct place_name *handlers;
static size_t finding_count, handler_count, runs;
static FILE *out;

void lint_findings_to(FILE *file) { out = file; }

size_t lint_findings(void) { return finding_count; }

void lint_handler_ran(const struct places *places, uint64_t handler) {
	struct place_name name = places_name(places, handler);
	runs++;
	for (size_t i = 0; i < handler_count; i++)
		if (strcmp(handlers[i].text, name.text) == 0)
			return;
	struct place_name *larger = reallocarray(handlers, handler_count + 1, sizeof name);
	if (larger == NULL)
		return;
	handlers = larger;
	handlers[handler_count++] = name;
}

static bool is_new(const struct finding *finding) {
	for (size_t i = 0; i < finding_count; i++)
		if (strcmp(findings[i].handler.text, finding->handler.text) == 0 &&
			strcmp(findings[i].caller.text, finding->caller.text) == 0 &&
			strcmp(findings[i].function.text, finding->function.text) == 0)
			return false;
	return true;
}

static void keep(const struct finding *finding) {
	struct finding *larger = reallocarray(findings, finding_count + 1, sizeof *finding);
	if (larger == NULL)
		return;
	findings = larger;
	findings[finding_count++] = *finding;
}

/* Where the caller's name is a program and an offset already, that is all there is to say. */
static void tell(const struct finding *finding, const struct places *places, uint64_t from) {
	const struct mapping *m = places_find(places, from);
	uint64_t in_file = places_in_file(m, from);
	fprintf(out, "sigtame: lint: handler %s calls %s from %s", finding->handler.text, finding->function.text, finding->caller.text);
	if (in_file)
		fprintf(out, " (%s)", source_line(m->object, in_file).text);
	fputc('\n', out);
	fflush(out);
}

static struct place_name kernel_name(int sig) {
	struct place_name name;
	char buf[SIGNAL_NAME_SIZE];
	snprintf(name.text, sizeof name.text, "the kernel, which has it as the handler of %s", signal_name(sig, buf));
	return name;
}

void lint_call(const struct places *places, uint64_t handler, const char *function, uint64_t from, int sig) {
	if (safe_allows(function))
		return;
	struct finding finding = {.function = safe_plain(function), .handler = places_name(places, handler)};
	finding.caller = from ? places_name(places, from) : kernel_name(sig);
	if (!is_new(&finding))
		return;
	keep(&finding);
	tell(&finding, places, from);
}

static void tell_count(size_t n, const char *what) { fprintf(out, "%zu %s%s", n, what, n == 1 ? "" : "s"); }

void lint_tell_total(void) {
	fputs("sigtame: lint: ", out);
	if (runs == 0) {
		fputs("no handler ran, so none was examined\n", out);
		return;
	}
	tell_count(handler_count, "handler");
	fputs(" ran ", out);
	tell_count(runs, "time");
	fputs(", ", out);
	tell_count(finding_count, "call");
	fputs(" that signal-safety(7) does not list\n", out);
}
