/* on_mask.c: the host's mask: what it sees of it and what it sets; which signals there are for it.
 * Called by interpose. Async-signal-safe. */
#include "on.h"

#include "arch/arch.h"
#include "next.h"
#include "pending.h"
#include "process.h"
#include "safepoint.h"
#include <errno.h>

static sigbits changed(int how, sigbits from, sigbits set) {
	return how == SIG_BLOCK ? from | set : how == SIG_UNBLOCK ? from & ~set : set;
}

/* Published before it is looked at again: a thread that saw the old mask has put its signal where we still look. */
void on_mask_published(sigbits host) {
	if (&self == thread_main && thread_main_mask != host && !self.vforked)
		__atomic_store_n(&thread_main_mask, host, __ATOMIC_SEQ_CST);
}

void on_mask_publish(int how, sigbits set) {
	if (&self == thread_main && how >= SIG_BLOCK && how <= SIG_SETMASK)
		on_mask_published(changed(how, thread_main_mask, set));
}

static void unpack(sigset_t *out, sigbits mask) {
	if (out)
		memcpy(out, &mask, sizeof mask);
}

/* With something kept, what the kernel has is not what the host has. */
static long change_with_kept(struct thread *t, int how, const sigbits *set, sigset_t *old) {
	if (set && (how < SIG_BLOCK || how > SIG_SETMASK))
		return -EINVAL;
	sigbits host = thread_block_all(t);
	bool told = old == NULL || !is_nowhere(old);
	unpack(told ? old : NULL, host);
	if (set)
		host = changed(how, host, *set);
	thread_set_kernel_mask(thread_mask_enter(t, host));
	return told ? 0 : -EFAULT;
}

static long change(struct thread *t, int how, const sigbits *set, sigset_t *old, const void *caller) {
	for (;;) {
		safepoint_run(t, THREAD_SP(), caller);
		if (t->kept || t->vforked) {
			long r = change_with_kept(t, how, set, old);
			safepoint_run(t, THREAD_SP(), caller);
			return r;
		}
		long r = stub4(&t->fresh, SYS_rt_sigprocmask, how, (long)set, (long)old, sizeof *set);
		if (r == STUB_NOT_MADE)
			continue;
		if (due_get(t) & DUE_KEPT)
			safepoint_run(t, THREAD_SP(), caller);
		return r;
	}
}

/* The reserved signal is never blocked here; who sets a mask wants it for the programs that it starts, too. */
static void note_reserved(struct thread *t, int how, sigbits set) {
	bool there = deadline_signal && (set & SIGBIT(deadline_signal));
	if (there || how == SIG_SETMASK)
		process_note_reserved(t, there && how != SIG_UNBLOCK);
}

/* In each of its callers: a trace tells a call by the address in it. */
static inline __attribute__((always_inline)) int sigmask(int how, const sigset_t *set, sigset_t *old, const void *caller) {
	struct thread *t = &self;
	sigbits bits;
	if (set) {
		note_reserved(t, how, sigbits_of(set));
		bits = sigbits_of(set) & ~on_private_signals();
		on_mask_publish(how, bits);
	}
	long r = stub4(&t->due, SYS_rt_sigprocmask, how, (long)(set ? &bits : NULL), (long)old, sizeof bits);
	if (unlikely(r == STUB_NOT_MADE))
		r = change(t, how, set ? &bits : NULL, old, caller);
	else if (unlikely(t->due))
		safepoint_run(t, THREAD_SP(), caller);
	return (int)-r;
}

int on_pthread_sigmask(int how, const sigset_t *set, sigset_t *old) { return sigmask(how, set, old, CALLER); }

int on_sigprocmask(int how, const sigset_t *set, sigset_t *old) {
	int error = sigmask(how, set, old, CALLER);
	if (likely(error == 0))
		return 0;
	errno = error;
	return -1;
}

/* BSD's masks: one int. */
static int change_int(int how, int mask) {
	sigset_t set, old;
	memset(&set, 0, sizeof set);
	set.__val[0] = (unsigned)mask;
	return on_sigprocmask(how, &set, &old) != 0 ? -1 : (int)old.__val[0];
}
int on_sigblock(int mask) { return change_int(SIG_BLOCK, mask); }
int on_sigsetmask(int mask) { return change_int(SIG_SETMASK, mask); }
int on_siggetmask(void) { return change_int(SIG_BLOCK, 0); }

/* What is kept and the host blocks is pending for it; what is kept and it does not block is as good as delivered. */
int on_sigpending(sigset_t *set) {
	struct thread *t = &self;
	sigbits pending;
	safepoint_run(t, THREAD_SP(), CALLER);
	long r = raw4(SYS_rt_sigpending, (long)set, sizeof pending, 0, 0); /* which knows whether it can be written to */
	if (r != 0) {
		errno = (int)-r;
		return -1;
	}
	pending = sigbits_of(set);
	pending &= thread_host_mask(t);
	pending |= pending_set(t) & t->kept_blocked;
	unpack(set, pending);
	return 0;
}

/* SIGRTMAX. To the C library the reserved signal is free. */
int on___libc_current_sigrtmax(void) {
	int highest = NEXT(__libc_current_sigrtmax)();
	return deadline_signal && highest == deadline_signal ? highest - 1 : highest;
}

extern int __libc_allocate_rtsig(int high); /* without a header */

int on___libc_allocate_rtsig(int high) {
	int sig = NEXT(__libc_allocate_rtsig)(high);
	return deadline_signal && sig == deadline_signal ? NEXT(__libc_allocate_rtsig)(high) : sig;
}
