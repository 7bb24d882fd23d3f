/* on_fd.c: what takes a number away from the wakeup fd. Called by interpose. Async-signal-safe. */
#include "on.h"

#include "arch/arch.h"
#include "next.h"
#include "safepoint.h"
#include "wakeup.h"
#include <errno.h>
#include <fcntl.h>

static const struct call close_call = {SYS_close, CALL_ONCE | CALL_CANCEL, NEXT_close, false, false};
static const struct call dup2_call = {SYS_dup2, CALL_ONCE, NEXT_dup2, false, false};
static const struct call dup3_call = {SYS_dup3, CALL_ONCE, NEXT_dup3, false, false};
static const struct call close_range_call = {SYS_close_range, CALL_ONCE, NEXT_close_range, false, false};

/* In a vfork child the numbers are the child's own. */
void on_closing(unsigned first, unsigned last) {
	if (!self.vforked)
		wakeup_closing(first, last);
}

void on_closing_range(unsigned first, unsigned last, int flags) {
	if ((flags & ~(int)CLOSE_RANGE_UNSHARE) == 0)
		on_closing(first, last);
}

/* What fails closes nothing. */
static bool takes_number(int from, int to) {
	return from != to && (wakeup_get() != to || raw4(SYS_fcntl, from, F_GETFD, 0, 0) >= 0);
}

void on_taking(int from, int to, int flags) {
	if (takes_number(from, to) && !(flags & ~O_CLOEXEC))
		on_closing((unsigned)to, (unsigned)to);
}

int on_close(int fd) {
	on_closing((unsigned)fd, (unsigned)fd);
	long r = stub1(&self.due, SYS_close, fd);
	if (likely(r == 0) && likely(self.due == 0))
		return 0;
	return (int)safepoint_call(&close_call, CALLER, r, fd, 0, 0, 0, 0, 0);
}
int on___close(int fd) { return on_close(fd); }

int on_dup2(int from, int to) {
	on_taking(from, to, 0);
	return (int)safepoint_call(&dup2_call, CALLER, stub2(&self.due, SYS_dup2, from, to), from, to, 0, 0, 0, 0);
}

int on___dup2(int from, int to) { return on_dup2(from, to); }

int on_dup3(int from, int to, int flags) {
	on_taking(from, to, flags);
	return (int)safepoint_call(&dup3_call, CALLER, stub3(&self.due, SYS_dup3, from, to, flags), from, to, flags, 0, 0, 0);
}

int on_close_range(unsigned first, unsigned last, int flags) {
	on_closing_range(first, last, flags);
	return (int)safepoint_call(&close_range_call, CALLER, stub3(&self.due, SYS_close_range, first, last, flags), first, last, flags, 0, 0, 0);
}

/* An older kernel has no such call: libc's own reads /proc then. */
void on_closefrom(int first) {
	unsigned from = first < 0 ? 0 : (unsigned)first;
	int saved_errno = errno;
	if (on_close_range(from, ~0u, 0) != 0 && next_get(NEXT_closefrom))
		NEXT(closefrom)(first);
	errno = saved_errno;
}
