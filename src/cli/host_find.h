/* cli/host_find.h: where a program is, and why one cannot be started. For host.c. */
#ifndef SIGTAME_HOST_FIND_H
#define SIGTAME_HOST_FIND_H

#include "host.h"

/* Find a word as execvp(3) does: 0 and its path, or an errno. */
int host_locate(const char *word, char path[PATH_MAX]);

/* Why this path cannot be started, an errno; 0: it can, as far as its mode says. */
int host_obstacle(const char *path);

/* That a script's interpreter cannot be started, said in a line; the status. */
int host_interpreter_unstarted(const struct host *, int error);

#endif
