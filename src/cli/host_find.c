/* cli/host_find.c: see host_find.h. */
#include "host_find.h"

#include "command.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path) {
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_program(const char *path) {
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* As execvp: a file that may not be started is remembered, and the search goes on. */
static int search(const char *word, char path[PATH_MAX]) {
	const char *directories = getenv("PATH");
	int error = ENOENT;
	for (const char *p = directories ? directories : "/bin:/usr/bin", *end;; p = end + 1) {
		end = strchrnul(p, ':');
		int n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - p), p, end > p ? "/" : "./", word);
		if (n < PATH_MAX && is_program(path))
			return 0;
		if (n < PATH_MAX && access(path, F_OK) == 0)
			error = is_directory(path) ? EISDIR : EACCES;
		if (*end == '\0')
			return error;
	}
}

int host_obstacle(const char *path) {
	if (access(path, F_OK) != 0)
		return errno;
	if (is_directory(path))
		return EISDIR;
	return is_program(path) ? 0 : EACCES;
}

int host_locate(const char *word, char path[PATH_MAX]) {
	if (!strchr(word, '/'))
		return *word ? search(word, path) : ENOENT;
	if (snprintf(path, PATH_MAX, "%s", word) >= PATH_MAX)
		return ENAMETOOLONG;
	return host_obstacle(word);
}

static const char *remedy(int error) {
	switch (error) {
	case EACCES: return "; chmod +x makes a file a program";
	case EISDIR: return "; name a program in it";
	case ETXTBSY: return "; something has it open for writing";
	default: return "";
	}
}

int host_unstarted(const char *word, int error) {
	bool gone = error == ENOENT || error == ENOTDIR;
	if (*word == '\0')
		return fail(STATUS_NOT_FOUND, "an empty name of a program; perhaps a variable of the shell is not set");
	if (gone && strchr(word, '/'))
		return fail(STATUS_NOT_FOUND, "%s: there is no such file", word);
	if (gone)
		return fail(STATUS_NOT_FOUND, "%s: there is no such program in PATH; one elsewhere is named with its directory, as in ./%s",
			word, word);
	return fail(STATUS_UNSTARTED, "%s: it cannot be started: %s%s", word, strerror(error), remedy(error));
}

/* A file written elsewhere ends its lines with a carriage return, which the kernel takes for a part of the name. */
int host_interpreter_unstarted(const struct host *h, int error) {
	int length = (int)strcspn(h->interpreter, "\r");
	if (h->interpreter[length])
		return fail(STATUS_NOT_FOUND,
			"%s: its interpreter %.*s is not there with the carriage return behind its name; take that out of the file",
			h->path, length, h->interpreter);
	if (error == ENOENT || error == ENOTDIR)
		return fail(STATUS_NOT_FOUND, "%s: its interpreter %s is not there; install it, or name another in the first line", h->path,
			h->interpreter);
	return fail(STATUS_UNSTARTED, "%s: its interpreter %s cannot be started: %s%s", h->path, h->interpreter, strerror(error),
		remedy(error));
}
