/* cli/command.h: what the subcommands share: their entries, the exit statuses of env(1), and saying what is wrong.
 * A subcommand gets the arguments from its own name on, as main does, and returns the exit status. */
#ifndef SIGTAME_COMMAND_H
#define SIGTAME_COMMAND_H

#define COMMAND(name, arguments, summary) int command_##name(int argc, char **argv);
#include "commands.def"

enum {
	STATUS_FAILED = 125,    /* sigtame's own failure */
	STATUS_UNSTARTED = 126, /* a host that cannot be started or reached */
	STATUS_NOT_FOUND = 127, /* a host, its interpreter, or what is asked about */
};

/* One line on standard error, "sigtame: " and the text. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* complain, then the status: return fail(STATUS_FAILED, "…"). */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether standard output took everything: the status, or STATUS_FAILED with a line that says why. */
int finish(int status);

#endif
