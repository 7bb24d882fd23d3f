/* behind.c: another object that is preloaded, and has plain functions of its own: each says its name and goes on. */
#include "host.h"
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/select.h>

/* FIRST=quiet: it says nothing. */
#define SAY(name) (is(getenv("FIRST"), "quiet") ? (void)0 : say("behind: %s", name))
#define BEHIND(ret, name, params, args)                          \
	extern ret name params;                                  \
	ret name params {                                        \
		ret(*next) params = dlsym(RTLD_NEXT, #name);     \
		SAY(#name);                                      \
		return next args;                                \
	}

BEHIND(int, close, (int fd), (fd))
BEHIND(int, dup2, (int from, int to), (from, to))
BEHIND(int, dup3, (int from, int to, int flags), (from, to, flags))
BEHIND(int, close_range, (unsigned first, unsigned last, int flags), (first, last, flags))
BEHIND(void, closefrom, (int first), (first))
BEHIND(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
BEHIND(int, clock_nanosleep, (clockid_t clock, int flags, const struct timespec *time, struct timespec *left), (clock, flags, time, left))
BEHIND(unsigned, sleep, (unsigned seconds), (seconds))
BEHIND(int, usleep, (useconds_t us), (us))
BEHIND(int, ppoll, (struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask), (fds, n, timeout, mask))
BEHIND(int, pselect, (int n, fd_set *r, fd_set *w, fd_set *x, const struct timespec *timeout, const sigset_t *mask), (n, r, w, x, timeout, mask))
BEHIND(int, epoll_pwait, (int fd, struct epoll_event *events, int n, int ms, const sigset_t *mask), (fd, events, n, ms, mask))
BEHIND(int, execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp))
BEHIND(int, execv, (const char *path, char *const argv[]), (path, argv))
BEHIND(int, execvp, (const char *file, char *const argv[]), (file, argv))
BEHIND(int, execvpe, (const char *file, char *const argv[], char *const envp[]), (file, argv, envp))
BEHIND(int, fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp))

int fcntl(int fd, int command, ...) {
	va_list ap;
	va_start(ap, command);
	long arg = va_arg(ap, long);
	va_end(ap);
	int (*next)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl");
	SAY("fcntl");
	return next(fd, command, arg);
}
