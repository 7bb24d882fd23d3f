/* cli/trace.c: `sigtame trace`: starts a host that records what happens to its signals. */
#include "command.h"

#include "launch.h"
#include <stdio.h>
#include <string.h>

struct request {
	const char *file;
	int help;
};

static int take(int val, const char *value, void *data) {
	struct request *r = data;
	if (val == 'h')
		r->help = 1;
	else
		r->file = value;
	return 0;
}

static int print_help(void) {
	puts("Usage: sigtame trace [-o FILE] [--option=value ...] [--] HOST [ARG ...]\n\n"
	     "Starts HOST with sigtame and records into FILE what happens to every signal; %p in its name becomes the pid, and each child\n"
	     "then has a file of its own. Without -o or --trace: sigtame.%p.trace. `sigtame report` reads it, while HOST runs or after.\n");
	settings_help();
	return finish(0);
}

/* What --trace names, as with every other subcommand; NULL: nothing. */
static const char *named_by_option(const struct settings *s) {
	static const char start[] = "SIGTAME_TRACE=";
	for (size_t i = 0; i < s->givens; i++)
		if (strncmp(s->given[i], start, sizeof start - 1) == 0)
			return s->given[i] + sizeof start - 1;
	return NULL;
}

int command_trace(int argc, char **argv) {
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {"output", required_argument, NULL, 'o'}, {0}};
	struct settings s = {0};
	struct request r = {NULL, 0};
	int status = settings_parse(&s, argc, argv, &(struct settings_extra){options, take, &r});
	if (status != 0)
		return status;
	if (r.help)
		return print_help();
	const char *other = named_by_option(&s);
	if (r.file && other)
		return fail(STATUS_FAILED, "trace: -o %s: --trace=%s names a file too; one of the two is wanted", r.file, other);
	if (other == NULL)
		settings_give(&s, "SIGTAME_TRACE", r.file ? r.file : "sigtame.%p.trace");
	return launch(argv[0], argv + s.next, &s);
}
