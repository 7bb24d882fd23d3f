/* on_disposition.c: a request's path: what the host asks for, per signal, and what the kernel is told.
 * Called by interpose. Async-signal-safe, but for the very first handler, before which the program's own text is looked for. */
#include "on.h"

#include "arch/arch.h"
#include "deadline.h"
#include "disposition.h"
#include "kernel_action.h"
#include "next.h"
#include "options.h"
#include "run.h"
#include "safepoint.h"
#include "trace.h"
#include <errno.h>

/* A struct sigaction that was given out with our SIG_IGN in it says so in a part of the mask that no signal has. */
static const unsigned long given_mark[2] = {0x7369677461U, 0x6d65206f7572ULL};
static bool interrupting[SIGNALS + 1]; /* siginterrupt(sig, 1) */
static bool given_by_signal[SIGNALS + 1];

static unsigned long *mark_place(sigset_t *mask) { return &mask->__val[14]; }
static bool is_marked(const sigset_t *mask) { return memcmp(&mask->__val[14], given_mark, sizeof given_mark) == 0; }

static void give_out(struct sigaction *old, const struct action *a, const struct sigaction *kernel) {
	memset(old, 0, sizeof *old);
	old->sa_handler = a->handler;
	old->sa_flags = a->flags;
	memcpy(&old->sa_mask, &a->mask, sizeof a->mask);
	if (a->marks & MARK_OURS) {
		memcpy(mark_place(&old->sa_mask), given_mark, sizeof given_mark);
		return;
	}
	old->sa_flags |= kernel->sa_flags & 0x04000000;
	old->sa_restorer = kernel->sa_restorer;
}

/* Saved, changed and restored (libcurl). Set again where it stands (env --ignore-signal), it is the host's own wish. */
static bool restores_ours(int sig, const sigset_t *mask) {
	return (options.ignore & SIGBIT(sig)) && is_marked(mask) && !(disposition_get(sig).marks & MARK_OURS);
}

#define KNOWN_FLAGS (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | (int)SA_RESETHAND | 0x04000800 /* SA_RESTORER, SA_EXPOSE_TAGBITS */)

static struct action taken_in(int sig, const struct sigaction *act) {
	struct action a = {act->sa_handler, sigbits_of(&act->sa_mask) & ~(on_private_signals() | SIGBITS_UNCAUGHT), act->sa_flags, 0};
	a.flags &= KNOWN_FLAGS; /* the kernel clears the others */
	if (a.handler == SIG_IGN && restores_ours(sig, &act->sa_mask))
		a.marks |= MARK_OURS;
	if (!action_is_handler(&a) || !(options.persist & SIGBIT(sig)) || (SIGBITS_NEVER_DEFERRED & SIGBIT(sig)))
		return a;
	if (a.flags & (int)SA_RESETHAND)
		a.marks |= MARK_ONESHOT | MARK_EXPLICIT | (a.flags & SA_NODEFER ? MARK_NODEFER : 0);
	return a;
}

/* libc refuses its own, the kernel the rest. */
static bool is_refused(int sig, const struct sigaction *act) {
	if (sig == deadline_signal && sig != 0) {
		errno = EINVAL;
		return true;
	}
	if (act && options.setters == SETTERS_MAIN && &self != thread_main && !self.vforked) {
		errno = EPERM;
		return true;
	}
	return false;
}

/* In a vfork child the table is its parent's: only the kernel's action changes, and it is the host's own. */
static int set_in_vfork_child(int sig, const struct sigaction *act, struct sigaction *old) {
	struct sigaction kernel;
	int r = NEXT(sigaction)(sig, act, &kernel);
	if (r != 0 || old == NULL)
		return r;
	*old = kernel;
	if (kernel_action_is_ours(&kernel)) {
		struct action a = disposition_get(sig);
		give_out(old, &a, &kernel);
	}
	return 0;
}

/* Table before kernel where a handler comes, kernel before table where one goes: a trampoline always finds one. */
static int change(int sig, const struct action *a, struct sigaction *kernel_old) {
	struct action before = disposition_get(sig);
	if (action_is_handler(a))
		disposition_set(sig, a);
	int r = kernel_action_set(sig, a, kernel_old);
	if (r != 0 && action_is_handler(a))
		disposition_set(sig, &before);
	if (r == 0 && !action_is_handler(a))
		disposition_set(sig, a);
	return r;
}

/* A handler that interrupts us here and sets the same signal is overtaken: what it told the kernel is told again. */
static int set(int sig, const struct action *a, struct sigaction *kernel_old) {
	bool outermost = disposition_lock(sig);
	int r = change(sig, a, kernel_old);
	while (outermost && disposition_unlock(sig) && disposition_lock(sig))
		change(sig, a, NULL);
	return r;
}

static int set_action(int sig, const struct action *a, struct action *before, struct sigaction *kernel_old) {
	*before = disposition_get(sig);
	if (a == NULL)
		return NEXT(sigaction)(sig, NULL, kernel_old);
	if (action_is_handler(a))
		kernel_action_prepare();
	else
		run_drop(&self, sig);
	return set(sig, a, kernel_old);
}

static int exchange(int sig, const struct sigaction *act, struct sigaction *old, unsigned marks, const void *caller) {
	struct sigaction kernel;
	struct action a, before;
	if (self.vforked)
		return set_in_vfork_child(sig, act, old);
	if (act) {
		if (unlikely(due_get(&self)))
			safepoint_run(&self, THREAD_SP(), caller);
		a = taken_in(sig, act);
		a.marks |= marks;
	}
	if (set_action(sig, act ? &a : NULL, &before, old ? &kernel : NULL) != 0)
		return -1;
	if (act)
		TRACE(SET, sig, .address = (uintptr_t)a.handler, .code = a.flags);
	if (old && kernel_action_is_ours(&kernel))
		give_out(old, &before, &kernel);
	else if (old)
		*old = kernel;
	return 0;
}

int on_sigaction(int sig, const struct sigaction *act, struct sigaction *old) {
	if (sig < 1 || sig > SIGNALS)
		return NEXT(sigaction)(sig, act, old);
	return is_refused(sig, act) ? -1 : exchange(sig, act, old, 0, CALLER);
}

int on_raw_sigaction(int sig, const struct sigaction *act, struct sigaction *old) {
	return is_refused(sig, act) ? -1 : exchange(sig, act, old, MARK_RAW, CALLER);
}

int on___sigaction(int sig, const struct sigaction *act, struct sigaction *old) { return on_sigaction(sig, act, old); }

/* BSD signal(): persistent, its own signal blocked. SIG_IGN that restores what signal() gave out as ours is ours again. */
static sighandler_t set_handler(int sig, sighandler_t handler, int flags, bool block_own) {
	struct sigaction act = {.sa_handler = handler, .sa_flags = flags}, old;
	if (handler == SIG_ERR || sig < 1 || sig > SIGNALS) {
		errno = EINVAL;
		return SIG_ERR;
	}
	if (block_own)
		NEXT(sigaddset)(&act.sa_mask, sig);
	if (handler == SIG_IGN && given_by_signal[sig])
		memcpy(mark_place(&act.sa_mask), given_mark, sizeof given_mark);
	if (on_sigaction(sig, &act, &old) != 0)
		return SIG_ERR;
	given_by_signal[sig] = old.sa_handler == SIG_IGN && is_marked(&old.sa_mask);
	return old.sa_handler;
}

sighandler_t on_signal(int sig, sighandler_t handler) {
	bool interrupts = sig > 0 && sig <= SIGNALS && interrupting[sig];
	return set_handler(sig, handler, interrupts ? 0 : SA_RESTART, true);
}
sighandler_t on_bsd_signal(int sig, sighandler_t handler) { return on_signal(sig, handler); }
sighandler_t on_ssignal(int sig, sighandler_t handler) { return on_signal(sig, handler); }

/* System V's: PERSIST makes BSD's of it, and remembers what was asked for. */
sighandler_t on_sysv_signal(int sig, sighandler_t handler) {
	bool persists = sig > 0 && sig <= SIGNALS && (options.persist & ~SIGBITS_NEVER_DEFERRED & SIGBIT(sig));
	if (!persists)
		return set_handler(sig, handler, (int)SA_RESETHAND | SA_NODEFER | SA_INTERRUPT, false);
	sighandler_t old = on_signal(sig, handler);
	if (old == SIG_ERR || handler == SIG_DFL || handler == SIG_IGN || !disposition_lock(sig))
		return old;
	struct action a = disposition_get(sig);
	a.marks |= MARK_ONESHOT | MARK_NODEFER;
	disposition_set(sig, &a);
	disposition_unlock(sig);
	return old;
}
sighandler_t on___sysv_signal(int sig, sighandler_t handler) { return on_sysv_signal(sig, handler); }

/* It sets no handler: every thread may. */
int on_siginterrupt(int sig, int flag) {
	struct sigaction act;
	if (on_sigaction(sig, NULL, &act) != 0)
		return -1;
	interrupting[sig] = flag != 0;
	if (disposition_get(sig).marks & MARK_OURS) /* there is no handler, and it is not taken over */
		return 0;
	act.sa_flags = flag ? act.sa_flags & ~SA_RESTART : act.sa_flags | SA_RESTART;
	return exchange(sig, &act, NULL, disposition_get(sig).marks & MARK_RAW, CALLER);
}
