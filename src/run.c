/* run.c: see run.h. Async-signal-safe, but for ending_run, which is called at a safe place. */
#include "run.h"

#include "arch/arch.h"
#include "deadline.h"
#include "disposition.h"
#include "ending.h"
#include "options.h"
#include "pending.h"
#include "state.h"
#include "trace.h"
#include "wakeup.h"
#include <sys/syscall.h>
#include <time.h>

/* A safe point runs about as many as this in a row: under a storm the program goes on as well. */
#define RUNS_AT_ONCE 10240
/* … and fewer while that goes on: the program's own loop has its turns. */
#define RUNS_IN_FLOOD 1024
/* Of a standard signal that comes again while its handler runs: each would cost a delivery. */
#define STANDARD_AT_ONCE 256

/* SA_RESETHAND where PERSIST leaves it: the reset belongs to the run, as natively to the delivery. Flags and mask stay. */
static void reset(int sig, const struct action *a) {
	struct action gone = *a;
	gone.handler = SIG_DFL;
	if (!disposition_lock(sig))
		return;
	if (disposition_get(sig).handler == a->handler) { /* not set anew meanwhile */
		disposition_kernel_reset(sig, &gone);
		disposition_set(sig, &gone);
	}
	disposition_unlock(sig);
}

static bool is_from_elsewhere(const siginfo_t *info) {
	return info->si_code > 0 || info->si_pid != raw4(SYS_getpid, 0, 0, 0, 0);
}

void run_note(const struct action *a, int sig, const siginfo_t *info) {
	if (a->marks & MARK_ONESHOT)
		disposition_note_run(sig, is_from_elsewhere(info) ? RUN_FROM_ELSEWHERE : RUN_OWN);
}

void run_instance(struct thread *t, struct frame *f, const struct action *a, int sig, siginfo_t *info) {
	if ((a->marks & MARK_OURS) && a->handler == SIG_DFL && (options.orderly & SIGBIT(sig))) {
		thread_set_kernel_mask(thread_mask_enter(t, f->host));
		ending_run(sig);
	}
	if (!action_is_handler(a))
		return;
	if ((a->flags & (int)SA_RESETHAND) && !(a->marks & MARK_ONESHOT))
		reset(sig, a);
	run_note(a, sig, info);
	run_action(t, f, a, sig, info);
}

static void run_kept(struct thread *t, struct frame *f, int sig, siginfo_t *info) {
	struct action a = disposition_get(sig);
	run_instance(t, f, &a, sig, info);
	frame_block(f);
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

static bool lets_through(const struct frame *f, int sig) { return !((f->host | f->withheld) & SIGBIT(sig)); }

/* When it arrived, and where main was then, is not known. */
static void note_taken(int sig, const siginfo_t *info) {
	state_count(sig, STATE_ARRIVED);
	TRACE(ARRIVED, sig, .sender = trace_sender(info), .code = info->si_code);
}

/* What we keep blocked: the rest of a storm waits in the kernel's queue, in its order. */
static int run_queued(struct thread *t, struct frame *f, int sig, int most) {
	siginfo_t info;
	int n = 0;
	for (; n < most && lets_through(f, sig) && has_handler(sig) && take_queued(sig, &info); n++) {
		wakeup_notify(sig);
		note_taken(sig, &info);
		run_kept(t, f, sig, &info);
	}
	return n;
}

/* Of a standard signal the kernel has one more at most; it has arrived before the run begins, which stands for it too. */
static bool coalesce(int sig) {
	siginfo_t info;
	if (!has_handler(sig) || !take_queued(sig, &info))
		return false;
	note_taken(sig, &info);
	state_count(sig, STATE_COALESCED);
	TRACE(COALESCED, sig, .sender = trace_sender(&info), .code = info.si_code);
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

void run_ignore(struct thread *t, int sig) {
	run_drop(t, sig);
	if (likely(!(pending_set(t) & SIGBIT(sig))))
		return;
	sigbits host = thread_block_all(t);
	drop(t, sig);
	thread_set_kernel_mask(thread_mask_enter(t, host));
}

static int run_number(struct thread *t, struct frame *f, int sig, int most) {
	bool queued = t->kept & ~t->kept_blocked & SIGBIT(sig);
	siginfo_t info;
	int n = 0, most_queued = most;
	if (!has_handler(sig))
		return drop(t, sig);
	if (queued && sig < REALTIME)
		most_queued = coalesce(sig) ? STANDARD_AT_ONCE : 0;
	for (pid_t tid; n < most && lets_through(f, sig) && (tid = pending_take(t, sig, &info)) >= 0; n++) {
		if (tid > 0)
			deadline_ring(tid);
		run_kept(t, f, sig, &info);
	}
	return queued ? n + run_queued(t, f, sig, most_queued) : n;
}

void run_rest(struct thread *t, struct frame *f, int sig) {
	if (sig >= REALTIME && t->first && sig < sigbits_lowest(pending_set(t)))
		run_queued(t, f, sig, RUNS_AT_ONCE);
}

bool run_due(struct thread *t, struct frame *f) {
	sigbits due;
	int n = 0, most = t->sated ? RUNS_IN_FLOOD : RUNS_AT_ONCE;
	while (n < most && (due = pending_set(t) & ~(f->host | f->withheld)) != 0)
		n += run_number(t, f, sigbits_lowest(due), most);
	if (t->first == NULL)
		t->since_ns = 0;
	t->sated = n >= most;
	return n > 0;
}
