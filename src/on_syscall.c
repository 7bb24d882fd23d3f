/* on_syscall.c: syscall(): a call that is ours by its name is ours by its number. The kernel's own structures are taken
 * for libc's where they differ; a number that is none of ours goes straight through.
 * Called by interpose. Async-signal-safe where the call is. */
#include "on.h"
#include "next.h"

#include "arch/arch.h"
#include "kernel_action.h"
#include "safepoint.h"
#include <errno.h>
#include <linux/futex.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

#define OURS (1U << 15)

/* By number, what signal(7) says of each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const unsigned kinds[] = {
#define SYSTEM_CALL(nr, kind) [nr] = ((kind) & ~(unsigned)CALL_CANCEL) | OURS,
#define SAFEPOINT(ret, name, nr, kind, params, args) SYSTEM_CALL(nr, kind)
#define SAFEPOINT_AS(ret, name, nr, kind, params, names, args) SYSTEM_CALL(nr, kind)
#include "rows.h"
#include "syscalls.def"
};
#pragma GCC diagnostic pop

static long to_errno(long r) {
	if (likely((unsigned long)r <= -4096UL))
		return r;
	errno = (int)-r;
	return -1;
}

/* ---- Dispositions and masks: the kernel's structures. ---- */

static long fault(void) {
	errno = EFAULT;
	return -1;
}

static long set_disposition(int sig, const struct kernel_sigaction *in, struct kernel_sigaction *out) {
	struct sigaction act = {0}, old;
	if ((in && is_nowhere(in)) || (out && is_nowhere(out)))
		return fault();
	if (in) {
		act.sa_handler = in->handler;
		act.sa_flags = (int)in->flags;
		memcpy(&act.sa_mask, &in->mask, sizeof in->mask);
	}
	if (on_raw_sigaction(sig, in ? &act : NULL, out ? &old : NULL) != 0)
		return -1;
	if (out)
		*out = (struct kernel_sigaction){old.sa_handler, (unsigned)old.sa_flags, old.sa_restorer, sigbits_of(&old.sa_mask)};
	return 0;
}

/* With a how that is none the kernel reads the set and does no more: so programs ask whether an address can be read. */
#define NO_HOW (-1L)
static bool is_how(int how) { return how == SIG_BLOCK || how == SIG_UNBLOCK || how == SIG_SETMASK; }
static bool is_readable(const sigset_t *set) { return raw4(SYS_rt_sigprocmask, NO_HOW, (long)set, 0, sizeof(sigbits)) != -EFAULT; }

/* libc keeps its own two signals out of every mask; who comes this way may block them. */
static long set_mask(int how, const sigset_t *set, sigset_t *old) {
	if (set && !is_readable(set))
		return fault();
	sigbits libc = set ? sigbits_of(set) & SIGBITS_LIBC : 0, gone = how == SIG_SETMASK && set ? SIGBITS_LIBC & ~libc : 0;
	if (on_sigprocmask(how, set, old) != 0)
		return -1;
	if (libc)
		raw4(SYS_rt_sigprocmask, how == SIG_UNBLOCK ? SIG_UNBLOCK : SIG_BLOCK, (long)&libc, 0, sizeof libc);
	if (gone)
		raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&gone, 0, sizeof gone);
	return 0;
}

/* The argument that says how large a mask is; where it says anything else, the kernel answers. */
static int size_argument(long nr) {
	switch (nr) {
	case SYS_rt_sigpending:
	case SYS_rt_sigsuspend:
		return 1;
	case SYS_signalfd4:
		return 2;
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
	case SYS_rt_sigtimedwait:
		return 3;
	}
	return -1;
}

static bool is_private(int sig) { return sig < 1 || sig > SIGNALS || (SIGBITS_LIBC & SIGBIT(sig)); }

/* ---- Waits. ---- */

#define R (CALL_WAITS | CALL_RESTARTS)
#define N CALL_WAITS

static unsigned futex_kind(int op, bool limited) {
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return limited ? N | CALL_TS | CALL_TIMEOUT(3) : R;
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
		return limited ? N : R;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return R;
	}
	return 0;
}

static long call_as(long nr, unsigned kind, const long a[6]) {
	const struct call c = {nr, kind, NEXT_syscall, false, false};
	return safepoint_call(&c, CALLER, STUB_NOT_MADE, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* With a mask of its own the wait is under that one. */
static long call_masked(long nr, const long a[6], int mask_arg) {
	const struct call c = {nr, kinds[nr] & ~OURS, NEXT_syscall, false, false};
	long args[6];
	memcpy(args, a, sizeof args);
	if (nr == SYS_pselect6)
		return on_raw_masked_pair(&c, args);
	return on_raw_masked(&c, args, mask_arg, a[mask_arg + 1] == sizeof(sigbits) ? (const sigset_t *)a[mask_arg] : NULL);
}

#define EXTENDED_ARGUMENT 8 /* IORING_ENTER_EXT_ARG: the mask is elsewhere */

static bool call_wait(long nr, const long a[6], long *r) {
	switch (nr) {
	case SYS_rt_sigsuspend:
		return *r = on_sigsuspend((const sigset_t *)a[0]), true;
	case SYS_rt_sigtimedwait:
		return *r = to_errno(on_raw_sigtimedwait((const sigset_t *)a[0], (siginfo_t *)a[1], (const struct timespec *)a[2])), true;
	case SYS_ppoll:
		return *r = call_masked(nr, a, 3), true;
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_pselect6:
		return *r = call_masked(nr, a, 4), true;
	case SYS_io_uring_enter:
		return *r = a[3] & EXTENDED_ARGUMENT ? call_as(nr, N, a) : call_masked(nr, a, 4), true;
	case SYS_clock_nanosleep:
		return *r = to_errno(-on_clock_nanosleep((clockid_t)a[0], (int)a[1], (const struct timespec *)a[2], (struct timespec *)a[3])), true;
	case SYS_futex:
		return *r = call_as(nr, futex_kind((int)a[1], a[3] != 0), a), true;
	}
	return false;
}

/* ---- Processes. ---- */

static bool call_process(long nr, const long a[6], long *r) {
	static const long none[6];
	switch (nr) {
	case SYS_execve:
		return *r = on_execve((const char *)a[0], (char *const *)a[1], (char *const *)a[2]), true;
	case SYS_execveat:
		return *r = on_execveat((int)a[0], (const char *)a[1], (char *const *)a[2], (char *const *)a[3], (int)a[4]), true;
	case SYS_clone:
	case SYS_clone3:
		if (!on_raw_clone(nr, a, r))
			return false;
		return *r = to_errno(*r), true;
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork:
		return *r = to_errno(on_raw_fork(SYS_fork, none)), true;
#endif
	case SYS_exit_group:
		safepoint_run(&self, THREAD_SP(), CALLER);
		return false;
	case SYS_exit:
		on_thread_exits();
		return false;
	}
	(void)none;
	return false;
}

/* ---- The others. ---- */

static bool call_other(long nr, const long a[6], long *r) {
	switch (nr) {
	case SYS_rt_sigaction:
		if (is_private((int)a[0]))
			return false;
		return *r = set_disposition((int)a[0], (const struct kernel_sigaction *)a[1], (struct kernel_sigaction *)a[2]), true;
	case SYS_rt_sigprocmask:
		if (a[1] && !is_how((int)a[0]))
			return false;
		return *r = set_mask((int)a[0], (const sigset_t *)a[1], (sigset_t *)a[2]), true;
	case SYS_rt_sigpending:
		return *r = on_sigpending((sigset_t *)a[0]), true;
	case SYS_signalfd4:
		return *r = on_signalfd((int)a[0], (const sigset_t *)a[1], (int)a[3]), true;
	case SYS_kill:
		return *r = on_kill((pid_t)a[0], (int)a[1]), true;
	case SYS_tgkill:
		return *r = on_tgkill((pid_t)a[0], (pid_t)a[1], (int)a[2]), true;
	case SYS_fcntl:
		return *r = on_fcntl((int)a[0], (int)a[1], a[2]), true;
	case SYS_close:
		return *r = on_close((int)a[0]), true;
	case SYS_close_range:
		return *r = on_close_range((unsigned)a[0], (unsigned)a[1], (int)a[2]), true;
	case SYS_dup3:
		return *r = on_dup3((int)a[0], (int)a[1], (int)a[2]), true;
#ifdef SYS_dup2
	case SYS_dup2:
		return *r = on_dup2((int)a[0], (int)a[1]), true;
#endif
	}
	return false;
}

/* What it returns is no error, and may look like one. */
static bool asks_for_owner(long nr, const long a[6]) { return nr == SYS_fcntl && (int)a[1] == F_GETOWN; }

static bool only_ends(long nr) { return nr == SYS_exit || nr == SYS_exit_group || nr == SYS_clone || nr == SYS_clone3; }

bool on_syscall(long nr, const long a[6], long *r) {
	if (nr < 0 || nr >= (long)ARRAY_LENGTH(kinds) || !(kinds[nr] & OURS))
		return false;
	int size = size_argument(nr);
	if ((size >= 0 && a[size] != sizeof(sigbits)) || (nr == SYS_futex && futex_kind((int)a[1], false) == 0) || asks_for_owner(nr, a))
		return false;
	if (call_wait(nr, a, r) || call_process(nr, a, r) || call_other(nr, a, r))
		return true;
	if (only_ends(nr) || nr == SYS_rt_sigaction || nr == SYS_rt_sigprocmask)
		return false;
	*r = call_as(nr, kinds[nr] & ~OURS, a);
	return true;
}
