/* cli/report.c: `sigtame report`: reads traces and prints them, as a table unless another form is asked for. */
#include "command.h"

#include "report_forms.h"
#include "signals.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum form { TABLE, JSON, PERFETTO, SVG };

struct request {
	enum form form;
	const char *output;
};

const char *report_signal(int sig) {
	static char buf[SIGNAL_NAME_SIZE];
	const char *name = signal_name(sig, buf);
	return name ? name : "-";
}

static int print_help(void) {
	puts("Usage: sigtame report [--json|--perfetto|--svg] [-o FILE] TRACE ...\n\n"
	     "Prints what traces hold: a table per signal; --json one object an event, a line each; --perfetto the Trace Event format for\n"
	     "Perfetto and Chrome; --svg a timeline picture, of one trace.");
	return finish(0);
}

static void print(const struct request *r, const struct tracefile *files, size_t count, FILE *out) {
	if (r->form == PERFETTO) {
		report_perfetto(files, count, out);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (r->form == JSON)
			report_json(&files[i], out);
		else if (r->form == SVG)
			report_svg(&files[i], out);
		else
			report_table(&files[i], out);
}

static int print_to(const struct request *r, const struct tracefile *files, size_t count) {
	FILE *out = r->output ? fopen(r->output, "we") : stdout;
	if (out != NULL)
		print(r, files, count, out);
	if (out == NULL || (r->output && fclose(out) != 0))
		return fail(STATUS_FAILED, "report: %s: it cannot be written: %s; name a file where there is room", r->output, strerror(errno));
	return finish(0);
}

static int read_and_print(const struct request *r, char **paths, size_t count) {
	struct tracefile *files = calloc(count, sizeof *files);
	int status = files ? 0 : fail(STATUS_FAILED, "out of memory");
	for (size_t i = 0; status == 0 && i < count; i++)
		status = tracefile_read(paths[i], &files[i]);
	if (status == 0)
		status = print_to(r, files, count);
	for (size_t i = 0; files && i < count; i++)
		tracefile_free(&files[i]);
	free(files);
	return status;
}

int command_report(int argc, char **argv) {
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {"json", no_argument, NULL, 'j'},
		{"perfetto", no_argument, NULL, 'p'}, {"svg", no_argument, NULL, 's'}, {"output", required_argument, NULL, 'o'}, {0}};
	struct request r = {TABLE, NULL};
	opterr = 0;
	for (int val; (val = getopt_long(argc, argv, ":o:h", options, NULL)) != -1;)
		switch (val) {
		case 'h': return print_help();
		case 'j': r.form = JSON; break;
		case 'p': r.form = PERFETTO; break;
		case 's': r.form = SVG; break;
		case 'o': r.output = optarg; break;
		case ':': return fail(STATUS_FAILED, "report: %s: it wants a value, as in -o FILE", argv[optind - 1]);
		default: return fail(STATUS_FAILED, "report: %s: there is no such option; sigtame report --help lists them", argv[optind - 1]);
		}
	if (optind == argc)
		return fail(STATUS_FAILED, "report: no trace given; sigtame trace makes one");
	if (r.form == SVG && argc - optind > 1)
		return fail(STATUS_FAILED, "report: --svg: %s: a picture shows one trace; name one", argv[optind + 1]);
	return read_and_print(&r, argv + optind, (size_t)(argc - optind));
}
