/* environment.h: what startup takes out of the environment, for the programs that the host starts.
 * Before main. No allocation: the array is shortened in place. */
#ifndef SIGTAME_ENVIRONMENT_H
#define SIGTAME_ENVIRONMENT_H

#include "base.h"

struct environment {
	char **end;   /* where its last NULL stands */
	bool options; /* there are names of ours, known or not */
};
struct environment environment_look(char **environment);

/* Whether the loader is told of libraries other than this one, to be loaded ahead of the program's. */
bool environment_preloads_others(char **environment);

/* Takes out what is for this process alone; with CHILDREN=leave our own part of LD_PRELOAD too. */
void environment_clean(char **environment);

#endif
