/* environment.h: what startup takes out of the environment, for the programs that the host starts.
 * Before main. No allocation: the array is shortened in place. */
#ifndef SIGTAME_ENVIRONMENT_H
#define SIGTAME_ENVIRONMENT_H

#include "base.h"

/* What one look at it shows. */
struct environment {
	bool options;  /* there are names of ours */
	bool others;   /* libraries other than this one are loaded ahead of the program's */
	char *preload; /* LD_PRELOAD */
};
struct environment environment_look(char **environment);

/* Takes out what is for this process alone; with CHILDREN=leave our own part of LD_PRELOAD too. */
void environment_clean(char **environment, const struct environment *);

#endif
