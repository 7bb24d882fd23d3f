/* trampoline.c: a signal's path. kernel -> trampoline -> where is this thread? See trampoline.h. Async-signal-safe. */
#include "trampoline.h"

#include "arch/arch.h"
#include "arrival.h"
#include "deadline.h"
#include "delivery.h"
#include "disposition.h"
#include "ending.h"
#include "objects.h"
#include "options.h"
#include "pending.h"
#include "run.h"
#include "wakeup.h"
#include "where.h"
#include <errno.h>
#include <sys/syscall.h>

/* Stands for SIG_IGN. A fault that is not another process's word cannot be ignored: it ends the program by its default action. */
void trampoline_empty(int sig, siginfo_t *info, void *ucontext) {
	(void)ucontext;
	if (info->si_code > 0 && (SIGBITS_FAULTS & SIGBIT(sig)))
		ending_die_by(sig);
	thread_note_stray(&self);
}

/* A handler that is slower than its signal would be entered again and again before the next instruction: it is kept,
 * and the program goes on meanwhile. */
static bool has_not_moved(struct thread *t, enum where w, const ucontext_t *uc) {
	bool same = t->ran_at == regs_pc(uc) && (t->due & DUE_RAN);
	t->ran_at = regs_pc(uc);
	return same && (w == WHERE_STUB_AFTER || w == WHERE_TEXT);
}

/* The kernel put this frame on the alternate stack for an action that another thread has replaced meanwhile. */
static bool is_on_wrong_stack(const struct action *a, const ucontext_t *uc) {
	return !(a->flags & SA_ONSTACK) && run_on_alternate_stack(&uc->uc_stack, THREAD_SP()) &&
	       !run_on_alternate_stack(&uc->uc_stack, regs_sp(uc));
}

/* Nothing will ring: what the first rung allows is done at once. */
static void run_without_timer(struct thread *t, ucontext_t *uc) {
	enum where w = options.text_after == DURATION_NEVER || t->deferring ? WHERE_UNSAFE : where_look(t, uc, options.text_after);
	if (w == WHERE_TEXT)
		delivery_run(t, w, NULL, 0, NULL, uc);
}

static void arrive(struct thread *t, int sig, siginfo_t *info, ucontext_t *uc, const struct action *a) {
	enum where w = where_look(t, uc, 0);
	if (unlikely(t->deferring)) {
		w = WHERE_UNSAFE;
		t->rung = true; /* the call goes on, as if the signal were blocked */
	}
	bool looks_next = w == WHERE_STUB_AFTER && !objects_has_own_malloc(); /* the end of a call looks at what is due */
	if (unlikely(is_on_wrong_stack(a, uc)) && pending_keep(t, sig, info)) {
		deadline_arm(t);
		where_leave(w, uc, RAN);
		return;
	}
	if (w != WHERE_UNSAFE && (has_not_moved(t, w, uc) || (w == WHERE_TEXT && sig >= REALTIME && thread_in_queued(t))))
		w = WHERE_UNSAFE;
	if (w == WHERE_UNSAFE && pending_keep(t, sig, info)) {
		if (!looks_next && !deadline_arm(t))
			run_without_timer(t, uc);
		where_not_made(uc);
	} else if (w != WHERE_UNSAFE && t->first && pending_keep(t, sig, info)) {
		delivery_run(t, w, NULL, 0, NULL, uc); /* behind its like, before higher numbers, and with what the kernel queues of it */
	} else {
		delivery_run(t, w == WHERE_UNSAFE ? WHERE_FORCED : w, a, sig, info, uc);
	}
}

/* A write's SIGPIPE is aimed at its thread, though nothing in it says so. Nor does a signal for which the kernel's queue had no
 * place; what is sent to the process goes to main where it can. */
static bool is_aimed(const struct thread *t, int sig, const siginfo_t *info) {
	if (info->si_code == SI_TKILL || sig == SIGPIPE)
		return true;
	return unlikely(info->si_code == SI_USER && info->si_pid == 0) && deadline_queue_is_full(t);
}

static bool main_takes(const struct thread *t, int sig, const siginfo_t *info, const struct action *a) {
	if (t == thread_main || thread_main == NULL)
		return false;
	if (action_is_handler(a) && (options.thread == THREAD_RECEIVER || (options.thread == THREAD_DIRECTED && is_aimed(t, sig, info))))
		return false;
	return !(__atomic_load_n(&thread_main_mask, __ATOMIC_SEQ_CST) & SIGBIT(sig));
}

/* Without a reserved signal nothing rings main: one that ends the host in order goes there itself. */
static bool send_to_main(const struct thread *t, int sig, const siginfo_t *info, const struct action *a) {
	return unlikely(deadline_signal == 0) && !action_is_handler(a) && main_takes(t, sig, info, a) &&
	       raw4(SYS_tgkill, raw4(SYS_getpid, 0, 0, 0, 0), thread_main->tid, sig, 0) == 0;
}

/* The call that the signal interrupted here ends, or goes on, as if the handler had run here. */
static void interrupt_call(struct thread *t, int sig, ucontext_t *uc, const struct action *a) {
	enum where w = where_look(t, uc, -1);
	if (w == WHERE_UNSAFE)
		return;
	t->ran |= (uint8_t)run_marks(a, sig);
	due_set(t, DUE_RAN);
	where_leave(w, uc, t->ran);
}

/* Main may have blocked the signal since we looked, and have looked at its inbox before we put it there. */
static bool give_to_main(struct thread *t, int sig, siginfo_t *info, ucontext_t *uc, const struct action *a) {
	if (!main_takes(t, sig, info, a) || !pending_post(t, sig, info))
		return false;
	deadline_ring_main();
	if (!main_takes(t, sig, info, a) && pending_take_back(t, sig)) {
		deadline_arm(t);
		where_not_made(uc);
		return true;
	}
	interrupt_call(t, sig, uc, a);
	return true;
}

/* A vfork child is another process on this memory: its handlers run as natively, and nothing is kept. */
static void run_in_vfork_child(int sig, siginfo_t *info, ucontext_t *uc, const struct action *a) {
	int saved_errno = errno;
	sigbits host = sigbits_of(&uc->uc_sigmask);
	if (!action_is_handler(a)) {
		ending_die_by(sig);
		return;
	}
	thread_set_kernel_mask(host | action_blocks(a, sig));
	action_call(a, sig, info, uc);
	errno = saved_errno;
}

/* What only joins one that waits for its run has no byte of its own. */
static void notify(struct thread *t, int sig, const siginfo_t *info, const struct action *a) {
	if (wakeup_get() >= 0 && (main_takes(t, sig, info, a) || !pending_coalesces(t, sig)))
		wakeup_notify(sig);
}

static void take(struct thread *t, int sig, siginfo_t *info, ucontext_t *uc, const struct action *a) {
	int saved_errno = errno;
	if (unlikely(t->due & DUE_ATTACH))
		thread_attach(t);
	if (send_to_main(t, sig, info, a))
		return;
	arrival_note(t, sig, info, uc);
	delivery_open(t, uc);
	bool ends = (a->marks & MARK_OURS) && a->handler == SIG_DFL;
	if (likely(!ends) || ending_begins(sig, info)) {
		notify(t, sig, info, a);
		if (t == thread_main || !give_to_main(t, sig, info, uc, a))
			arrive(t, sig, info, uc, a);
	}
	errno = saved_errno;
	delivery_close(t, uc); /* from here on no code but this library's: see doorbell.c */
}

void trampoline_deferred(int sig, siginfo_t *info, void *ucontext) {
	struct thread *t = &self;
	struct action a = disposition_get(sig);
	unsigned depth = t->vforked;
	if (unlikely(thread_in_vfork_child(t))) {
		run_in_vfork_child(sig, info, ucontext, &a);
		return;
	}
	t->vforked = 0; /* the parent's: its handler is not to be taken for its child, nor what it jumps to */
	take(t, sig, info, ucontext, &a);
	t->vforked = depth;
}

/* With the wakeup fd armed, nothing may come between: who closes it waits for us. */
static void notify_directly(int sig) {
	if (wakeup_get() < 0)
		return;
	sigbits mask = thread_set_kernel_mask(SIGBITS_FULL);
	wakeup_notify(sig);
	thread_set_kernel_mask(mask);
}

/* A call that it has ended ends with EINTR, though a ring of ours may have come meanwhile. */
static void note_interrupted(struct thread *t, enum where w, const ucontext_t *uc) {
	if ((w != WHERE_STUB_AFTER && w != WHERE_WAIT_EINTR) || regs_result(uc) != -EINTR)
		return;
	t->ran |= RAN | RAN_NO_RESTART | RAN_NO_RETRY;
	due_set_own(t, DUE_RAN);
}

static void run_directly(struct thread *t, const struct action *a, int sig, siginfo_t *info, ucontext_t *uc) {
	enum where w = where_look(t, uc, DURATION_NEVER);
	sigbits host = sigbits_of(&uc->uc_sigmask) | action_blocks(a, sig);
	struct record r = {.sp = THREAD_SP(), .kind = (uint8_t)delivery_kind(w), .sig = (uint8_t)sig};
	if (run_on_alternate_stack(&uc->uc_stack, r.sp)) {
		r.below = (uint32_t)(r.sp - (uintptr_t)uc->uc_stack.ss_sp);
		r.above = (uint32_t)uc->uc_stack.ss_size - r.below;
	}
	struct call_state outer = thread_leave_call(t);
	unsigned records = thread_push(t, r);
	thread_mask_enter(t, host);
	state_count(sig, STATE_RUN);
	TRACE(ENTERED, sig, .address = (uintptr_t)a->handler);
	action_call(a, sig, info, uc);
	TRACE(LEFT, sig, .address = (uintptr_t)a->handler);
	thread_pop(t, records);
	thread_resume_call(t, &outer);
	note_interrupted(t, w, uc);
	deadline_resume(t);
	delivery_ring_for_rest(t, sigbits_of(&uc->uc_sigmask));
}

/* Opened before anything else and closed behind it: no mask of ours keeps the doorbell away meanwhile. */
void trampoline_direct(int sig, siginfo_t *info, void *ucontext) {
	struct thread *t = &self;
	struct action a = disposition_get(sig);
	if (!action_is_handler(&a))
		return;
	if (unlikely(thread_in_vfork_child(t))) {
		action_call(&a, sig, info, ucontext);
		return;
	}
	unsigned depth = t->vforked;
	t->vforked = 0;
	delivery_open(t, ucontext);
	int saved_errno = errno;
	if (t->due & DUE_ATTACH)
		thread_attach(t);
	arrival_note(t, sig, info, ucontext);
	notify_directly(sig);
	run_note(&a, sig, info);
	run_directly(t, &a, sig, info, ucontext);
	errno = saved_errno;
	delivery_close(t, ucontext);
	t->vforked = depth;
}
