/* base.h: what every file of the library uses: visibility, small helpers, the signal set as one word.
 * Nothing here has state. Async-signal-safe. */
#ifndef SIGTAME_BASE_H
#define SIGTAME_BASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))

/* A set of signals as the kernel has it: bit n-1 is signal n. */
typedef uint64_t sigbits;
#define SIGNALS 64
#define REALTIME 34 /* the first real-time signal that is not the C library's own; those below coalesce */
#define SIGBIT(sig) ((sigbits)1 << ((sig)-1))
#define SIGBITS_REALTIME (~(SIGBIT(REALTIME) - 1))

_Static_assert(_NSIG == SIGNALS + 1, "one word holds every signal");

static inline sigbits sigbits_of(const sigset_t *set) {
	sigbits bits;
	memcpy(&bits, set, sizeof bits);
	return bits;
}

/* No address of a program's, NULL among them: the kernel, given it, says EFAULT, and a look at it would be a fault. */
static inline bool is_nowhere(const void *p) {
	const uintptr_t first = 4096, end = sizeof p == 8 ? UINTPTR_MAX / 2 : UINTPTR_MAX - 4095;
	return unlikely((uintptr_t)p - first >= end - first);
}

/* The lowest signal of a set that is not empty. */
static inline int sigbits_lowest(sigbits set) { return __builtin_ctzll(set) + 1; }

#endif
