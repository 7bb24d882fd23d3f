/* forwarder.c: a preload in C that does nothing but call the next function and look afterwards: what a second frame costs. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

static volatile int due;
static void look(void) {}

#define FORWARD(ret, name, params, args)                                     \
	ret name params {                                                    \
		static ret(*next) params;                                    \
		if (next == NULL)                                            \
			next = (ret(*) params)dlsym(RTLD_NEXT, #name);       \
		if (due)                                                     \
			look();                                              \
		ret result = next args;                                      \
		if (due)                                                     \
			look();                                              \
		return result;                                               \
	}

FORWARD(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))
FORWARD(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))
FORWARD(int, poll, (struct pollfd *fds, nfds_t n, int timeout), (fds, n, timeout))
