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

/* The fortified names take no flags that want a mode: libc ends the program. Others are opened. */
extern int __open_2(const char *path, int flags), __open64_2(const char *path, int flags);
extern int __openat_2(int dir, const char *path, int flags), __openat64_2(int dir, const char *path, int flags);

static int open_by(int name, int flags) {
	switch (name) {
	case 0: return __open_2("/dev/null", flags);
	case 1: return __open64_2("/dev/null", flags);
	case 2: return __openat_2(AT_FDCWD, "/dev/null", flags);
	}
	return __openat64_2(AT_FDCWD, "/dev/null", flags);
}

static void opened(void) {
	static const int flags[] = {O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_TMPFILE, O_RDONLY | O_DIRECTORY};
	for (int name = 0; name < 4; name++)
		for (size_t i = 0; i < COUNT(flags); i++) {
			int status = 0;
			pid_t child = fork();
			if (child == 0) {
				raw_raise(SIGUSR1);
				int fd = open_by(name, flags[i]);
				_exit(fd < 0 ? errno : runs == 1 ? 0 : 99);
			}
			waitpid(child, &status, 0);
			say("%d flags %zu: %s", name, i, status_text(status));
		}
}

/* A cancellation that is pending ends the thread before the number is closed. */
static int open_fd;
static void *closes(void *how) {
	int state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_cancel(pthread_self());
	if (how) /* is none then */
		close(-1);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	close(open_fd);
	return NULL;
}

static void cancelled(void) {
	for (int i = 0; i < 2; i++) {
		void *result = NULL;
		open_fd = dup(1);
		pthread_join(thread(closes, i ? &open_fd : NULL), &result);
		check(result == PTHREAD_CANCELED && fcntl(open_fd, F_GETFD) >= 0);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"owner", owner},
	{"open", opened},
	{"close-cancelled", cancelled},
};

int main(int argc, char **argv) {
	on(SIGUSR1, count, 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (argc > 1 && is(argv[1], cases[i].name))
			cases[i].run();
	return verdict();
}
