/* on_thread.c: the life of a thread: its start, its end, main's, and pthread_cancel.
 * Called by interpose. Async-signal-safe where POSIX says so, but for on_start_main, run_thread, on_pthread_create. */
#include "on.h"

#include "arch/arch.h"
#include "deadline.h"
#include "inject.h"
#include "kernel_action.h"
#include "next.h"
#include "pending.h"
#include "region.h"
#include "trace.h"
#include <errno.h>
#include <limits.h>

/* ---- The end: hand over, or run, what is due. ---- */

/* Without a handler nothing comes: a thread in seccomp's strict mode may make no call but its last. Returns the mask before. */
static sigbits nothing_more(void) { return kernel_action_prepared ? thread_set_kernel_mask(SIGBITS_FULL) : SIGBITS_FULL; }

/* What the kernel queues for this thread alone, behind one that main has still to take, would be lost with it. */
static void take_in_queued(struct thread *t) {
	if ((t->kept & ~t->kept_blocked) == 0)
		return;
	t->unkept = 1;
	thread_mask_as_host(t);
	t->unkept = 0;
	safepoint_run(t, THREAD_SP(), NULL);
}

/* What came between the last look and the mask would be lost with the thread: it looks again, unless it ends where nothing may run. */
static void run_to_the_last(struct thread *t) {
	for (;;) {
		safepoint_run(t, THREAD_SP(), NULL);
		take_in_queued(t);
		sigbits kernel = nothing_more();
		if (!(pending_set(t) & ~thread_mask_host(t, kernel)) || !safepoint_allowed(t, THREAD_SP(), NULL))
			return;
		thread_set_kernel_mask(kernel);
	}
}

static bool is_in_unsafe_place(const struct thread *t) {
	for (unsigned i = 0; i < t->records; i++)
		if (t->record[i].kind == RECORD_UNSAFE)
			return true;
	return false;
}

/* What it was inside of is left, by whatever way; where a handler was forced, what that interrupted is half done for good. */
static void leave_all(struct thread *t) {
	t->deferring = 0;
	thread_jumped(t, is_in_unsafe_place(t) ? 0 : UINTPTR_MAX);
}

static void thread_ends(struct thread *t) {
	leave_all(t);
	run_to_the_last(t);
	pending_disown(t);
	t->kept = t->kept_blocked = 0;
	if (t->timer >= 0)
		raw4(SYS_timer_delete, t->timer, 0, 0, 0);
	t->timer = -2;
}

/* First nobody gives us anything more, then what was given is sent again: the kernel finds a thread that takes it. */
static void main_ends(struct thread *t) {
	siginfo_t info;
	leave_all(t);
	safepoint_run(t, THREAD_SP(), NULL);
	nothing_more();
	__atomic_store_n(&thread_main, NULL, __ATOMIC_SEQ_CST);
	pending_collect(t);
	for (sigbits set; (set = pending_set(t)) != 0;) {
		int sig = sigbits_lowest(set);
		pid_t tid = pending_take(t, sig, &info);
		if (tid > 0)
			deadline_ring(tid);
		if (tid >= 0)
			raw4(SYS_rt_sigqueueinfo, raw4(SYS_getpid, 0, 0, 0, 0), sig, (long)&info, 0);
	}
}

/* ---- The start. ---- */

struct birth {
	void *(*start)(void *);
	void *arg;
	sigbits mask;
	bool blocks_reserved;
};
_Static_assert(sizeof(struct birth) <= sizeof(siginfo_t), "a slot holds a thread's birth");

/* Of libc's own, for what a thread does last: those that a program is given save its registers, and let C++ unwind. */
extern void _pthread_cleanup_push(struct _pthread_cleanup_buffer *, void (*last)(void *), void *);
extern void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *, int run);

/* Destructors of the host's own run after the cleanup handlers, as natively: under the host's mask. The last round of them is the end. */
static pthread_key_t last_key;
static bool has_last_key;

static void last_round(void *round) {
	uintptr_t n = (uintptr_t)round;
	if (n < PTHREAD_DESTRUCTOR_ITERATIONS)
		NEXT(pthread_setspecific)(last_key, (void *)(n + 1));
	else
		on_thread_exits();
}

static bool expect_last_round(void) { return has_last_key && NEXT(pthread_setspecific)(last_key, (void *)1) == 0; }

/* Out of an unsafe place nothing more runs: this is the end. */
static void ended(void *last_round_comes) {
	bool last = !last_round_comes || is_in_unsafe_place(&self);
	if (last_round_comes && last)
		NEXT(pthread_setspecific)(last_key, NULL);
	leave_all(&self);
	if (last)
		thread_ends(&self);
	else
		safepoint_run(&self, THREAD_SP(), NULL);
}

static void *run_thread(void *arg) {
	struct slot *s = arg;
	struct birth b;
	memcpy(&b, &s->info, sizeof b);
	slot_put(s);
	thread_attach(&self);
	self.blocks_reserved = b.blocks_reserved;
	thread_set_kernel_mask(b.mask);
	struct _pthread_cleanup_buffer end;
	NEXT(_pthread_cleanup_push)(&end, ended, expect_last_round() ? &self : NULL);
	void *result = b.start(b.arg);
	NEXT(_pthread_cleanup_pop)(&end, 1);
	return result;
}

/* Main's end by pthread_exit or cancellation hands over what is due. It must be seen coming: nobody cancels main before there is
 * another thread. */
void on_expect_main_end(void) {
	static const struct thread *expected;
	if (&self != thread_main || expected == &self || next_get(NEXT_pthread_key_create) == NULL)
		return;
	expected = &self;
	has_last_key = has_last_key || NEXT(pthread_key_create)(&last_key, last_round) == 0;
	expect_last_round();
}

static sigbits mask_of(const pthread_attr_t *attr) {
	sigset_t mask;
	int (*get)(const pthread_attr_t *, sigset_t *) = next_get(NEXT_pthread_attr_getsigmask_np);
	if (attr && get && get(attr, &mask) == 0)
		return sigbits_of(&mask) & ~on_private_signals();
	return thread_host_mask(&self);
}

int on_pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr, void *(*run)(void *), void *restrict arg) {
	struct region g REGION_SCOPE;
	region_enter(&g, 0, CALLER);
	on_expect_main_end();
	struct slot *s = slot_get();
	if (s == NULL)
		return NEXT(pthread_create)(thread, attr, run, arg);
	struct birth b = {run, arg, mask_of(attr), self.blocks_reserved};
	memcpy(&s->info, &b, sizeof b);
	int r = NEXT(pthread_create)(thread, attr, run_thread, s);
	if (r != 0)
		slot_put(s);
	return r;
}

/* What it returns is read as an int by thrd_join. */
int on_thrd_create(thrd_t *thread, thrd_start_t run, void *arg) {
	switch (on_pthread_create(thread, NULL, (void *(*)(void *))(void *)run, arg)) {
	case 0:
		return thrd_success;
	case ENOMEM:
		return thrd_nomem;
	default:
		return thrd_error;
	}
}

/* Who is to be rung for it; 0: nobody, or it has not begun yet. */
static pid_t tid_to_ring(const struct thread *t) {
	bool rings = t != &self && deadline_signal && !__atomic_load_n(&t->uncancelable, __ATOMIC_SEQ_CST);
	return rings ? __atomic_load_n(&t->tid, __ATOMIC_RELAXED) : 0;
}

/* Once it is cancelled a thread may be gone, and its memory: it is looked at before, but for one that has not begun. */
int on_pthread_cancel(pthread_t to) {
	struct thread *t = thread_of(to);
	on_safe_point(CALLER);
	on_expect_main_end();
	due_set(t, DUE_CANCEL);
	bool begun = __atomic_load_n(&t->tid, __ATOMIC_RELAXED);
	pid_t tid = tid_to_ring(t);
	int r = NEXT(pthread_cancel)(to);
	if (r == 0 && !begun)
		tid = tid_to_ring(t);
	if (r == 0 && tid) {
		kernel_action_prepare(); /* there may be no handler yet */
		deadline_ring(tid);
	}
	return r;
}

/* Who cannot be cancelled is not rung for it: a wait with a timeout, made on the short way, would not know how long it has waited. Written
 * before the thread looks at what is due again: one of the two sees the other. */
int on_pthread_setcancelstate(int state, int *old) {
	on_safe_point(CALLER);
	int r = NEXT(pthread_setcancelstate)(state, old);
	if (r == 0)
		__atomic_store_n(&self.uncancelable, state == PTHREAD_CANCEL_DISABLE, __ATOMIC_SEQ_CST);
	return r;
}

void on_thread_exits(void) { (&self == thread_main ? main_ends : thread_ends)(&self); }

int (*on_main)(int, char **, char **);

/* main's return is a safe point. */
int on_start_main(int argc, char **argv, char **envp) {
	self.unkept = 0; /* libc's own jump is prepared */
	inject_begin();
	int r = on_main(argc, argv, envp);
	safepoint_run(&self, THREAD_SP(), NULL);
	TRACE(EXIT, 0, .code = r);
	return r;
}
