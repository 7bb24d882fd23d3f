/* startup.h: the only place with an order. */
#ifndef SIGTAME_STARTUP_H
#define SIGTAME_STARTUP_H

#include "base.h"

extern bool startup_inert;    /* nothing is ours: every call goes to the function behind us */
extern bool startup_preloads; /* others stand behind us */

/* Idempotent. The environment is the one that our constructor is given; NULL: the constructor of another object calls us before. */
void startup(char **environment);
/* The destructor's part: lost wakeup bytes, and ORDERLY's last act. */
void startup_ends(void);

#endif
