/* words.h: what a person typed: comparing it without regard to case, numbers, and what may have been meant.
 * ASCII only, whatever the locale. signals, options and the command call it. Async-signal-safe. */
#ifndef SIGTAME_WORDS_H
#define SIGTAME_WORDS_H

#include "base.h"

/* A piece of a longer text: no NUL at its end. */
struct word {
	const char *text;
	size_t length;
};

/* Up to the next separator, which is stepped over; false when *rest was NULL, as it is after the last one. */
bool word_next(const char **rest, char separator, struct word *);

struct word word_of(const char *text);
struct word word_trim(struct word); /* without blanks at both ends */
bool word_same(struct word, struct word);
bool word_is(struct word, const char *name);
bool word_begins(struct word, const char *prefix);
struct word word_after(struct word, size_t length);

/* Decimal digits only, all of the word; -1 if it is anything else or too large. */
int64_t word_number(struct word);

/* As a string, cut short if need be, good until the end of the full expression. */
struct word_text {
	char text[32];
};
struct word_text word_text(struct word);

/* The candidate nearest to what was typed: guess_offer each, then look at best, which is empty if none was near. */
struct guess {
	struct word typed, best;
	size_t distance;
};
void guess_offer(struct guess *, struct word candidate);

#endif
