/* cli/safe.c: the list of signal-safety(7), and the rules by which the C library names one function several times. */
#include "safe.h"

#include "base.h"
#include <stdio.h>
#include <string.h>

static const char *const listed[] = {
#define SAFE(name) #name,
#include "safe.def"
};

static const char *const glue[] = {
#define GLUE(name) #name,
#include "safe.def"
};

static const struct alias {
	const char *name, *plain;
} aliases[] = {
#define ALIAS(name, plain) {#name, #plain},
#include "safe.def"
};

static bool in_list(const char *name, const char *const list[], size_t n) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

static bool is_listed(const char *name) { return in_list(name, listed, ARRAY_LENGTH(listed)); }

static bool cut_prefix(char *name, const char *prefix) {
	size_t length = strlen(prefix);
	if (strncmp(name, prefix, length) != 0 || name[length] == 0)
		return false;
	memmove(name, name + length, strlen(name + length) + 1);
	return true;
}

static bool cut_suffix(char *name, const char *suffix) {
	size_t length = strlen(name), cut = strlen(suffix);
	if (length <= cut || strcmp(name + length - cut, suffix) != 0)
		return false;
	name[length - cut] = 0;
	return true;
}

static struct plain_name name_of(const char *text) {
	struct plain_name name;
	snprintf(name.text, sizeof name.text, "%s", text);
	return name;
}

/* A prefix or suffix goes only where a listed name is left: __cxa_throw and strtold64 stay what they are. */
static struct plain_name listed_form(struct plain_name name) {
	struct plain_name shorter = name;
	cut_suffix(shorter.text, "_time64");
	cut_suffix(shorter.text, "64");
	if (is_listed(shorter.text))
		return shorter;
	if (cut_prefix(shorter.text, "__") && is_listed(shorter.text))
		return shorter;
	return name;
}

struct plain_name safe_plain(const char *symbol) {
	for (size_t i = 0; i < ARRAY_LENGTH(aliases); i++)
		if (strcmp(symbol, aliases[i].name) == 0)
			return name_of(aliases[i].plain);
	struct plain_name name = name_of(symbol);
	if (is_listed(symbol))
		return name;
	if (cut_suffix(name.text, "_chk"))
		cut_prefix(name.text, "__");
	else if (!cut_prefix(name.text, "__isoc99_"))
		cut_prefix(name.text, "__isoc23_");
	return listed_form(name);
}

bool safe_allows(const char *symbol) { return in_list(symbol, glue, ARRAY_LENGTH(glue)) || is_listed(safe_plain(symbol).text); }
