/* cli/check.c: `sigtame check`: what is asked about. */
#include "command.h"

#include "examine.h"
#include "words.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int print_help(void) {
	puts("Usage: sigtame check FILE|PID\n\n"
	     "Says what sigtame does for a program, without executing anything of it: what it imports, what is interposed, what\n"
	     "cannot be reached and which settings it wants. Of a running process: its dispositions, masks and pending signals,\n"
	     "and, if the library is loaded, its options and counters. A FILE without a slash is looked up in PATH; a number is\n"
	     "a process (./123 is a file).\n\n"
	     "Exit status: 0 examined, 126 what cannot be read, 127 what is not there.");
	return finish(0);
}

int command_check(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : NULL;
	if (what && (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0))
		return print_help();
	if (what && strcmp(what, "--") == 0 && argc-- > 2)
		what = argv[2];
	if (what == NULL || argc != 2)
		return fail(STATUS_FAILED, "check: one program or process at a time: sigtame check FILE|PID");
	if (*what == '-' && argv[1] == what)
		return fail(STATUS_FAILED, "check: %s: there is no such option; sigtame check --help says what there is", what);
	int64_t number = word_number(word_of(what));
	if (number > INT_MAX)
		return fail(STATUS_NOT_FOUND, "check: %s: there is no such process", what);
	return number >= 0 ? check_process((pid_t)number) : check_file(what);
}
