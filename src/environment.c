/* environment.c: see environment.h. */
#include "environment.h"

#include "arch/arch.h"
#include "next.h"
#include "options.h"
#include "symbol.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool separates(char c) { return c == ' ' || c == ':'; }

static size_t entry_length(const char *entry) {
	size_t n = 0;
	while (entry[n] && !separates(entry[n]))
		n++;
	return n;
}

static const char *value_of(const char *entry, const char *name) {
	while (*name && *entry == *name)
		entry++, name++;
	return *name == '\0' && *entry == '=' ? entry + 1 : NULL;
}

static void drop(char **environment, const char *name) {
	char **to = environment;
	for (char **from = environment; *from; from++)
		if (value_of(*from, name) == NULL)
			*to++ = *from;
	*to = NULL;
}

/* By its last part: the loader may have found us by another path than it was given. */
static bool is_ours(const char *entry, size_t n) {
	const char *own = symbol_base_name(symbol_own_path()), *end = entry + n;
	for (const char *p = entry; p < end; p++)
		if (*p == '/')
			entry = p + 1;
	while (entry < end && *entry == *own)
		entry++, own++;
	return entry == end && *own == '\0';
}

static void leave_preload(char **environment, char *value) {
	char *to = value;
	for (const char *p = value; *p;) {
		size_t n = entry_length(p), step = n + (p[n] != '\0');
		if (n > 0 && !is_ours(p, n)) {
			if (to != value)
				*to++ = ':';
			memmove(to, p, n);
			to += n;
		}
		p += step;
	}
	*to = '\0';
	if (to == value)
		drop(environment, "LD_PRELOAD");
}

static char *preload_in(char **environment) {
	const char *value = NULL;
	for (char **e = environment; *e && value == NULL; e++)
		value = value_of(*e, "LD_PRELOAD");
	return (char *)value;
}

bool environment_preloads_others(char **environment) {
	const char *value = environment ? preload_in(environment) : NULL;
	for (const char *p = value; p && *p;) {
		size_t n = entry_length(p);
		if (n > 0 && !is_ours(p, n))
			return true;
		p += n + (p[n] != '\0');
	}
	return raw4(SYS_faccessat, AT_FDCWD, (long)"/etc/ld.so.preload", F_OK, 0) == 0;
}

struct environment environment_look(char **environment) {
	struct environment seen = {environment, false};
	for (; seen.end && *seen.end; seen.end++)
		if (**seen.end == 'S' && options_are_in(*seen.end))
			seen.options = true;
	return seen;
}

void environment_clean(char **environment) {
	drop(environment, "SIGTAME_WAKEUP_FD");
	drop(environment, "SIGTAME_INJECT");
	if (options.trace && !NEXT(strstr)(options.trace, "%p"))
		drop(environment, "SIGTAME_TRACE");
	char *preload = options.children == CHILDREN_LEAVE ? preload_in(environment) : NULL;
	if (preload)
		leave_preload(environment, preload);
}
