/* options.c: see options.h. Not async-signal-safe: it writes options.
 * It runs in the constructor of a foreign program: no allocation, no stdio, no locale. */
#include "options.h"

#include "duration.h"
#include "injection.h"
#include "report.h"
#include "signals.h"
#include <limits.h>
#include <stddef.h>

#define PREFIX "SIGTAME_"

struct options options;
_Static_assert(sizeof options <= UINT8_MAX, "a row says where its member is");

/* What is wrong with a value: the item of it, if it has any, and why; what may have been meant. */
struct problem {
	struct word item, guess;
	const char *what;
};

/* Numbers and texts in place, here and in the rows: the loader has nothing to relocate. */
enum kind {
#define CHOICES(kind, words) KIND_##kind,
#include "options.def"
	KIND_signals,
	KIND_duration,
	KIND_fd,
	KIND_injection,
	KIND_text,
};

static const char *choices(enum kind kind) {
	switch (kind) {
#define CHOICES(kind, words) case KIND_##kind: return words;
#include "options.def"
	default: return "";
	}
}

/* What a message says was wanted; the words of a choice stand behind it. */
static const char *wanted(enum kind kind) {
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
	const char *rest = choices(kind);
	struct word w;
	for (int i = 0; word_next(&rest, ',', &w); i++)
		if (word_same(word_trim(w), value)) {
			*(int *)to = i;
			return true;
		}
	for (rest = choices(kind); word_next(&rest, ',', &w);)
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

static bool parse(enum kind kind, struct word value, void *to, struct problem *p) {
	switch (kind) {
	case KIND_signals: return parse_signals(value, to, p);
	case KIND_duration: return parse_duration(value, to, p);
	case KIND_fd: return parse_fd(value, to, p);
	case KIND_injection: return parse_injection(value, to, p);
	case KIND_text: *(const char **)to = value.text; return true;
	default: return parse_choice(kind, value, to, p);
	}
}

static const struct row {
	char name[24];
	uint8_t kind;
	uint8_t member; /* where in options */
} rows[] = {
#define OPTION(of, field, NAME, bsd, python, posix, help) {PREFIX #NAME, KIND_##of, offsetof(struct options, field)},
#include "options.def"
};

static void *member_of(const struct row *row) { return (char *)&options + row->member; }

static const struct options defaults[] = {
#include "options_defaults.def"
};

static struct word name_of(const char *entry) {
	struct word name = {entry, 0};
	while (entry[name.length] && entry[name.length] != '=')
		name.length++;
	return name;
}

/* The names of the environment are the only words here whose case matters. */
static bool name_is(const char *entry, const char *name) {
	size_t n = strlen(name);
	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

static const char *value_in(char **environment, const char *name) {
	for (char **e = environment; e && *e; e++)
		if (name_is(*e, name))
			return *e + strlen(name) + 1;
	return NULL;
}

static void report_value(const struct row *row, const char *value, const struct problem *p) {
	bool near = p->guess.length > 0;
	report(row->name, "=", value, ": ", word_text(p->item).text, p->what, "; wanted ", wanted(row->kind), choices(row->kind),
		near ? "; did you mean " : "", word_text(p->guess).text, near ? "?" : "", NULL);
}

/* The number of errors. */
static int row_read(const struct row *row, char **environment) {
	struct problem p = {.what = "empty"};
	const char *value = value_in(environment, row->name);
	if (!value || (*value && parse(row->kind, word_of(value), member_of(row), &p)))
		return 0;
	report_value(row, value, &p);
	return 1;
}

static bool is_known(const char *entry) {
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (name_is(entry, rows[i].name))
			return true;
	return false;
}

static void report_unknown(const char *entry) {
	struct guess guess = {.typed = word_after(name_of(entry), strlen(PREFIX))};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		guess_offer(&guess, word_of(rows[i].name + strlen(PREFIX)));
	bool near = guess.best.length > 0;
	report(entry, ": there is no such variable; ", near ? "did you mean " PREFIX : "wanted one that sigtame run --help lists",
		word_text(guess.best).text, near ? "?" : "", NULL);
}

bool options_are_in(const char *entry) {
	const char *prefix = PREFIX;
	while (*prefix && *prefix == *entry)
		prefix++, entry++;
	return *prefix == '\0';
}

static int read_rows(char **environment) {
	int errors = row_read(&rows[0], environment), profile = options.profile;
	options = defaults[profile];
	options.profile = profile;
	for (size_t i = 1; i < ARRAY_LENGTH(rows); i++)
		errors += row_read(&rows[i], environment);
	return errors;
}

int options_read(char **environment) {
	options = defaults[PROFILE_BSD];
	while (environment && *environment && !options_are_in(*environment)) /* most programs are given none */
		environment++;
	if (environment == NULL || *environment == NULL)
		return 0;
	int errors = read_rows(environment);
	for (char **e = environment; *e; e++)
		if (options_are_in(*e) && name_of(*e).length < strlen(*e) && !is_known(*e)) {
			report_unknown(*e);
			errors++;
		}
	return errors;
}
