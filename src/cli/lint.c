/* cli/lint.c: `sigtame lint`: which functions that signal-safety(7) does not list the host's handlers call. */
#include "command.h"

#include "ending.h"
#include "host.h"
#include "lint.h"
#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { STATUS_FOUND = 1 };

static int help(void) {
	puts("Usage: sigtame lint [-o FILE] [--] HOST [ARG ...]\n\n"
	     "Runs the host natively, its handlers instruction by instruction, and reports each function of the C library\n"
	     "that a handler called, itself or through the program's and its libraries' functions, and that signal-safety(7)\n"
	     "does not list: handler, function, caller, and where the call stands. Each once. Handlers that do not run are not seen.\n"
	     "The host's children are examined until they start another program; lint ends with the last of them.\n\n"
	     "  -o, --output=FILE  write what is found there; else to standard error\n"
	     "      --help         show this\n\n"
	     "Exit status: 1 if anything was found, else the host's own; 125 sigtame's own failure, 126 a host that cannot be\n"
	     "started or traced, 127 one that is not found.");
	return finish(0);
}

/* Why a handler's calls of the C library cannot be told from its own; NULL: they can. */
static const char *reason(const struct host *h) {
	switch (h->reach) {
	case HOST_STATIC:
	case HOST_STATIC_PIE: return "statically linked: its calls of the C library cannot be told from its own";
	case HOST_OTHER_CLASS:
	case HOST_OTHER_CPU: return "for another CPU or word size: its handlers cannot be stepped through here";
	case HOST_OTHER_LIBC: return "a program of another C library: lint knows glibc only";
	case HOST_SETUID:
	case HOST_CAPABILITIES: return "privileged: under a tracer it would run without its privileges; lint a copy without them";
	case HOST_LIBRARY:
	case HOST_DAMAGED: return host_reason(h);
	default: return NULL;
	}
}

static int lint(char **argv) {
	struct host host;
	int status = host_open(argv[0], &host);
	if (status != 0)
		return status;
	if (reason(&host) != NULL)
		return fail(STATUS_UNSTARTED, "lint: %s is %s", argv[0], reason(&host));
	status = lint_trace(argv);
	if (status < 0)
		return host_unstarted(argv[0], -status);
	lint_tell_total();
	return lint_findings() ? STATUS_FOUND : end_as(status);
}

int command_lint(int argc, char **argv) {
	static const struct option options[] = {{"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *path = NULL;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, "+:o:h", options, NULL)) != -1;)
		switch (c) {
		case 'o': path = optarg; break;
		case 'h': return help();
		case ':': return fail(STATUS_FAILED, "lint: %s: it wants a value, as in -o FILE", argv[optind - 1]);
		default: return fail(STATUS_FAILED, "lint: %s: there is no such option; sigtame lint --help lists them", argv[optind - 1]);
		}
	if (optind == argc)
		return fail(STATUS_FAILED, "lint: no program given; sigtame lint --help says how");
	if (!lint_is_possible())
		return fail(STATUS_UNSTARTED, "lint: it steps through handlers on x86-64 only; sigtame sweep tries them on any CPU");
	FILE *out = path ? fopen(path, "we") : stderr;
	if (out == NULL)
		return fail(STATUS_FAILED, "lint: %s: it cannot be written: %s; name a file where there is room", path, strerror(errno));
	lint_findings_to(out);
	return lint(argv + optind);
}
