/* arch/generic/stub.c: the system call of the stub in C. Async-signal-safe. */
#include "arch/arch.h"
#include "base.h"
#include "next.h"
#include <errno.h>

__thread volatile uintptr_t stub_inside;

long stub_syscall(long nr, long a, long b, long c, long d, long e, long f) {
	int saved_errno = errno;
	long (*system_call)(long, ...) = (long (*)(long, ...))next_get(NEXT_syscall);
	long r = system_call(nr, a, b, c, d, e, f);
	if (r == -1) {
		r = -errno;
		errno = saved_errno;
	}
	return r;
}

long stub6(const unsigned *due, long nr, long a, long b, long c, long d, long e, long f) {
	if (*(const volatile unsigned *)due) /* not in the call for a moment either: who makes it may be a malloc, where no handler may run */
		return STUB_NOT_MADE;
	uintptr_t outer = stub_inside;
	stub_inside = (uintptr_t)__builtin_return_address(0);
	long r = *(const volatile unsigned *)due ? STUB_NOT_MADE : stub_syscall(nr, a, b, c, d, e, f);
	stub_inside = outer;
	return r;
}
