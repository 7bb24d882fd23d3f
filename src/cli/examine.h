/* cli/examine.h: the halves of `sigtame check`: a program on disk and a running process. */
#ifndef SIGTAME_EXAMINE_H
#define SIGTAME_EXAMINE_H

#include "base.h"
#include "state.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

int check_file(const char *word);
int check_process(pid_t pid);

/* ---- Of a process. ---- */

/* What stands in its memory; false: it cannot be read. */
bool examine_memory(pid_t pid, uintptr_t at, void *to, size_t size);

/* A line of signals by name. */
void examine_set(const char *title, sigbits set);

/* The options of the library that is loaded there. */
void examine_options(pid_t pid, const struct state *);

#endif
