/* ending.h: how a host ends by a signal: at once, or in order (ORDERLY), which begins as the first listed signal arrives and ends in
 * the library's destructor. Async-signal-safe, but for ending_run, which is called at a safe place. */
#ifndef SIGTAME_ENDING_H
#define SIGTAME_ENDING_H

#include "base.h"

/* By the default action, as soon as the calling thread's mask lets it through. */
void ending_die_by(int sig);

/* A listed signal has arrived. False: it is not the first, and the host ends now, or nearly (see ending.c). */
bool ending_begins(int sig, const siginfo_t *);
/* At a safe point of main. */
void ending_run(int sig) __attribute__((noreturn));
/* By which signal the host is ending in order; 0: it is not. */
extern int ending_by;

void ending_child(void);

#endif
