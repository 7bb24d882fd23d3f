/* cli/signals.c: `sigtame signals`: the list of signals, or one of them. */
#include "command.h"

#include "arch/arch.h"
#include "signals.h"
#include "thread.h"
#include <stdio.h>

enum action { TERMINATE, CORE, IGNORE, STOP, CONTINUE };

static const char *action_of(int sig) {
	static const char *const words[] = {"terminate", "core", "ignore", "stop", "continue"};
	static const unsigned char actions[SIGNALS + 1] = {
#define SIGNAL(name, action, description) [SIG##name] = action,
#include "signals.def"
	};
	return words[actions[sig]];
}

static const char *deferral_of(int sig) {
	if (SIGNALS_UNCAUGHT & SIGBIT(sig))
		return "cannot be caught";
	return SIGBITS_NEVER_DEFERRED & SIGBIT(sig) ? "never" : "yes";
}

static void print(int sig) {
	char buf[SIGNAL_NAME_SIZE];
	if (sig > HOST_RTMAX) {
		printf("%-12s %3d  %-10s %-17s %s\n", "-", sig, "-", "reserved", "sigtame's own, unless SIGTAME_DEFER is none");
		return;
	}
	const char *name = signal_name(sig, buf), *description = signal_description(sig);
	printf("%-12s %3d  %-10s %-17s %s\n", name, sig, action_of(sig), deferral_of(sig), description ? description : "Real-time signal");
}

static void print_head(void) { printf("%-12s %3s  %-10s %-17s %s\n", "NAME", "NO.", "DEFAULT", "DEFERRED", "DESCRIPTION"); }

static int print_all(void) {
	char buf[SIGNAL_NAME_SIZE];
	print_head();
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (signal_name(sig, buf))
			print(sig);
	if (!STUB_LABELS)
		puts("On this CPU the window between a program's look at its flag and its wait is narrowed, not closed.");
	return finish(0);
}

static int print_one(const char *word) {
	int64_t number = word_number(word_of(word));
	int sig = number > 0 && number <= SIGNALS ? (int)number : signal_number(word, strlen(word), HOST_RTMAX);
	char buf[SIGNAL_NAME_SIZE];
	if (sig > 0 && signal_name(sig, buf)) {
		print(sig);
		return finish(0);
	}
	struct word guess = signal_guess(word_of(word));
	if (guess.length)
		return fail(STATUS_NOT_FOUND, "signals: %s: there is no such signal; did you mean %.*s?", word, (int)guess.length, guess.text);
	return fail(STATUS_NOT_FOUND, "signals: %s: there is no such signal; `sigtame signals` lists them", word);
}

int command_signals(int argc, char **argv) {
	bool ended = argc > 1 && strcmp(argv[1], "--") == 0; /* of options */
	argc -= ended;
	argv += ended;
	if (argc < 2)
		return print_all();
	if (argc > 2)
		return fail(STATUS_FAILED, "signals: %s: one signal at a time, or none for all", argv[2]);
	if (!ended && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		puts("Usage: sigtame signals [NAME|NUMBER]\n\nLists signals: names, numbers, default actions, descriptions, and what can be deferred.");
		return finish(0);
	}
	if (!ended && argv[1][0] == '-')
		return fail(STATUS_FAILED, "signals: %s: there is no such option; a name or a number is wanted, as in sigtame signals TERM", argv[1]);
	return print_one(argv[1]);
}
