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

static void give_out(struct sigaction *old, const struct action *a, const struct kernel_sigaction *kernel) {
	bool ours = kernel_action_is_ours(kernel);
	sigbits mask = ours ? a->mask : kernel->mask;
	memset(&old->sa_mask, 0, sizeof old->sa_mask);
	memcpy(&old->sa_mask, &mask, sizeof mask);
	old->sa_handler = ours ? a->handler : kernel->handler;
	bool reset = kernel->handler == SIG_DFL && action_is_handler(a) && (a->flags & (int)SA_RESETHAND); /* by the kernel, which leaves the flags: ours */
	old->sa_flags = ours || reset ? a->flags | (int)(kernel->flags & SA_RESTORER) : (int)kernel->flags;
	old->sa_restorer = kernel->restorer;
	if (!ours || !(a->marks & MARK_OURS))
		return;
	memcpy(mark_place(&old->sa_mask), given_mark, sizeof given_mark);
	old->sa_flags = a->flags;
	old->sa_restorer = NULL;
}

/* The kernel clears the others. */
#define KNOWN_FLAGS (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | (int)SA_RESETHAND | SA_RESTORER | 0x00000800 /* SA_EXPOSE_TAGBITS */)

/* What the flags cannot say. given: this SIG_IGN is what was given out as ours: saved, changed and restored (libcurl). Set again where
 * it stands (env --ignore-signal), it is the host's own wish. */
static inline int marks_of(int sig, const struct action *a, bool given) {
	if (unlikely(a->handler == SIG_IGN) && given && (options.ignore & SIGBIT(sig)) && !(disposition_get(sig).marks & MARK_OURS))
		return MARK_OURS;
	if (unlikely(a->flags & (int)SA_RESETHAND) && action_is_handler(a) && (options.persist & ~SIGBITS_NEVER_DEFERRED & SIGBIT(sig)))
		return MARK_ONESHOT | MARK_EXPLICIT | (a->flags & SA_NODEFER ? MARK_NODEFER : 0);
	return 0;
}

static inline struct action taken_in(int sig, const struct sigaction *act) {
	struct action a = {act->sa_handler, sigbits_of(&act->sa_mask) & ~(on_private_signals() | SIGBITS_UNCAUGHT), act->sa_flags & KNOWN_FLAGS, 0};
	a.marks = marks_of(sig, &a, is_marked(&act->sa_mask));
	return a;
}

/* What is not there, libc's own, ours. */
static inline bool is_refused(int sig, bool sets) {
	if (unlikely(sig < 1 || sig > SIGNALS || (SIGBIT(sig) & SIGBITS_LIBC) || sig == deadline_signal)) {
		errno = EINVAL;
		return true;
	}
	if (sets && unlikely(options.setters == SETTERS_MAIN) && &self != thread_main && !self.vforked) {
		errno = EPERM;
		return true;
	}
	return false;
}

/* In a vfork child the table is its parent's: only the kernel's action changes, and it is the host's own. */
static int set_in_vfork_child(int sig, const struct sigaction *act, struct sigaction *old) {
	struct kernel_sigaction kernel;
	struct action a = disposition_get(sig);
	kernel_action_get(sig, &kernel);
	int r = NEXT(sigaction)(sig, act, NULL);
	if (r == 0 && old)
		give_out(old, &a, &kernel);
	return r;
}

/* Table before kernel where a handler comes, kernel before table where one goes: a trampoline always finds one. */
static inline int change(int sig, const struct action *a, struct kernel_sigaction *kernel_old) {
	bool handler = action_is_handler(a);
	if (likely(handler))
		disposition_set(sig, a);
	int r = kernel_action_set(sig, a, kernel_old);
	if (unlikely(r != 0) && handler)
		disposition_undo(sig);
	if (unlikely(!handler) && r == 0)
		disposition_set(sig, a);
	return r;
}

/* A handler that interrupts us here and sets the same signal is overtaken: what it told the kernel is told again. */
static inline int set(int sig, const struct action *a, struct action *before, struct kernel_sigaction *kernel_old) {
	bool outermost = disposition_lock(sig);
	if (before)
		*before = disposition_get(sig);
	int r = change(sig, a, kernel_old);
	while (outermost && unlikely(disposition_unlock(sig)) && disposition_lock(sig))
		change(sig, a, NULL);
	return r;
}

static int fails(int error) {
	errno = error;
	return -1;
}

static int look(int sig, struct sigaction *old) {
	struct kernel_sigaction kernel;
	struct action a = disposition_get(sig);
	int r = kernel_action_get(sig, &kernel);
	if (r == 0 && old)
		give_out(old, &a, &kernel);
	return r == 0 ? 0 : fails(-r);
}

/* What is due runs first, with the old one. before and kernel_old may both be NULL. */
static inline int install(int sig, const struct action *a, struct action *before, struct kernel_sigaction *kernel_old) {
	if (likely(action_is_handler(a)))
		kernel_action_prepare();
	else
		(a->handler == SIG_IGN ? run_ignore : run_drop)(&self, sig);
	int r = set(sig, a, before, kernel_old);
	if (unlikely(r != 0))
		return fails(-r);
	TRACE(SET, sig, .address = (uintptr_t)a->handler, .code = a->flags);
	return 0;
}

static int exchange(int sig, const struct sigaction *act, struct sigaction *old, unsigned marks, const void *caller) {
	struct kernel_sigaction kernel;
	struct action before;
	if (unlikely(self.vforked))
		return set_in_vfork_child(sig, act, old);
	on_safe_point(caller);
	if (act == NULL)
		return look(sig, old);
	struct action a = taken_in(sig, act);
	a.marks |= (int)marks;
	int r = install(sig, &a, old ? &before : NULL, old ? &kernel : NULL);
	if (r == 0 && old)
		give_out(old, &before, &kernel);
	return r;
}

int on_sigaction(int sig, const struct sigaction *act, struct sigaction *old) {
	return is_refused(sig, act != NULL) ? -1 : exchange(sig, act, old, 0, CALLER);
}

int on_raw_sigaction(int sig, const struct sigaction *act, struct sigaction *old) {
	return is_refused(sig, act != NULL) ? -1 : exchange(sig, act, old, MARK_RAW, CALLER);
}

int on___sigaction(int sig, const struct sigaction *act, struct sigaction *old) { return on_sigaction(sig, act, old); }

static sighandler_t set_handler_in_vfork_child(int sig, const struct action *a) {
	struct sigaction act = {.sa_handler = a->handler, .sa_flags = a->flags}, old;
	memcpy(&act.sa_mask, &a->mask, sizeof a->mask);
	return set_in_vfork_child(sig, &act, &old) == 0 ? old.sa_handler : SIG_ERR;
}

/* BSD signal(): persistent, its own signal blocked. SIG_IGN that restores what signal() gave out as ours is ours again. */
static sighandler_t set_handler(int sig, sighandler_t handler, int flags, bool block_own, const void *caller) {
	struct action before, a = {handler, block_own && sig > 0 && sig <= SIGNALS ? SIGBIT(sig) & ~SIGBITS_UNCAUGHT : 0, flags, 0};
	struct kernel_sigaction kernel;
	if (is_refused(sig, handler != SIG_ERR))
		return SIG_ERR;
	if (handler == SIG_ERR)
		return fails(EINVAL), SIG_ERR;
	if (unlikely(self.vforked))
		return set_handler_in_vfork_child(sig, &a);
	on_safe_point(caller);
	a.marks = marks_of(sig, &a, given_by_signal[sig]);
	if (install(sig, &a, &before, &kernel) != 0)
		return SIG_ERR;
	bool ours = kernel_action_is_ours(&kernel);
	given_by_signal[sig] = ours && before.handler == SIG_IGN && (before.marks & MARK_OURS);
	return ours ? before.handler : kernel.handler;
}

sighandler_t on_signal(int sig, sighandler_t handler) {
	bool interrupts = sig > 0 && sig <= SIGNALS && interrupting[sig];
	return set_handler(sig, handler, interrupts ? 0 : SA_RESTART, true, CALLER);
}
sighandler_t on_bsd_signal(int sig, sighandler_t handler) { return on_signal(sig, handler); }
sighandler_t on_ssignal(int sig, sighandler_t handler) { return on_signal(sig, handler); }

/* System V's: PERSIST makes BSD's of it, and remembers what was asked for. */
sighandler_t on_sysv_signal(int sig, sighandler_t handler) {
	bool persists = sig > 0 && sig <= SIGNALS && (options.persist & ~SIGBITS_NEVER_DEFERRED & SIGBIT(sig));
	if (!persists)
		return set_handler(sig, handler, (int)SA_RESETHAND | SA_NODEFER, false, CALLER);
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
