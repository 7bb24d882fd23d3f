/* doorbell.h: the handler of the reserved signal, by which timers and other threads wake this one: it looks whether what is
 * due may run here by now, and ends a wait that may not be. The kernel calls it, with a full sa_mask. Async-signal-safe. */
#ifndef SIGTAME_DOORBELL_H
#define SIGTAME_DOORBELL_H

#include "base.h"

void doorbell_answer(int sig, siginfo_t *, void *ucontext);

#endif
