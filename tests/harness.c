/* harness.c: see harness.h. Ends only what it started: its own child and the session of it, by number. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { HANG_S = 60, MOST_WORDS = 300 };

static const char *library(void) {
	const char *path = getenv("LIBSIGTAME");
	return path ? path : getenv("SIGTAME_LIB");
}

bool harness_ready(void) {
	if (!getenv("HOSTS"))
		fprintf(stderr, "HOSTS: the directory of the hosts is wanted\n");
	else if (!library() || access(library(), R_OK))
		fprintf(stderr, "LIBSIGTAME: the path of libsigtame.so is wanted\n");
	else
		return true;
	return false;
}

/* Cuts a text at its blanks. */
static int words_of(char *text, char **words) {
	int n = 0;
	for (char *word = strtok(text, " "); word && n < MOST_WORDS - 1; word = strtok(NULL, " "))
		words[n++] = word;
	words[n] = NULL;
	return n;
}

/* This one's environment without what would reach the host by accident, and the additions. */
static void set_environment(const char *additions, bool preloaded) {
	static char text[4096], *words[MOST_WORDS];
	for (char **e = environ; *e;)
		if (strncmp(*e, "SIGTAME_", 8) == 0 || strncmp(*e, "LD_PRELOAD=", 11) == 0) {
			char name[256];
			snprintf(name, sizeof name, "%.*s", (int)strcspn(*e, "="), *e);
			unsetenv(name);
			e = environ;
		} else
			e++;
	if (preloaded) {
		snprintf(text, sizeof text, "%s", additions ? additions : "");
		int n = words_of(text, words);
		for (int i = 0; i < n; i++)
			putenv(words[i]);
	}
}

static void put_fd(int fd, int number, bool blocks) {
	dup2(fd, number);
	fcntl(number, F_SETFL, blocks ? 0 : O_NONBLOCK);
}

static void set_fds(int state) {
	int ends[2];
	if (state & EVENTFD_7) {
		int fd = eventfd(0, EFD_NONBLOCK);
		dup2(fd, 7);
		if (fd != 7)
			close(fd);
	} else if (state & SOCKET_7 ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0
			   : state & (PIPE_7 | BLOCKING_7 | READ_END_7) && pipe2(ends, O_CLOEXEC) == 0) {
		/* from above, as the driver may have come with any fds open, and either end may be 7 or 8 itself */
		int from = fcntl(ends[0], F_DUPFD_CLOEXEC, 60), to = fcntl(ends[1], F_DUPFD_CLOEXEC, 60);
		close(ends[0]), close(ends[1]);
		put_fd(state & READ_END_7 ? from : to, 7, state & BLOCKING_7);
		put_fd(state & READ_END_7 ? to : from, 8, false);
		close(from), close(to);
	}
}

static void set_signals(int state) {
	sigset_t mask;
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (state & IGNORE_PIPE)
		signal(SIGPIPE, SIG_IGN);
	if (state & IGNORE_TERM)
		signal(SIGTERM, SIG_IGN);
	sigemptyset(&mask);
	if (state & BLOCK_USR1)
		sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void become(const char *command, const char *environment, bool preloaded, int state, int out, int err) {
	static char text[1024], path[1536], preload[1536], *words[MOST_WORDS];
	struct rlimit none = {0, 0};
	setsid();
	setrlimit(RLIMIT_CORE, &none);
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0), dup2(out, 1), dup2(err, 2);
	if (null > 2)
		close(null);
	snprintf(text, sizeof text, "%s", command);
	words_of(text, words);
	snprintf(path, sizeof path, "%s/%s", getenv("HOSTS"), words[0]);
	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library());
	words[0] = path;
	set_environment(environment, preloaded);
	if (preloaded)
		putenv(preload);
	set_fds(state);
	set_signals(state);
	execv(path, words);
	dprintf(2, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Waits for its end, and ends its session. */
static void await(pid_t pid, struct result *result) {
	int status = 0;
	siginfo_t info;
	const struct timespec moment = {0, 2000000};
	for (int i = 0; i < HANG_S * 500; i++) {
		info.si_pid = 0;
		if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == pid)
			break;
		nanosleep(&moment, NULL);
	}
	result->hung = info.si_pid != pid;
	kill(pid, SIGKILL);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	result->status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void fetch(int fd, char *text, size_t size) {
	ssize_t n = pread(fd, text, size - 1, 0);
	text[n < 0 ? 0 : n] = 0;
	close(fd);
}

void harness_run(const char *command, const char *environment, bool preloaded, int state, struct result *result) {
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		become(command, environment, preloaded, state, out, err);
	await(pid, result);
	fetch(out, result->out, sizeof result->out);
	fetch(err, result->err, sizeof result->err);
}
