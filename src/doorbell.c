/* doorbell.c: see doorbell.h. Async-signal-safe. */
#include "doorbell.h"

#include "arch/arch.h"
#include "deadline.h"
#include "delivery.h"
#include "objects.h"
#include "pending.h"
#include <errno.h>

/* The call must not wait: end it where it does; a ring that comes before it has begun only rings again. */
static void end_wait(struct thread *t, ucontext_t *uc) {
	enum where w = where_look(t, uc, -1);
	uintptr_t pc = regs_pc(uc);
	if (w == WHERE_STUB_RESTART)
		where_leave(w, uc, RAN);
	else if (w != WHERE_STUB_AFTER && regs_is_syscall(pc) && regs_entered(uc, pc))
		where_leave(WHERE_FORCED, uc, RAN_NO_RESTART | RAN_NO_RETRY);
	else
		deadline_again(t);
}

/* A stub in C is no cancellation point: its wait is ended, and the thread rung until it waits. */
static void cancel_wait(struct thread *t, ucontext_t *uc) {
	enum where w = where_look(t, uc, -1);
	if (w == WHERE_STUB_BEFORE || w == WHERE_STUB_RESTART)
		where_leave(w, uc, RAN);
#if !STUB_LABELS
	else if (stub_inside)
		deadline_again(t);
#endif
}

/* A frame of this library's own is at work on a mask with what is kept in it: what is given back meanwhile would be left in it. */
static bool is_at_work(const struct thread *t, const ucontext_t *uc) {
	return objects_is_own(regs_pc(uc)) && !where_is_stub(uc) && !t->no_wait;
}

static void look_again(struct thread *t, ucontext_t *uc) {
	sigbits host = t->waiting_mask ? *t->waiting_mask : sigbits_of(&uc->uc_sigmask);
	if (!(pending_set(t) & ~host) || t->deferring)
		return;
	if (t->since_ns == 0)
		t->since_ns = deadline_now_ns();
	enum where w = where_look(t, uc, deadline_late_ns(t));
	if (w != WHERE_UNSAFE)
		delivery_run(t, w, NULL, 0, NULL, uc);
	if (pending_set(t) & ~sigbits_of(&uc->uc_sigmask))
		deadline_again(t);
}

static void answer(struct thread *t, siginfo_t *info, ucontext_t *uc) {
	bool ring = deadline_is_ring(info);
	if (ring && info->si_code == SI_USER && t != thread_main)
		deadline_pass_on();
	if (t->due & DUE_ATTACH)
		return;
	bool expected = due_get(t) & ~thread_due_always; /* what is rung for may have been done meanwhile, and a call made on the short way */
	if (!ring || info->si_code == SI_USER || !expected) /* it may be one of ours for which the queue had no place */
		thread_note_stray(t);
	if (!ring)
		return;
	delivery_open(t, uc);
	due_clear(t, DUE_RING | (info->si_code == SI_TIMER ? DUE_TIMER : 0));
	t->rung = true;
	if (unlikely(is_at_work(t, uc))) {
		deadline_again(t);
		delivery_close(t, uc);
		return;
	}
	if (due_get(t) & DUE_OUT)
		pending_reclaim(t);
	if (t == thread_main)
		pending_collect(t);
	if (due_get(t) & DUE_CANCEL)
		cancel_wait(t, uc);
	if (t->no_wait)
		end_wait(t, uc);
	look_again(t, uc);
	delivery_close(t, uc);
}

void doorbell_answer(int sig, siginfo_t *info, void *ucontext) {
	(void)sig;
	int saved_errno = errno;
	struct thread *t = &self;
	unsigned depth = t->vforked;
	if (unlikely(thread_in_vfork_child(t)))
		return;
	t->vforked = 0;
	answer(t, info, ucontext);
	t->vforked = depth;
	errno = saved_errno;
}
