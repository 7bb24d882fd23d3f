/* cli/examine.h: the halves of `sigtame check`: a program on disk and a running process. */
#ifndef SIGTAME_EXAMINE_H
#define SIGTAME_EXAMINE_H

#include <sys/types.h>

int check_file(const char *word);
int check_process(pid_t pid);

#endif
