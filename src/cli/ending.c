/* cli/ending.c: ends this process as another one has ended. */
#include "ending.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The core, if any, is the other's. */
int end_by(int sig) {
	sigset_t one;
	sigemptyset(&one);
	sigaddset(&one, sig);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	signal(sig, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(sig);
	return 128 + sig;
}

int end_as(int status) { return WIFSIGNALED(status) ? end_by(WTERMSIG(status)) : WEXITSTATUS(status); }
