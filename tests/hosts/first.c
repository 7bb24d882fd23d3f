/* first.c: an object whose constructor comes before others'. FIRST says what it does there: calls, unset, set. */
#include "host.h"

static volatile sig_atomic_t runs;
static void handler(int sig) {
	(void)sig, runs++;
}

static void call(void) {
	char c;
	int r = (int)read(-1, &c, 1);
	signal(SIGUSR2, handler);
	kill(getpid(), SIGUSR2);
	pid_t child = fork();
	if (child == 0)
		_exit(raise(SIGUSR2) == 0 && runs == 2 ? 0 : 1);
	int status = 1;
	waitpid(child, &status, 0);
	say("read %d, runs %d, child %s", r, (int)runs, status_text(status));
}

__attribute__((constructor)) static void first(void) {
	const char *what = getenv("FIRST");
	if (is(what, "calls"))
		call();
	if (is(what, "unset"))
		unsetenv("FIRST");
	if (is(what, "set"))
		setenv("SIGTAME_DEFER", "none", 1);
}
