/* signals.h: the names of signals. options, the interface and the command call it. Async-signal-safe. */
#ifndef SIGTAME_SIGNALS_H
#define SIGTAME_SIGNALS_H

#include "words.h"

#define SIGNAL_NAME_SIZE 16

/* Neither may be listed by a user: the C library's own, and what cannot be caught. */
#define SIGNALS_OF_LIBC (SIGBIT(32) | SIGBIT(33))
#define SIGNALS_UNCAUGHT (SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))
#define SIGNALS_ALL (~(SIGNALS_OF_LIBC | SIGNALS_UNCAUGHT))

/* The highest is reserved: the host sees one less. */
#define HOST_RTMAX (SIGNALS - 1)

/* INT, SIGINT, 2, RTMIN+1, RTMAX-1, CLD, in any case; -1 if there is no such signal.
 * rtmax: the number that RTMAX means, one less than the kernel's where one is reserved; RTMIN+n may not go beyond it. */
int signal_number(const char *name, size_t length, int rtmax);

/* "SIGINT", "SIGRTMIN", "SIGRTMIN+1" …, the latter written into buf; NULL for what has no name: 0, 32, 33, 65. */
const char *signal_name(int sig, char buf[static SIGNAL_NAME_SIZE]);

/* strsignal(3)'s words without its locale; NULL for real-time signals and what is none. */
const char *signal_description(int sig);

/* A name without SIG that resembles the word; empty if none does. */
struct word signal_guess(struct word);

#endif
