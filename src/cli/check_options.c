/* cli/check_options.c: `sigtame check PID`: the options of the library there, as SIGTAME_ has them. */
#include "examine.h"

#include "options.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* As SIGTAME_ has it: in the largest unit of which it is a whole number. */
static void print_duration(const char *name, int64_t ns) {
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
	size_t i = 0;
	while (ns % units[i].ns != 0)
		i++;
	if (ns == DURATION_NEVER)
		printf("  %-11s never\n", name);
	else
		printf("  %-11s %lld%s\n", name, (long long)(ns / units[i].ns), ns ? units[i].name : "");
}

/* The word of a choice that stands at this place of its list. */
static void print_choice(const char *name, const char *words, int value) {
	for (; value > 0 && strchr(words, ','); value--)
		words = strchr(words, ',') + 2;
	printf("  %-11s %.*s\n", name, (int)strcspn(words, ","), words);
}

enum {
#define CHOICES(kind, words) KIND_##kind,
#include "options.def"
	KIND_signals, KIND_duration, KIND_fd, KIND_text, KIND_injection,
};
static const char *const words_of[] = {
#define CHOICES(kind, words) [KIND_##kind] = words,
#include "options.def"
	[KIND_injection] = NULL,
};

static void print_option(int kind, const char *name, const void *value) {
	if (words_of[kind])
		print_choice(name, words_of[kind], *(const int *)value);
	else if (kind == KIND_signals)
		examine_set(name, *(const sigbits *)value);
	else if (kind == KIND_duration)
		print_duration(name, *(const int64_t *)value);
	else if (kind == KIND_fd)
		printf("  %-11s %d\n", name, *(const int *)value);
	else
		printf("  %-11s %s\n", name, *(const char *const *)value ? "set" : "unset");
}

void examine_options(pid_t pid, const struct state *s) {
	struct options o;
	if (!examine_memory(pid, (uintptr_t)s->options, &o, sizeof o))
		return;
	puts("\nOptions");
#define OPTION(kind, field, NAME, bsd, python, posix, help) print_option(KIND_##kind, #NAME, &o.field);
#include "options.def"
}
