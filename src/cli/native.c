/* cli/native.c: takes sigtame out of the environment. */
#include "native.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool remove_first_option(void) {
	char name[64];
	for (char **at = environ; at && *at; at++) {
		size_t length = strcspn(*at, "=");
		if (strncmp(*at, "SIGTAME_", 8) != 0 || length >= sizeof name)
			continue;
		memcpy(name, *at, length);
		name[length] = 0;
		return unsetenv(name) == 0;
	}
	return false;
}

void native_options(void) {
	while (remove_first_option())
		;
}

static bool is_library(const char *path) {
	const char *slash = strrchr(path, '/');
	return strcmp(slash ? slash + 1 : path, "libsigtame.so") == 0;
}

/* The loader takes blanks and colons as separators alike. */
void native_preload(void) {
	const char *old = getenv("LD_PRELOAD");
	char *list = old ? strdup(old) : NULL, *left = old ? calloc(1, strlen(old) + 2) : NULL, *rest = list;
	for (char *path; list && left && (path = strtok_r(rest, " :", &rest)) != NULL;)
		if (!is_library(path))
			strcat(strcat(left, left[0] ? ":" : ""), path);
	if (left && left[0])
		setenv("LD_PRELOAD", left, 1);
	else if (old)
		unsetenv("LD_PRELOAD");
	free(list);
	free(left);
}
