/* options.c: see options.h. Not async-signal-safe: it writes options.
 * It runs in the constructor of a foreign program: no allocation, no stdio, no locale. */
#include "options.h"

#include "kind.h"
#include "report.h"
#include "signals.h"
#include <stddef.h>

#define PREFIX "SIGTAME_"

struct options options;
_Static_assert(sizeof options <= UINT8_MAX, "a row says where its member is");

/* Texts and offsets in place: the loader has nothing to relocate. */
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
	report(row->name, "=", value, ": ", word_text(p->item).text, p->what, "; wanted ", kind_wanted(row->kind), kind_choices(row->kind),
		near ? "; did you mean " : "", word_text(p->guess).text, near ? "?" : "", NULL);
}

/* The number of errors. */
static int row_read(const struct row *row, char **environment) {
	struct problem p = {.what = "empty"};
	const char *value = value_in(environment, row->name);
	if (!value || (*value && kind_parse(row->kind, word_of(value), member_of(row), &p)))
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
