/* cli/source.c: asks addr2line, once an address; who wants a place twice keeps the answer. */
#include "source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Starts it with its output in the pipe; what it has to complain about is nobody's business. */
static pid_t start(const char *path, const char *address, int output) {
	char *const argv[] = {"addr2line", "-s", "-e", (char *)path, (char *)address, NULL};
	posix_spawn_file_actions_t files;
	pid_t pid = -1;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", 1, 0);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

static bool read_answer(int fd, char *answer, size_t size) {
	size_t length = 0;
	for (ssize_t n; length < size - 1 && (n = read(fd, answer + length, size - 1 - length)) > 0;)
		length += (size_t)n;
	answer[length] = 0;
	answer[strcspn(answer, "\n ")] = 0;
	const char *colon = strrchr(answer, ':');
	return colon != NULL && colon[1] >= '1' && colon[1] <= '9';
}

static bool ask(const char *path, const char *address, char *answer, size_t size) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	pid_t pid = start(path, address, ends[1]);
	close(ends[1]);
	bool known = pid > 0 && read_answer(ends[0], answer, size);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return known;
}

struct source_line source_line(const struct object *object, uint64_t address) {
	struct source_line line;
	char text[24];
	snprintf(text, sizeof text, "%#" PRIx64, address);
	if (!ask(object_path(object), text, line.text, sizeof line.text))
		snprintf(line.text, sizeof line.text, "%s+%s", object_name(object), text);
	return line;
}
