/* harness.h: starts one host, as it is or with the library preloaded, and brings back what came of it.
 * Used by the drivers, which are never preloaded themselves. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>

/* The state in which a host is started. */
enum {
	IGNORE_PIPE = 1 << 0,
	IGNORE_TERM = 1 << 1,
	BLOCK_USR1 = 1 << 2,
	PIPE_7 = 1 << 3,       /* a pipe from 7 to 8, neither blocks */
	EVENTFD_7 = 1 << 4,    /* an eventfd, does not block */
	SOCKET_7 = 1 << 5,     /* a socket pair 7 and 8, neither blocks */
	BLOCKING_7 = 1 << 6,   /* as PIPE_7, but 7 blocks */
	READ_END_7 = 1 << 7,   /* 7 is the end to read from */
};

struct result {
	char out[1 << 16], err[1 << 14];
	int status; /* the exit status, or minus the signal that ended it */
	bool hung;
};

/* command: "host argument ...", a name in $HOSTS; environment: "NAME=value ..." or NULL, added to one without any SIGTAME_ name.
 * The host has its own session; what it leaves running is ended with it. */
void harness_run(const char *command, const char *environment, bool preloaded, int state, struct result *result);

/* Whether $HOSTS and the library are there; says what is missing. */
bool harness_ready(void);

#endif
