/* thread.c: see thread.h. Async-signal-safe. */
#include "thread.h"

#include "arch/arch.h"
#include <pthread.h>
#include <stddef.h>
#include <sys/syscall.h>

_Static_assert(offsetof(struct thread, due) == 0 && offsetof(struct thread, vforked) == 8 && offsetof(struct thread, unkept) == 12,
               "arch's entry.S counts on it");

__thread struct thread self = {.due = DUE_ATTACH, .timer = -1};

struct thread *thread_main;
sigbits thread_main_mask;
sigbits thread_not_kept;
pid_t thread_process;
unsigned thread_due_always;

void thread_attach(struct thread *t) {
	t->tid = (pid_t)raw4(SYS_gettid, 0, 0, 0, 0);
	if (thread_process == 0)
		thread_process = (pid_t)raw4(SYS_getpid, 0, 0, 0, 0);
	due_set(t, thread_due_always);
	due_clear(t, DUE_ATTACH);
}

void thread_child(struct thread *t) {
	t->tid = (pid_t)raw4(SYS_gettid, 0, 0, 0, 0);
	t->kept = t->kept_blocked = 0;
	t->first = t->out = NULL;
	t->since_ns = 0;
	t->timer = -1;
	t->ran = 0;
	t->no_wait = t->rung = false;
	t->vforked = 0; /* a memory of its own */
	__atomic_store_n(&t->due, thread_due_always | (t->deferring ? DUE_SECTION : 0), __ATOMIC_SEQ_CST);
	thread_process = t->tid;
	thread_main = t;
}

bool thread_is_other(const struct thread *t) { return t->tid != (pid_t)raw4(SYS_gettid, 0, 0, 0, 0); }

struct thread *thread_of(unsigned long pthread) {
	return (struct thread *)((char *)&self + (pthread - (unsigned long)pthread_self()));
}

unsigned thread_push(struct thread *t, struct record r) {
	unsigned before = t->records;
	if (before < RECORDS) {
		t->record[before] = r;
		__atomic_signal_fence(__ATOMIC_SEQ_CST); /* a signal in between sees the record whole or not at all */
		t->records = (uint8_t)(before + 1);
	}
	return before;
}

/* On an alternate stack a place outside of its bounds is one that has left it. */
static bool is_below(const struct record *r, uintptr_t sp) {
	if (r->above != 0)
		return sp > r->sp || sp < r->sp - r->below;
	return sp > r->sp;
}

void thread_jumped(struct thread *t, uintptr_t sp) {
	t->waiting_mask = NULL;
	t->call = NULL;
	t->no_wait = t->rung = false;
	t->ran = 0;
	while (t->records > 0 && is_below(&t->record[t->records - 1], sp))
		t->records--;
}

/* A record on an ordinary stack below the caller's frame was left by a way that we do not see. On an alternate
 * stack nothing is said by where the caller is: its handler may have gone on elsewhere. */
const struct record *thread_top(struct thread *t, uintptr_t sp) {
	while (t->records > 0 && t->record[t->records - 1].above == 0 && sp > t->record[t->records - 1].sp)
		t->records--;
	return t->records > 0 ? &t->record[t->records - 1] : NULL;
}

struct call_state thread_leave_call(struct thread *t) {
	struct call_state s = {t->waiting_mask, t->call, t->ran, t->no_wait, t->rung, t->unkept, 0};
#if !STUB_LABELS
	s.inside = stub_inside;
	stub_inside = 0;
#endif
	t->waiting_mask = NULL;
	t->call = NULL;
	t->ran = 0;
	t->no_wait = t->rung = false;
	return s;
}

void thread_resume_call(struct thread *t, const struct call_state *s) {
	t->waiting_mask = s->waiting_mask;
	t->call = s->call;
	t->ran = s->ran;
	if (s->ran)
		due_set_own(t, DUE_RAN); /* the handler's own calls have cleared it */
	t->no_wait = s->no_wait;
	t->rung = s->rung;
	t->unkept = s->unkept;
#if !STUB_LABELS
	stub_inside = s->inside;
#endif
}

sigbits thread_kernel_mask(void) {
	sigbits mask;
	raw4(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, sizeof mask);
	return mask;
}

sigbits thread_set_kernel_mask(sigbits mask) {
	sigbits before;
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&before, sizeof mask);
	return before;
}

sigbits thread_host_mask(struct thread *t) {
	sigbits host = thread_block_all(t);
	thread_set_kernel_mask(thread_mask_enter(t, host));
	return host;
}
