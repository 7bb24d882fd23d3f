/* arch/generic/stub.h: the stub in C, for a CPU without one of its own, over libc's syscall().
 * The window between the look and the system call is narrow, not closed: nothing can be moved by label here.
 * The thread says instead where in this library it is in the call (stub_inside), and a handler runs in that frame. Async-signal-safe. */
#ifndef SIGTAME_STUB_H
#define SIGTAME_STUB_H

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#define STUB_LABELS 0
#define STUB_NOT_MADE (-512L)

struct stub {
	int32_t start, insn;
};

extern __thread volatile uintptr_t stub_inside __attribute__((tls_model("initial-exec"), visibility("hidden")));

long stub_syscall(long nr, long a, long b, long c, long d, long e, long f);

static inline long raw6(long nr, long a, long b, long c, long d, long e, long f) { return stub_syscall(nr, a, b, c, d, e, f); }
static inline long raw4(long nr, long a, long b, long c, long d) { return stub_syscall(nr, a, b, c, d, 0, 0); }

long stub6(const unsigned *due, long nr, long a, long b, long c, long d, long e, long f);
#define stub5(due, nr, a, b, c, d, e) stub6(due, nr, a, b, c, d, e, 0)
#define stub4(due, nr, a, b, c, d) stub6(due, nr, a, b, c, d, 0, 0)
#define stub3(due, nr, a, b, c) stub6(due, nr, a, b, c, 0, 0, 0)
#define stub2(due, nr, a, b) stub6(due, nr, a, b, 0, 0, 0, 0)
#define stub1(due, nr, a) stub6(due, nr, a, 0, 0, 0, 0, 0)
#define stub0(due, nr) stub6(due, nr, 0, 0, 0, 0, 0, 0)

/* A place in this library, for one in libc's syscall(). */
static inline uintptr_t stub_place(uintptr_t pc) { return stub_inside ? stub_inside : pc; }

#endif
