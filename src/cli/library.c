/* cli/library.c: see library.h. */
#include "library.h"

#include "command.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "libsigtame.so"

/* LIBDIR as seen from BINDIR: "../lib/x86_64-linux-gnu". */
static void relative(char out[PATH_MAX]) {
	size_t common = 0;
	for (size_t i = 0; BINDIR[i] && BINDIR[i] == LIBDIR[i]; i++)
		if (BINDIR[i] == '/')
			common = i + 1;
	out[0] = '\0';
	for (const char *p = &BINDIR[common - 1]; p; p = strchr(p + 1, '/'))
		strncat(out, "../", PATH_MAX - strlen(out) - 1);
	strncat(out, &LIBDIR[common], PATH_MAX - strlen(out) - 1);
}

static const char *try(const char *directory, const char *below) {
	static char found[PATH_MAX];
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/%s/" NAME, directory, below);
	if (n < 0 || n >= (int)sizeof path || realpath(path, found) == NULL)
		return NULL;
	return access(found, R_OK) == 0 ? found : NULL;
}

const char *library_find(void) {
	char own[PATH_MAX], installed[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	const char *path = NULL;
	relative(installed);
	if (n > 0) {
		own[n] = '\0';
		*strrchr(own, '/') = '\0';
		path = try(own, ".libs");
		path = path ? path : try(own, installed);
		path = path ? path : try(own, "../lib");
	}
	path = path ? path : try(LIBDIR, "");
	if (path == NULL)
		complain(NAME " is neither beside this command (%s) nor in " LIBDIR "; install it there", n > 0 ? own : "?");
	return path;
}
