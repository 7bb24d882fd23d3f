/* delivery.c: see delivery.h. Async-signal-safe. */
#include "delivery.h"

#include "deadline.h"
#include "next.h"
#include "objects.h"
#include "pending.h"
#include "run.h"
#include <stddef.h>

/* The frame's mask is the host's while a handler may see it, and ours again when it is left: from the record, so
 * that nesting neither strands a bit nor loses one. */
sigbits delivery_open(struct thread *t, ucontext_t *uc) {
	sigbits host = thread_mask_host(t, sigbits_of(&uc->uc_sigmask));
	memcpy(&uc->uc_sigmask, &host, sizeof host);
	return host;
}

/* A mask that libc writes down meanwhile, or gives to a program, must not have our bits. Where the calls that write it
 * down are not interposed, that may be at any time. */
static bool must_not_block(struct thread *t, const ucontext_t *uc) {
	if (t->unkept && !next_is_libc((const void *)regs_pc(uc)) && !objects_is_own(regs_pc(uc)))
		t->unkept = 0;
	return !REGS_KNOWN || t->unkept || thread_starts_programs(t);
}

void delivery_close(struct thread *t, ucontext_t *uc) {
	sigbits host = sigbits_of(&uc->uc_sigmask), kernel = thread_mask_enter(t, host);
	if (unlikely(must_not_block(t, uc)))
		kernel = host;
	memcpy(&uc->uc_sigmask, &kernel, sizeof kernel);
}

/* In sigsuspend and its like the kernel lets every signal through that the temporary mask does, one frame on the
 * other; our full mask has let one through. Open the temporary mask for a moment: what is deferred is kept, what is
 * not runs or kills, as natively. */
static void let_others_through(struct thread *t, struct frame *f) {
	frame_block(f);
	for (int i = 0; i < SIGNALS; i++) {
		thread_set_kernel_mask(thread_mask_enter(t, f->host));
		thread_set_kernel_mask(SIGBITS_FULL);
		if (!run_due(t, f))
			return;
	}
}

static void run_others(struct thread *t, struct frame *f, int sig) {
	frame_block(f);
	if (sig)
		run_rest(t, f, sig);
	run_due(t, f);
}

void delivery_ring_for_rest(struct thread *t, sigbits host) {
	if (unlikely(t->first != NULL) && (pending_set(t) & ~host))
		deadline_arm(t);
}

/* Handlers run in this frame: the one of sig, if any, and what else is due. Those of another stack wait for the call's end. */
void delivery_run(struct thread *t, enum where w, const struct action *a, int sig, siginfo_t *info, ucontext_t *uc) {
	const sigbits *waiting_mask = t->waiting_mask;
	sigbits back = sigbits_of(&uc->uc_sigmask);
	struct frame f = {.uc = uc, .host = waiting_mask ? *waiting_mask : back, .back = back, .kind = delivery_kind(w), .waiting = waiting_mask != NULL};
	if (w == WHERE_TEXT && thread_in_queued(t))
		f.withheld = SIGBITS_REALTIME;
	if (sig)
		run_instance(t, &f, a, sig, info);
	if (!run_on_alternate_stack(&uc->uc_stack, THREAD_SP())) {
		t->sated = false;
		if (t->first)
			run_others(t, &f, sig);
	}
	if (waiting_mask)
		let_others_through(t, &f);
	memcpy(&uc->uc_sigmask, &f.back, sizeof f.back);
	delivery_ring_for_rest(t, f.back);
	where_leave(w, uc, t->ran);
}
