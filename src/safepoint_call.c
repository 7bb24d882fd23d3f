/* safepoint_call.c: see safepoint.h: the long way of a call. Async-signal-safe. */
#include "safepoint.h"

#include "arch/arch.h"
#include "deadline.h"
#include "next.h"
#include "objects.h"
#include "options.h"
#include "pending.h"
#include "run.h"
#include "trace.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

/* A call that finds something due again and again is made in the end, with rings that keep it from waiting. */
#define LOOKS 3

static void test_cancel(const struct call *c, struct thread *t) {
	if ((c->kind & CALL_CANCEL) && (due_get(t) & DUE_CANCEL))
		pthread_testcancel();
}

static bool restarts(const struct call *c, unsigned ran) {
	return (c->kind & CALL_RESTARTS) && !(ran & RAN_NO_RESTART);
}
/* What signal(7) restarts for SA_RESTART is that flag's business; a socket with a timeout it never restarts. */
static bool retries(const struct call *c, const long args[6], unsigned ran) {
	if ((ran & RAN_NO_RETRY) || (c->kind & (CALL_HANDLER | CALL_ONCE)))
		return false;
	return !(c->kind & CALL_RESTARTS) || call_socket_timeout_ns(c, args) != 0;
}

static long raw(const struct call *c, const long a[6]) { return raw6(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]); }

/* Without a reserved signal nothing can ring a thread that is cancelled: the C library's own signal ends the wait. */
static long look_and_call(struct thread *t, const struct call *c, const long a[6]) {
	int type;
	bool point = (c->kind & CALL_CANCEL) && deadline_signal == 0;
	if (point)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	long r = stub6(&t->fresh, c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (point)
		pthread_setcanceltype(type, NULL);
	return r;
}

/* A wait whose time is over completes, and a ring would take that from it. */
static long call_without_wait(struct thread *t, const struct call *c, const long args[6]) {
	if (call_is_over(c, args))
		return raw(c, args);
	bool rings = deadline_no_wait(t);
	long r = likely(rings) || (c->kind & CALL_ONCE) ? raw(c, args) : -EINTR;
	deadline_may_wait(t);
	return r;
}

/* ---- The long way of a call. ---- */

struct way {
	struct thread *t;
	const struct call *c;
	const void *caller;
	uintptr_t sp;
	long *args;
	struct masked *m;
	unsigned records;
	unsigned ran; /* before the attempt under way, or in it */
	struct timespec left, *rem; /* CALL_REM: ours, and the host's */
	bool sated;   /* as many have run as may at one call: under a storm the program goes on */
};

static void run(struct way *w) {
	if (w->sated)
		return;
	w->ran |= safepoint_run(w->t, w->sp, w->caller);
	w->sated = w->t->sated;
}

/* A handler that ran decides: it ends the call, the call must not wait, or it may. */
static bool must_not_wait(const struct way *w) {
	return w->ran && (!restarts(w->c, w->ran) || call_socket_timeout_ns(w->c, w->args)) && !retries(w->c, w->args, w->ran);
}

/* What the temporary mask lets through and the host's own mask does not runs under the temporary mask. A call that ends with it has
 * the mask that it left. */
static void run_under(struct way *w) {
	struct thread *t = w->t;
	struct frame f = {.host = w->m->mask, .kind = RECORD_SAFE, .waiting = true};
	if ((pending_set(t) & ~f.host) && safepoint_allowed(t, w->sp, w->caller)) {
		f.back = thread_block_all(t);
		run_due(t, &f);
		thread_set_kernel_mask(thread_mask_enter(t, f.back));
	}
	w->ran |= safepoint_take_ran(t);
	w->m->now = must_not_wait(w) ? f.host : w->m->mask;
	w->m->kernel = w->m->now | t->kept;
	t->waiting_mask = &w->m->now;
}

static void look(struct way *w) {
	run(w);
	test_cancel(w->c, w->t);
	if (w->m)
		run_under(w);
}

/* In a stub too, which is a safe place for what the call itself sends. */
static long call_at_once(const struct call *c, const long a[6]) {
	static const unsigned nothing;
	return stub6(&nothing, c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long attempt(struct way *w) {
	struct thread *t = w->t;
	long r = STUB_NOT_MADE;
	if (!(w->c->kind & CALL_WAITS) || t->vforked) {
		run(w);
		if (w->m)
			w->m->kernel = w->m->mask;
		if (!t->vforked)
			test_cancel(w->c, t);
		return call_at_once(w->c, w->args);
	}
	for (int looks = 0; r == STUB_NOT_MADE && looks < LOOKS && !w->sated; looks++) {
		look(w);
		if (w->ran && (w->c->kind & CALL_HANDLER))
			return -EINTR;
		if (must_not_wait(w))
			return call_without_wait(t, w->c, w->args);
		if (!(due_get(t) & DUE_KEPT))
			deadline_disarm(t);
		r = look_and_call(t, w->c, w->args);
	}
	if (r != STUB_NOT_MADE)
		return r;
	r = call_without_wait(t, w->c, w->args);
	return r == -EINTR ? STUB_RESTART : r;
}

/* Whether a call that ended so is made again. */
static bool again(const struct way *w, long r, bool rung) {
	if (r == STUB_NOT_MADE)
		return true;
	if (r != STUB_RESTART && r != -EINTR)
		return false;
	test_cancel(w->c, w->t);
	if (!(w->c->kind & CALL_WAITS))
		return false;
	if (w->ran == 0)
		return r == STUB_RESTART || (rung && !(w->c->kind & CALL_ONCE));
	return (r == STUB_RESTART && restarts(w->c, w->ran)) || retries(w->c, w->args, w->ran);
}

static long leave(struct way *w, long r) {
	struct thread *t = w->t;
	if (due_get(t) & (DUE_KEPT | DUE_REMOTE | DUE_OUT | DUE_TELL | DUE_STRAY))
		run(w);
	safepoint_take_ran(t);
	if (t->records > w->records)
		thread_pop(t, w->records);
	t->rung = false;
	t->call = NULL;
	if (w->rem && (r == -EINTR || r == STUB_RESTART))
		*w->rem = w->left;
	if (w->ran && (r == -EINTR || r == STUB_RESTART || r == STUB_NOT_MADE))
		trace_in_call(TRACE_INTERRUPTED, 0, next_name((enum next_index)w->c->next), (struct trace_record){0});
	return r == STUB_RESTART || r == STUB_NOT_MADE ? -EINTR : r;
}

/* What ran meanwhile, and what is due now that the call has ended. */
static void gather(struct way *w, long r) {
	if (!(due_get(w->t) & (DUE_KEPT | DUE_REMOTE | DUE_OUT | DUE_RAN)))
		return;
	if (r == -EINTR || r == STUB_RESTART)
		run(w);
	w->ran |= safepoint_take_ran(w->t);
}

/* ---- A socket with SO_RCVTIMEO or SO_SNDTIMEO: the kernel ends the call with EINTR and forgets the time that has passed. ---- */

static const struct call ready_call = {SYS_poll, CALL_WAITS | CALL_CANCEL | CALL_MS | CALL_TIMEOUT(2), NEXT_poll, false, false};

/* Wait for the socket with the time that is left. False: it has run out. */
static bool wait_socket(const struct way *w, int64_t began) {
	int64_t whole = call_socket_timeout_ns(w->c, w->args);
	int64_t left = began + whole - deadline_now_ns();
	if (whole == 0)
		return true;
	if (left <= 0)
		return false;
	struct pollfd fd = {.fd = (int)w->args[0], .events = call_sends(w->c) ? POLLOUT : POLLIN};
	long ready[6] = {(long)&fd, 1, (long)((left + 999999) / 1000000)};
	return safepoint_system_call(&ready_call, w->caller, STUB_NOT_MADE, ready, NULL) != 0;
}

/* The host's own is written at the end, if the call then fails with EINTR: an attempt that is made again leaves no trace. */
static void take_rem(struct way *w) {
	long *arg = &w->args[CALL_TIMEOUT_OF(w->c->kind) + 1];
	if (!(w->c->kind & CALL_REM) || is_nowhere((const void *)*arg))
		return;
	w->rem = (struct timespec *)*arg;
	*arg = (long)&w->left;
}

static long make(struct way *w, struct timespec *left, int64_t *deadline) {
	if (*deadline == 0) {
		*deadline = call_deadline_ns(w->c, w->args);
		take_rem(w);
	} else
		call_shorten(w->c, w->args, left, *deadline);
	w->t->rung = false;
	w->t->call = next_name((enum next_index)w->c->next);
	long r = attempt(w);
	w->t->waiting_mask = NULL;
	return r;
}

long safepoint_system_call(const struct call *c, const void *caller, long r, long args[6], struct masked *m) {
	struct way w = {.t = &self, .c = c, .caller = caller, .sp = THREAD_SP(), .args = args, .m = m, .records = self.records};
	struct timespec left;
	int64_t deadline = 0, began = options.retry ? deadline_now_ns() : 0;
	if (unlikely(objects_in_malloc(caller))) /* nothing runs in the midst of that, as it waits for its lock */
		thread_push(&self, (struct record){.sp = w.sp, .kind = RECORD_UNSAFE});
	for (bool made = r != STUB_NOT_MADE;; made = false) {
		if (!made)
			r = make(&w, &left, &deadline);
		bool rung = w.t->rung;
		gather(&w, r);
		if (!again(&w, r, rung) || (made && call_forgets_time(c, args)))
			return leave(&w, r);
		if (w.ran)
			trace_in_call(TRACE_RESTARTED, 0, next_name((enum next_index)c->next), (struct trace_record){0});
		if (r == -EINTR && began && !wait_socket(&w, began))
			return leave(&w, -EAGAIN);
	}
}

long safepoint_call(const struct call *c, const void *caller, long r, long a, long b, long d, long e, long f, long g) {
	if (unlikely(r == STUB_NOT_MADE) || unlikely(self.due != 0)) {
		long args[6] = {a, b, d, e, f, g};
		r = safepoint_system_call(c, caller, r, args, NULL);
	}
	if (likely((unsigned long)r <= -4096UL))
		return r;
	errno = (int)-r;
	return -1;
}
