/* cli/main.c: the command `sigtame`: finds the subcommand, and answers --help and --version. */
#include "command.h"

#include "words.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
#define COMMAND(name, arguments, summary) {#name, arguments, summary, command_##name},
#include "commands.def"
};

static void complain_with(const char *format, va_list ap) {
	fflush(stdout);
	flockfile(stderr);
	fputs("sigtame: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void complain(const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	complain_with(format, ap);
	va_end(ap);
}

int fail(int status, const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	complain_with(format, ap);
	va_end(ap);
	return status;
}

int finish(int status) {
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return fail(STATUS_FAILED, "standard output: not all of it could be written: %s", strerror(errno));
}

static int help(void) {
	puts("Usage: sigtame COMMAND [ARGUMENTS]\n\nCommands:");
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	puts("\n`sigtame COMMAND --help` says more. Exit status: 125 sigtame's own failure, 126 a host that cannot be started\n"
	     "or reached, 127 one that is not found, else the host's own.");
	return finish(0);
}

static int unknown(const char *name) {
	struct guess guess = {.typed = word_of(name)};
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		guess_offer(&guess, word_of(commands[i].name));
	if (guess.best.length == 0)
		return fail(STATUS_FAILED, "%s: there is no such command; sigtame --help lists them", name);
	return fail(STATUS_FAILED, "%s: there is no such command; did you mean %.*s? sigtame --help lists them", name, (int)guess.best.length, guess.best.text);
}

int main(int argc, char **argv) {
	const char *name = argc > 1 ? argv[1] : NULL;
	if (name == NULL)
		return fail(STATUS_FAILED, "no command given; sigtame --help lists them");
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return help();
	if (strcmp(name, "--version") == 0) {
		puts("sigtame " VERSION);
		return finish(0);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(name);
}
