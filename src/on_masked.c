/* on_masked.c: waits under a mask of their own, and waits for a signal itself.
 * Called by interpose, and by on_syscall for what goes by number. Async-signal-safe. */
#include "on.h"

#include "arch/arch.h"
#include "next.h"
#include "pending.h"
#include "safepoint.h"
#include <errno.h>

#define WAIT (CALL_WAITS | CALL_CANCEL)
#define CALL_ROW(name, nr, kind) static const struct call name##_call = {nr, kind, NEXT_##name, false, false}

CALL_ROW(sigsuspend, SYS_rt_sigsuspend, WAIT | CALL_HANDLER);
CALL_ROW(sigtimedwait, SYS_rt_sigtimedwait, WAIT | CALL_TS | CALL_TIMEOUT(2));
CALL_ROW(sigwait, SYS_rt_sigtimedwait, WAIT);
CALL_ROW(ppoll, SYS_ppoll, WAIT | CALL_TS | CALL_LEFT | CALL_TIMEOUT(2));
CALL_ROW(pselect, SYS_pselect6, WAIT | CALL_TS | CALL_LEFT | CALL_TIMEOUT(4));
CALL_ROW(epoll_pwait, SYS_epoll_pwait, WAIT | CALL_MS | CALL_TIMEOUT(3));
CALL_ROW(epoll_pwait2, SYS_epoll_pwait2, WAIT | CALL_TS | CALL_TIMEOUT(3));

static long to_errno(long r) {
	if (likely(r >= 0))
		return r;
	errno = (int)-r;
	return -1;
}

/* With no mask given the wait is under the host's own. */
static long wait_under(const struct call *c, const void *caller, long args[6], int mask_arg, const sigset_t *mask) {
	struct masked m;
	if (mask && is_nowhere(mask))
		return to_errno(-EFAULT);
	if (mask == NULL)
		return to_errno(safepoint_system_call(c, caller, STUB_NOT_MADE, args, NULL));
	m.mask = sigbits_of(mask) & ~on_private_signals();
	args[mask_arg] = (long)&m.kernel;
	args[mask_arg + 1] = sizeof m.kernel;
	return to_errno(safepoint_system_call(c, caller, STUB_NOT_MADE, args, &m));
}

long on_raw_masked(const struct call *c, long args[6], int mask_arg, const sigset_t *mask) { return wait_under(c, CALLER, args, mask_arg, mask); }

/* The sixth argument is the mask's place and its size. */
long on_raw_masked_pair(const struct call *c, long args[6]) {
	struct {
		const void *mask;
		size_t size;
	} pair = {NULL, 0};
	struct masked m = {0};
	if (!is_nowhere((const void *)args[5]))
		memcpy(&pair, (const void *)args[5], sizeof pair);
	if (is_nowhere(pair.mask) || pair.size != sizeof m.kernel)
		return to_errno(safepoint_system_call(c, CALLER, STUB_NOT_MADE, args, NULL));
	m.mask = sigbits_of(pair.mask) & ~on_private_signals();
	pair.mask = &m.kernel;
	args[5] = (long)&pair;
	return to_errno(safepoint_system_call(c, CALLER, STUB_NOT_MADE, args, &m));
}

int on_sigsuspend(const sigset_t *mask) {
	long args[6] = {0, sizeof(sigbits)};
	return (int)wait_under(&sigsuspend_call, CALLER, args, 0, mask);
}
int on___sigsuspend(const sigset_t *mask) { return on_sigsuspend(mask); }

int on___xpg_sigpause(int sig) {
	sigset_t mask;
	if (on_sigprocmask(SIG_BLOCK, NULL, &mask) != 0 || NEXT(sigdelset)(&mask, sig) != 0)
		return -1;
	return on_sigsuspend(&mask);
}

int on___sigpause(int sig_or_mask, int is_sig) {
	sigset_t mask;
	if (is_sig)
		return on___xpg_sigpause(sig_or_mask);
	memset(&mask, 0, sizeof mask);
	mask.__val[0] = (unsigned)sig_or_mask;
	return on_sigsuspend(&mask);
}

int on_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask) {
	struct timespec left = timeout ? *timeout : (struct timespec){0};
	long args[6] = {(long)fds, (long)n, (long)(timeout ? &left : NULL), 0, sizeof(sigbits)};
	return (int)wait_under(&ppoll_call, CALLER, args, 3, mask);
}

int on_pselect(int n, fd_set *restrict r_, fd_set *restrict w_, fd_set *restrict x_, const struct timespec *restrict timeout, const sigset_t *restrict mask) {
	struct timespec left = timeout ? *timeout : (struct timespec){0};
	if (mask && is_nowhere(mask))
		return (int)to_errno(-EFAULT);
	struct masked m = {.mask = mask ? sigbits_of(mask) & ~on_private_signals() : 0};
	const struct {
		const sigbits *mask;
		size_t size;
	} sixth = {mask ? &m.kernel : NULL, sizeof m.kernel};
	long args[6] = {n, (long)r_, (long)w_, (long)x_, (long)(timeout ? &left : NULL), (long)&sixth};
	return (int)to_errno(safepoint_system_call(&pselect_call, CALLER, STUB_NOT_MADE, args, mask ? &m : NULL));
}

int on_epoll_pwait(int fd, struct epoll_event *events, int n, int ms, const sigset_t *mask) {
	long args[6] = {fd, (long)events, n, ms, 0, sizeof(sigbits)};
	return (int)wait_under(&epoll_pwait_call, CALLER, args, 4, mask);
}

int on_epoll_pwait2(int fd, struct epoll_event *events, int n, const struct timespec *timeout, const sigset_t *mask) {
	long args[6] = {fd, (long)events, n, (long)timeout, 0, sizeof(sigbits)};
	return (int)wait_under(&epoll_pwait2_call, CALLER, args, 4, mask);
}

/* Another preload's: what comes in libc's own wait below it runs under the mask that it was given. */
void on_wait_begins(struct wait_behind *w, const sigset_t *mask) {
	if (is_nowhere(mask))
		return;
	w->mask = sigbits_of(mask) & ~on_private_signals();
	self.waiting_mask = &w->mask;
}
void on_wait_ends(struct wait_behind *w) {
	(void)w;
	self.waiting_mask = NULL;
}

/* What the host blocks and we still hold, from a time when it did not. */
static int take_held(sigbits wanted, siginfo_t *info) {
	struct thread *t = &self;
	sigbits held = t->kept_blocked & pending_set(t) & wanted;
	if (likely(held == 0))
		return 0;
	sigbits mask = thread_set_kernel_mask(SIGBITS_FULL), host = thread_mask_host(t, mask);
	int sig = sigbits_lowest(held);
	pid_t tid = pending_take(t, sig, info);
	thread_set_kernel_mask(thread_mask_enter(t, host));
	return tid >= 0 ? sig : 0;
}

static long wait_for(const struct call *c, const sigset_t *set, siginfo_t *info, const struct timespec *timeout, const void *caller) {
	siginfo_t unused;
	siginfo_t *out = info ? info : &unused;
	if (is_nowhere(set) || is_nowhere(out))
		return -EFAULT;
	sigbits wanted = sigbits_of(set) & ~on_private_signals();
	long r = take_held(wanted, out);
	if (r == 0) {
		long args[6] = {(long)&wanted, (long)out, (long)timeout, sizeof wanted};
		r = safepoint_system_call(c, caller, STUB_NOT_MADE, args, NULL);
	}
	return r;
}

/* As libc's own says it. */
static long wait_as_libc(const struct call *c, const sigset_t *set, siginfo_t *info, const struct timespec *timeout, const void *caller) {
	long r = wait_for(c, set, info, timeout, caller);
	if (r > 0 && info && info->si_code == SI_TKILL)
		info->si_code = SI_USER;
	return r;
}

long on_raw_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout) {
	return wait_for(timeout ? &sigtimedwait_call : &sigwait_call, set, info, timeout, CALLER);
}

int on_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout) {
	return (int)to_errno(wait_as_libc(&sigtimedwait_call, set, info, timeout, CALLER));
}
int on_sigwaitinfo(const sigset_t *set, siginfo_t *info) {
	return (int)to_errno(wait_as_libc(&sigwait_call, set, info, NULL, CALLER));
}

int on_sigwait(const sigset_t *set, int *sig) {
	long r;
	do
		r = wait_for(&sigwait_call, set, NULL, NULL, CALLER);
	while (r == -EINTR);
	if (r < 0)
		return (int)-r;
	*sig = (int)r;
	return 0;
}

static struct call signalfd_call = {SYS_signalfd4, 0, NEXT_signalfd, false, false};
int on_signalfd(int fd, const sigset_t *set, int flags) {
	if (is_nowhere(set))
		return (int)to_errno(-EFAULT);
	sigbits wanted = sigbits_of(set) & ~on_private_signals();
	return (int)safepoint_call(&signalfd_call, CALLER, STUB_NOT_MADE, fd, (long)&wanted, sizeof wanted, flags, 0, 0);
}
