/* environment.h: what startup takes out of the environment, for the programs that the host starts.
 * Before main. No allocation: the array is shortened in place. */
#ifndef SIGTAME_ENVIRONMENT_H
#define SIGTAME_ENVIRONMENT_H

#include "base.h"

/* What is for this process alone; with CHILDREN=leave our own part of LD_PRELOAD too. */
void environment_clean(void);
bool environment_has_other_preloads(void);

#endif
