/* run_handler.c: one call of a handler: its mask, its stack, its context, and what it leaves for the call that it interrupted.
 * Called by run; what it says of stacks and actions, by trampoline. Async-signal-safe. */
#include "run.h"

#include "arch/arch.h"
#include "deadline.h"
#include "disposition.h"
#include "next.h"
#include "options.h"
#include "state.h"
#include "trace.h"
#include <errno.h>
#include <sys/syscall.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static bool restarts(const struct action *a) {
	if (options.restart == RESTART_HOST)
		return a->flags & SA_RESTART;
	return options.restart == RESTART_ALWAYS;
}

unsigned run_marks(const struct action *a, int sig) {
	unsigned marks = RAN;
	if (!restarts(a))
		marks |= RAN_NO_RESTART;
	if (!(options.retry & SIGBIT(sig)))
		marks |= RAN_NO_RETRY;
	return marks;
}

bool run_on_alternate_stack(const stack_t *stack, uintptr_t sp) {
	uintptr_t low = (uintptr_t)stack->ss_sp;
	return stack->ss_size != 0 && sp - low < stack->ss_size;
}

/* What the kernel would have written for a call that a handler interrupts here. */
static void make_context(ucontext_t *uc, const stack_t *stack, sigbits host) {
	NEXT(getcontext)(uc);
	uc->uc_stack = *stack;
	memcpy(&uc->uc_sigmask, &host, sizeof host);
}

static struct record record_of(const stack_t *stack, enum record_kind kind, int sig) {
	struct record r = {.sp = THREAD_SP(), .kind = (uint8_t)kind, .sig = (uint8_t)sig};
	if (run_on_alternate_stack(stack, r.sp)) {
		r.below = (uint32_t)(r.sp - (uintptr_t)stack->ss_sp);
		r.above = (uint32_t)stack->ss_size - r.below;
	}
	return r;
}

/* A handler that asked for the alternate stack and is not on it: at a safe point, or in another's frame. */
static void call_on_alternate(struct thread *t, const struct action *a, int sig, siginfo_t *info, void *uc, const stack_t *stack) {
	static const stack_t disarmed = {.ss_flags = SS_DISABLE};
	uintptr_t top = (uintptr_t)stack->ss_sp + stack->ss_size;
	struct record *mine = &t->record[t->records - 1];
	mine->sp = top;
	mine->below = (uint32_t)stack->ss_size;
	mine->above = 1;
	if (stack->ss_flags & (int)SS_AUTODISARM)
		raw4(SYS_sigaltstack, (long)&disarmed, 0, 0, 0);
	run_on_stack(a->handler, sig, info, uc, top & ~(uintptr_t)63);
	if (stack->ss_flags & (int)SS_AUTODISARM)
		raw4(SYS_sigaltstack, (long)stack, 0, 0, 0);
}

static void call_on_its_stack(struct thread *t, const struct action *a, int sig, siginfo_t *info, void *uc, const stack_t *stack) {
	if ((a->flags & SA_ONSTACK) && stack->ss_size != 0 && !(stack->ss_flags & SS_DISABLE) && !run_on_alternate_stack(stack, THREAD_SP()))
		call_on_alternate(t, a, sig, info, uc, stack);
	else
		action_call(a, sig, info, uc);
}

static void enter_mask(struct thread *t, const struct action *a, int sig, sigbits host) {
	thread_set_kernel_mask(thread_mask_enter(t, host | action_blocks(a, sig)));
}

/* The handler may have changed the mask to return to. */
static void note_mask(struct frame *f, const ucontext_t *uc) {
	f->back = sigbits_of(&uc->uc_sigmask);
	if (!f->waiting)
		f->host = f->back;
}

/* In sigsuspend and its like the kernel lays the other handlers' frames on the first one's, and returns from that to the host's
 * mask: what the first one blocks, its own signal too, waits for the next call. */
static void narrow(struct frame *f, sigbits mask) {
	if (f->waiting && !f->narrowed)
		f->host |= mask;
	f->narrowed = f->waiting;
}

static void call_in_frame(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	memcpy(&f->uc->uc_sigmask, &f->back, sizeof f->back);
	t->record[t->records - 1] = record_of(&f->uc->uc_stack, f->kind, sig);
	enter_mask(t, a, sig, f->host);
	call_on_its_stack(t, a, sig, info, f->uc, &f->uc->uc_stack);
	f->open = true;
	if (!STUB_LABELS) /* what arrives in the rest of this frame is not told from what arrives in the call */
		frame_block(f);
	note_mask(f, f->uc);
}

static __attribute__((noinline)) void call_at_safe_point(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	ucontext_t uc;
	stack_t stack = {.ss_flags = SS_DISABLE};
	raw4(SYS_sigaltstack, 0, (long)&stack, 0, 0);
	make_context(&uc, &stack, f->waiting ? f->back : f->host);
	t->record[t->records - 1] = record_of(&stack, f->kind, sig);
	enter_mask(t, a, sig, f->host);
	call_on_its_stack(t, a, sig, info, &uc, &stack);
	thread_set_kernel_mask(SIGBITS_FULL);
	note_mask(f, &uc);
}

static void call_plainly(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	t->record[t->records - 1] = (struct record){.sp = THREAD_SP(), .kind = (uint8_t)f->kind, .sig = (uint8_t)sig};
	enter_mask(t, a, sig, f->host);
	action_call(a, sig, info, NULL);
	thread_set_kernel_mask(SIGBITS_FULL);
}

static void note_entered(int sig, const struct action *a, bool forced) {
	state_count(sig, STATE_RUN);
	if (forced) {
		state_count(sig, STATE_FORCED);
		TRACE(FORCED, sig, .address = (uintptr_t)a->handler);
	}
	TRACE(ENTERED, sig, .address = (uintptr_t)a->handler);
}

/* The first line of a frame is pushed before what it lies on is known: the record is filled in place. */
void run_action(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	int saved_errno = errno;
	struct modes modes = f->uc ? (struct modes){0} : regs_modes(); /* a frame's are the kernel's to give back */
	struct call_state outer = thread_leave_call(t);
	t->runs++;
	note_entered(sig, a, f->kind == RECORD_UNSAFE);
	bool is_main = t == thread_main; /* a fork in the handler makes one of another thread */
	sigbits published = thread_main_mask, host = f->host;
	unsigned records = thread_push(t, (struct record){.sp = THREAD_SP(), .kind = (uint8_t)f->kind, .sig = (uint8_t)sig});
	if (f->uc)
		call_in_frame(t, f, a, sig, info);
	else if (a->flags & (SA_SIGINFO | SA_ONSTACK))
		call_at_safe_point(t, f, a, sig, info);
	else
		call_plainly(t, f, a, sig, info);
	thread_pop(t, records);
	TRACE(LEFT, sig, .address = (uintptr_t)a->handler);
	if (f->host != host)
		published = f->host; /* the handler has edited the mask to return to */
	narrow(f, action_blocks(a, sig));
	t->kept_blocked = t->kept & f->host; /* in the handler it was the handler's mask */
	if (is_main && thread_main_mask != published) /* what the handler did to its mask ends with it */
		__atomic_store_n(&thread_main_mask, published, __ATOMIC_SEQ_CST);
	outer.ran |= (uint8_t)run_marks(a, sig);
	thread_resume_call(t, &outer);
	deadline_resume(t);
	if (!f->uc)
		regs_set_modes(modes);
	errno = saved_errno;
}
