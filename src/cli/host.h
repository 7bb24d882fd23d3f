/* cli/host.h: a program on disk: where it is, and whether LD_PRELOAD reaches it. Nothing of it is executed. */
#ifndef SIGTAME_HOST_H
#define SIGTAME_HOST_H

#include <limits.h>
#include <stdbool.h>

enum host_reach {
	HOST_REACHED,
	HOST_STATIC,      /* no loader takes part */
	HOST_STATIC_PIE,
	HOST_LIBRARY,     /* no program at all */
	HOST_OTHER_CLASS, /* 32-bit on 64-bit, or the other way round; detail: which */
	HOST_OTHER_CPU,
	HOST_OTHER_LIBC,  /* detail: its loader */
	HOST_SETUID,      /* the loader ignores LD_PRELOAD */
	HOST_CAPABILITIES,
	HOST_DAMAGED,
	HOST_UNKNOWN,     /* neither ELF nor text, or not readable: the kernel, or the shell, decides */
};

struct host {
	char path[PATH_MAX];
	char loader[PATH_MAX];      /* PT_INTERP, or empty */
	char interpreter[PATH_MAX]; /* of a script, /bin/sh if it names none: what is really started, examined in its stead; else empty */
	enum host_reach reach;
	char detail[PATH_MAX];      /* what the reason is about */
};

/* Find a word as execvp(3) does and look at it. 0, or STATUS_NOT_FOUND or STATUS_UNSTARTED after a line that says why. */
int host_open(const char *word, struct host *);

/* What became of an exec, errno, said in a line; the status. */
int host_unstarted(const char *word, int error);

/* Why LD_PRELOAD does not reach it, as the rest of a sentence that begins with its name. */
const char *host_reason(const struct host *);

#endif
