/* Single calls answer as natively where something about them is out of the common. */
#include "host.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>

static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; }

/* A process group owns it: a negative number that is no error. */
static void owner(void) {
	int fds[2];
	pid_t group = getpgrp();
	check(pipe(fds) == 0);
	check(fcntl(fds[0], F_GETOWN) == 0);
	check(fcntl(fds[0], F_SETOWN, -group) == 0);
	errno = 0;
	check(fcntl(fds[0], F_GETOWN) == -group && errno == 0);
	long r = syscall(SYS_fcntl, fds[0], F_GETOWN);
	check(r == -group || (r == -1 && errno == group));
	check(fcntl(fds[0], F_SETOWN, getpid()) == 0 && fcntl(fds[0], F_GETOWN) == getpid());
	check(syscall(SYS_fcntl, fds[0], F_GETOWN) == getpid());
	check(fcntl(-1, F_GETOWN) == -1 && errno == EBADF);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"owner", owner},
};

int main(int argc, char **argv) {
	on(SIGUSR1, count, 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (argc > 1 && is(argv[1], cases[i].name))
			cases[i].run();
	return verdict();
}
