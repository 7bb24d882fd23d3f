/* run.c: see run.h. Async-signal-safe, but for run_end, which is at a safe place. */
#include "run.h"

#include "arch/arch.h"
#include "deadline.h"
#include "disposition.h"
#include "next.h"
#include "options.h"
#include "pending.h"
#include "state.h"
#include "trace.h"
#include "wakeup.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

/* A safe point runs about as many as this in a row: under a storm the program goes on as well. */
#define RUNS_AT_ONCE 10240
/* Of a standard signal that comes again while its handler runs: each would cost a delivery. */
#define STANDARD_AT_ONCE 256

int run_ending_by;

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
	host |= a->mask | (a->flags & SA_NODEFER ? 0 : SIGBIT(sig));
	thread_set_kernel_mask(thread_mask_enter(t, host));
}

static void call_in_frame(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	memcpy(&f->uc->uc_sigmask, &f->back, sizeof f->back);
	t->record[t->records - 1] = record_of(&f->uc->uc_stack, f->kind, sig);
	enter_mask(t, a, sig, f->host);
	call_on_its_stack(t, a, sig, info, f->uc, &f->uc->uc_stack);
	thread_set_kernel_mask(SIGBITS_FULL);
	f->back = sigbits_of(&f->uc->uc_sigmask);
	if (!f->waiting)
		f->host = f->back;
}

static __attribute__((noinline)) void call_at_safe_point(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	ucontext_t uc;
	stack_t stack = {.ss_flags = SS_DISABLE};
	raw4(SYS_sigaltstack, 0, (long)&stack, 0, 0);
	make_context(&uc, &stack, f->host);
	t->record[t->records - 1] = record_of(&stack, f->kind, sig);
	enter_mask(t, a, sig, f->host);
	call_on_its_stack(t, a, sig, info, &uc, &stack);
	thread_set_kernel_mask(SIGBITS_FULL);
	f->host = sigbits_of(&uc.uc_sigmask);
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
static void run_action(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	int saved_errno = errno;
	struct modes modes = regs_modes();
	struct call_state outer = thread_leave_call(t);
	t->runs++;
	note_entered(sig, a, f->kind == RECORD_UNSAFE);
	sigbits published = thread_main_mask;
	unsigned records = thread_push(t, (struct record){.sp = THREAD_SP(), .kind = (uint8_t)f->kind, .sig = (uint8_t)sig});
	if (f->uc)
		call_in_frame(t, f, a, sig, info);
	else if (a->flags & (SA_SIGINFO | SA_ONSTACK))
		call_at_safe_point(t, f, a, sig, info);
	else
		call_plainly(t, f, a, sig, info);
	thread_pop(t, records);
	TRACE(LEFT, sig, .address = (uintptr_t)a->handler);
	t->kept_blocked = t->kept & f->host; /* in the handler it was the handler's mask */
	if (t == thread_main) /* what the handler did to its mask ends with it */
		__atomic_store_n(&thread_main_mask, published, __ATOMIC_SEQ_CST);
	outer.ran |= (uint8_t)run_marks(a, sig);
	thread_resume_call(t, &outer);
	due_set(t, DUE_RAN);
	regs_set_modes(modes);
	errno = saved_errno;
}

/* SA_RESETHAND where PERSIST leaves it: the reset belongs to the run, as natively to the delivery. */
static void reset(int sig, struct action *a) {
	struct action gone = *a;
	gone.handler = SIG_DFL;
	if (!disposition_lock(sig))
		return;
	disposition_kernel_default(sig);
	disposition_set(sig, &gone);
	disposition_unlock(sig);
}

static bool is_from_elsewhere(const siginfo_t *info) {
	return info->si_code > 0 || info->si_pid != raw4(SYS_getpid, 0, 0, 0, 0);
}

void run_note(const struct action *a, int sig, const siginfo_t *info) {
	if (a->marks & MARK_ONESHOT)
		disposition_note_run(sig, is_from_elsewhere(info) ? RUN_FROM_ELSEWHERE : RUN_OWN);
}

void run_instance(struct thread *t, struct frame *f, int sig, siginfo_t *info) {
	struct action a = disposition_get(sig);
	if ((a.marks & MARK_OURS) && a.handler == SIG_DFL && (options.orderly & SIGBIT(sig))) {
		thread_set_kernel_mask(thread_mask_enter(t, f->host));
		run_end(sig);
	}
	if (!action_is_handler(&a))
		return;
	if ((a.flags & (int)SA_RESETHAND) && !(a.marks & MARK_ONESHOT))
		reset(sig, &a);
	run_note(&a, sig, info);
	run_action(t, f, &a, sig, info);
}

static bool take_queued(int sig, siginfo_t *info) {
	static const struct timespec now;
	sigbits set = SIGBIT(sig);
	return raw4(SYS_rt_sigtimedwait, (long)&set, (long)info, (long)&now, sizeof set) == sig;
}

/* The kernel's own queue is looked at under a handler only: what was sent after the host took it away is the kernel's business. */
static bool has_handler(int sig) {
	struct action a = disposition_get(sig);
	return action_is_handler(&a) || (a.marks & MARK_OURS);
}

void run_drop(struct thread *t, int sig) {
	siginfo_t info;
	if (t->kept & ~t->kept_blocked & SIGBIT(sig))
		while (take_queued(sig, &info))
			;
}

static bool lets_through(const struct frame *f, int sig) { return !(f->host & SIGBIT(sig)); }

/* What we keep blocked: the rest of a storm waits in the kernel's queue, in its order. */
static int run_queued(struct thread *t, struct frame *f, int sig, int most) {
	siginfo_t info;
	int n = 0;
	for (; n < most && lets_through(f, sig) && has_handler(sig) && take_queued(sig, &info); n++) {
		wakeup_notify(sig);
		state_count(sig, STATE_ARRIVED);
		TRACE(ARRIVED, sig, .sender = info.si_pid, .code = info.si_code);
		run_instance(t, f, sig, &info);
	}
	return n;
}

/* Of a standard signal the kernel has one more at most; it has arrived before the run begins, which stands for it too. */
static bool coalesce(int sig) {
	siginfo_t info;
	if (!has_handler(sig) || !take_queued(sig, &info))
		return false;
	state_count(sig, STATE_ARRIVED);
	state_count(sig, STATE_COALESCED);
	TRACE(COALESCED, sig, .sender = info.si_pid, .code = info.si_code);
	return true;
}

/* The handler is gone: what arrived under it never kills. */
static int drop(struct thread *t, int sig) {
	siginfo_t info;
	run_drop(t, sig);
	for (pid_t tid; (tid = pending_take(t, sig, &info)) >= 0;)
		if (tid > 0)
			deadline_ring(tid);
	return 0;
}

static int run_number(struct thread *t, struct frame *f, int sig) {
	bool queued = t->kept & ~t->kept_blocked & SIGBIT(sig);
	siginfo_t info;
	int n = 0, most = RUNS_AT_ONCE;
	if (!has_handler(sig))
		return drop(t, sig);
	if (queued && sig < REALTIME)
		most = coalesce(sig) ? STANDARD_AT_ONCE : 0;
	for (pid_t tid; n < RUNS_AT_ONCE && lets_through(f, sig) && (tid = pending_take(t, sig, &info)) >= 0; n++) {
		if (tid > 0)
			deadline_ring(tid);
		run_instance(t, f, sig, &info);
	}
	return queued ? n + run_queued(t, f, sig, most) : n;
}

void run_rest(struct thread *t, struct frame *f, int sig) {
	if (sig >= REALTIME && t->first && sig < sigbits_lowest(pending_set(t)))
		run_queued(t, f, sig, RUNS_AT_ONCE);
}

bool run_due(struct thread *t, struct frame *f) {
	sigbits due;
	int n = 0;
	while (n < RUNS_AT_ONCE && (due = pending_set(t) & ~f->host) != 0)
		n += run_number(t, f, sigbits_lowest(due));
	if (t->first == NULL)
		t->since_ns = 0;
	t->sated = n >= RUNS_AT_ONCE;
	return n > 0;
}

/* A second listed signal finds its default action. */
void run_end(int sig) {
	for (int s = 1; s <= SIGNALS; s++)
		if ((options.orderly & SIGBIT(s)) && (disposition_get(s).marks & MARK_OURS))
			disposition_kernel_default(s);
	run_ending_by = sig;
	exit(128 + sig);
}
