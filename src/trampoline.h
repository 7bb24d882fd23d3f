/* trampoline.h: the handlers that the kernel calls. Nobody else calls them. Async-signal-safe. */
#ifndef SIGTAME_TRAMPOLINE_H
#define SIGTAME_TRAMPOLINE_H

#include "base.h"

void trampoline_deferred(int sig, siginfo_t *, void *ucontext); /* full sa_mask */
void trampoline_direct(int sig, siginfo_t *, void *ucontext);   /* the host's own sa_mask and flags */
void trampoline_empty(int sig, siginfo_t *, void *ucontext);    /* stands for SIG_IGN */

#endif
