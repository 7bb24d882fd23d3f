/* kind.c: see kind.h. Not async-signal-safe. */
#include "kind.h"

#include "duration.h"
#include "injection.h"
#include "signals.h"
#include <limits.h>

const char *kind_choices(enum kind kind) {
	switch (kind) {
#define CHOICES(kind, words) case KIND_##kind: return words;
#include "options.def"
	default: return "";
	}
}

const char *kind_wanted(enum kind kind) {
	switch (kind) {
	case KIND_signals: return "signals, as in INT,RTMIN+2 or all,-PROF or none";
	case KIND_duration: return "a duration, as in 250us, 10ms, 1s or 0, or never";
	case KIND_fd: return "the number of an open file, or -1";
	case KIND_injection: return "SIGNAL@CALL, SIGNAL@CALL:N or SIGNAL@every:DURATION, as in TERM@read:3";
	case KIND_text: return "a text that is not empty";
	default: return "one of ";
	}
}

static bool bad(struct problem *p, const char *what) {
	p->what = what;
	return false;
}

static bool bad_item(struct problem *p, struct word item, const char *what) {
	p->item = item;
	return bad(p, what);
}

static bool parse_choice(enum kind kind, struct word value, void *to, struct problem *p) {
	struct guess guess = {.typed = value};
	const char *rest = kind_choices(kind);
	struct word w;
	for (int i = 0; word_next(&rest, ',', &w); i++)
		if (word_same(word_trim(w), value)) {
			*(int *)to = i;
			return true;
		}
	for (rest = kind_choices(kind); word_next(&rest, ',', &w);)
		guess_offer(&guess, word_trim(w));
	p->guess = guess.best;
	return bad(p, "no such choice");
}

static bool parse_fd(struct word value, void *to, struct problem *p) {
	int64_t n = word_number(value);
	bool none = word_is(value, "-1");
	if (!none && (n < 0 || n > INT_MAX))
		return bad(p, "not a file descriptor");
	*(int *)to = none ? -1 : (int)n;
	return true;
}

static struct word nearest(struct word typed, const char *words) {
	struct guess guess = {.typed = typed};
	for (struct word w; word_next(&words, ',', &w);)
		guess_offer(&guess, w);
	return guess.best;
}

static bool parse_duration(struct word value, void *to, struct problem *p) {
	p->what = duration_parse(value, to);
	if (p->what)
		p->guess = nearest(value, "never");
	return p->what == NULL;
}

/* A host whose handlers are deferred does not see the highest signal, which is reserved. */
static int host_rtmax(const void *to) {
	return to == &options.defer || options.defer ? SIGNALS - 1 : SIGNALS;
}

static bool parse_signal(struct word item, int rtmax, sigbits *set, struct problem *p) {
	int sig = signal_number(item.text, item.length, rtmax);
	if (item.length == 0)
		return bad(p, "a signal is missing beside a comma or a minus");
	if (sig < 0) {
		p->guess = signal_guess(item);
		if (p->guess.length == 0)
			p->guess = nearest(item, "all,none");
		return bad_item(p, item, " is no signal");
	}
	if (SIGBIT(sig) & SIGNALS_UNCAUGHT)
		return bad_item(p, item, " cannot be caught");
	if (SIGBIT(sig) & SIGNALS_OF_LIBC)
		return bad_item(p, item, " is the C library's own");
	*set = SIGBIT(sig);
	return true;
}

static bool parse_item(struct word item, int rtmax, sigbits *set, struct problem *p) {
	bool minus = item.length && item.text[0] == '-';
	sigbits one = 0;
	if (word_is(item, "none") || word_is(item, "-all"))
		return bad(p, "none stands alone, instead of a list");
	if (word_is(item, "all"))
		one = SIGNALS_ALL;
	else if (!parse_signal(minus ? word_after(item, 1) : item, rtmax, &one, p))
		return false;
	*set = minus ? *set & ~one : *set | one;
	return true;
}

/* Left to right. What takes out of nothing is a mistake: it may have meant all, or the default. */
static bool parse_signals(struct word value, void *to, struct problem *p) {
	const char *rest = value.text;
	struct word item;
	sigbits set = 0;
	bool none = word_is(word_trim(value), "none"), first = true;
	while (!none && word_next(&rest, ',', &item)) {
		item = word_trim(item);
		if (!parse_item(item, host_rtmax(to), &set, p))
			return false;
		if (first && item.text[0] == '-')
			return bad_item(p, item, " takes out of nothing: put all or another signal before it");
		first = false;
	}
	*(sigbits *)to = set;
	return true;
}

/* Kept as text: inject reads it again. */
static bool parse_injection(struct word value, void *to, struct problem *p) {
	struct injection in;
	struct injection_fault fault = {0};
	*(const char **)to = value.text;
	if (injection_parse(value, options.defer ? SIGNALS - 1 : SIGNALS, &in, &fault))
		return true;
	p->guess = fault.guess;
	return bad_item(p, fault.item, fault.what);
}

bool kind_parse(enum kind kind, struct word value, void *to, struct problem *p) {
	switch (kind) {
	case KIND_signals: return parse_signals(value, to, p);
	case KIND_duration: return parse_duration(value, to, p);
	case KIND_fd: return parse_fd(value, to, p);
	case KIND_injection: return parse_injection(value, to, p);
	case KIND_text: *(const char **)to = value.text; return true;
	default: return parse_choice(kind, value, to, p);
	}
}
