/* kind.h: the kinds of value that an option has: how each is read, and what a message says of it.
 * Called by options. Not async-signal-safe: a set of real-time signals is read by what options has of DEFER by then. */
#ifndef SIGTAME_KIND_H
#define SIGTAME_KIND_H

#include "options.h"
#include "words.h"

/* What is wrong with a value: the item of it, if it has any, and why; what may have been meant. */
struct problem {
	struct word item, guess;
	const char *what;
};

enum kind {
#define CHOICES(kind, words) KIND_##kind,
#include "options.def"
	KIND_signals,
	KIND_duration,
	KIND_fd,
	KIND_injection,
	KIND_text,
};

/* False: the value is bad, and the problem says why. */
bool kind_parse(enum kind, struct word value, void *to, struct problem *);

/* What a message says was wanted; the words of a choice stand behind it. */
const char *kind_wanted(enum kind);
const char *kind_choices(enum kind);

#endif
