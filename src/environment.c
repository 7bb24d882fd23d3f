/* environment.c: see environment.h. */
#include "environment.h"

#include "arch/arch.h"
#include "next.h"
#include "options.h"
#include <fcntl.h>
#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char separators[] = " :";

static void drop(const char *name) {
	size_t n = strlen(name);
	char **to = environ;
	if (to == NULL)
		return;
	for (char **from = environ; *from; from++)
		if (strncmp(*from, name, n) != 0 || (*from)[n] != '=')
			*to++ = *from;
	*to = NULL;
}

static char *value_of(const char *name) {
	size_t n = strlen(name);
	for (char **e = environ; e && *e; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

static const char *base_name(const char *path, size_t n) {
	const char *slash = memrchr(path, '/', n);
	return slash ? slash + 1 : path;
}

/* The loader's list names us by our dynamic section; dladdr would look at every symbol. */
static const char *own_path(void) {
	const struct link_map *map = _r_debug.r_map;
	while (map && map->l_ld != _DYNAMIC)
		map = map->l_next;
	return map ? map->l_name : "";
}

/* By its last part: the loader may have found us by another path than it was given. */
static bool is_ours(const char *entry, size_t n) {
	const char *path = own_path();
	const char *own = base_name(path, strlen(path)), *other = base_name(entry, n);
	size_t length = (size_t)(entry + n - other);
	return strlen(own) == length && memcmp(own, other, length) == 0;
}

static void leave_preload(void) {
	char *value = value_of("LD_PRELOAD"), *to = value;
	if (value == NULL)
		return;
	for (const char *p = value; *p;) {
		size_t n = strcspn(p, separators), step = n + (p[n] != '\0');
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
		drop("LD_PRELOAD");
}

void environment_clean(void) {
	drop("SIGTAME_WAKEUP_FD");
	drop("SIGTAME_INJECT");
	if (options.trace && !NEXT(strstr)(options.trace, "%p"))
		drop("SIGTAME_TRACE");
	if (options.children == CHILDREN_LEAVE)
		leave_preload();
}

bool environment_has_other_preloads(void) {
	const char *value = value_of("LD_PRELOAD");
	for (const char *p = value ? value : ""; *p;) {
		size_t n = strcspn(p, separators);
		if (n > 0 && !is_ours(p, n))
			return true;
		p += n + (p[n] != '\0');
	}
	return raw4(SYS_faccessat, AT_FDCWD, (long)"/etc/ld.so.preload", F_OK, 0) == 0;
}
