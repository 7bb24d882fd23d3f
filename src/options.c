/* options.c: see options.h. Not async-signal-safe: it writes options.
 * It runs in the constructor of a foreign program: no allocation, no stdio, no locale. */
#include "options.h"

#include "duration.h"
#include "injection.h"
#include "report.h"
#include "signals.h"
#include <limits.h>

#define PREFIX "SIGTAME_"

struct options options;

/* What is wrong with a value: the item of it, if it has any, and why; what may have been meant. */
struct problem {
	struct word item, guess;
	const char *what;
};

struct kind {
	bool (*parse)(const struct kind *, struct word value, void *to, struct problem *);
	const char *wanted, *words;
};

static bool bad(struct problem *p, const char *what) {
	p->what = what;
	return false;
}

static bool bad_item(struct problem *p, struct word item, const char *what) {
	p->item = item;
	return bad(p, what);
}

static bool parse_choice(const struct kind *kind, struct word value, void *to, struct problem *p) {
	struct guess guess = {.typed = value};
	const char *rest = kind->words;
	struct word w;
	for (int i = 0; word_next(&rest, ',', &w); i++)
		if (word_same(word_trim(w), value)) {
			*(int *)to = i;
			return true;
		}
	for (rest = kind->words; word_next(&rest, ',', &w);)
		guess_offer(&guess, word_trim(w));
	p->guess = guess.best;
	return bad(p, "no such choice");
}

static bool parse_text(const struct kind *kind, struct word value, void *to, struct problem *p) {
	(void)kind, (void)p;
	*(const char **)to = value.text;
	return true;
}

static bool parse_fd(const struct kind *kind, struct word value, void *to, struct problem *p) {
	(void)kind;
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

static bool parse_duration(const struct kind *kind, struct word value, void *to, struct problem *p) {
	(void)kind;
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
static bool parse_signals(const struct kind *kind, struct word value, void *to, struct problem *p) {
	(void)kind;
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
static bool parse_injection(const struct kind *kind, struct word value, void *to, struct problem *p) {
	(void)kind;
	struct injection in;
	struct injection_fault fault = {0};
	*(const char **)to = value.text;
	if (injection_parse(value, options.defer ? SIGNALS - 1 : SIGNALS, &in, &fault))
		return true;
	p->guess = fault.guess;
	return bad_item(p, fault.item, fault.what);
}

static const struct kind kind_signals = {parse_signals, "signals, as in INT,RTMIN+2 or all,-PROF or none", NULL};
static const struct kind kind_duration = {parse_duration, "a duration, as in 250us, 10ms, 1s or 0, or never", NULL};
static const struct kind kind_fd = {parse_fd, "the number of an open file, or -1", NULL};
static const struct kind kind_injection = {parse_injection, "SIGNAL@CALL, SIGNAL@CALL:N or SIGNAL@every:DURATION, as in TERM@read:3", NULL};
static const struct kind kind_text = {parse_text, "a text that is not empty", NULL};
#define CHOICES(of, words) static const struct kind kind_##of = {parse_choice, "one of " words, words};
#include "options.def"

static const struct row {
	const char *name;
	void *to;
	const struct kind *kind;
	const char *defaults[3]; /* by profile */
} rows[] = {
#define OPTION(of, field, NAME, bsd, python, posix, help) {PREFIX #NAME, &options.field, &kind_##of, {bsd, python, posix}},
#include "options.def"
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
	report(row->name, "=", value, ": ", word_text(p->item).text, p->what, "; wanted ", row->kind->wanted,
		p->guess.length ? "; did you mean " : "", word_text(p->guess).text, p->guess.length ? "?" : "", NULL);
}

static void set_default(const struct row *row, int profile) {
	const char *text = row->defaults[profile];
	struct problem none = {0};
	if (text)
		row->kind->parse(row->kind, word_of(text), row->to, &none);
	else
		*(const char **)row->to = NULL;
}

/* The number of errors. */
static int row_read(const struct row *row, char **environment) {
	struct problem p = {.what = "empty"};
	const char *value = value_in(environment, row->name);
	if (!value || (*value && row->kind->parse(row->kind, word_of(value), row->to, &p)))
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

static bool is_ours(const char *entry) { return entry[0] == PREFIX[0] && strncmp(entry, PREFIX, strlen(PREFIX)) == 0; }

int options_read(char **environment) {
	int errors = 0;
	while (environment && *environment && !is_ours(*environment)) /* most programs are given none */
		environment++;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		set_default(&rows[i], options.profile);
		errors += row_read(&rows[i], environment);
	}
	for (char **e = environment; e && *e; e++)
		if (is_ours(*e) && name_of(*e).length < strlen(*e) && !is_known(*e)) {
			report_unknown(*e);
			errors++;
		}
	return errors;
}
