/* safepoint.c: see safepoint.h. Async-signal-safe. */
#include "safepoint.h"

#include "arch/arch.h"
#include "deadline.h"
#include "next.h"
#include "options.h"
#include "pending.h"
#include "run.h"
#include "wakeup.h"
#include "where.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A call that finds something due again and again is made in the end, with rings that keep it from waiting. */
#define LOOKS 3

bool safepoint_allowed(struct thread *t, uintptr_t sp, const void *caller) {
	return thread_is_safe(t, sp) && !(unlikely(where_has_own_malloc()) && where_in_malloc(caller));
}

static unsigned take_ran(struct thread *t) {
	unsigned ran = t->ran;
	t->ran = 0;
	due_clear(t, DUE_RAN);
	return ran;
}

/* fresh is cleared with all blocked and after main's inbox is empty: whatever comes later sets it again. */
static void collect(struct thread *t) {
	if (due_get(t) & DUE_OUT)
		pending_reclaim(t);
	__atomic_store_n(&t->fresh, 0, __ATOMIC_SEQ_CST);
	if (t == thread_main && (due_get(t) & DUE_REMOTE)) {
		pending_collect(t);
		__atomic_store_n(&t->fresh, 0, __ATOMIC_SEQ_CST);
		if (due_get(t) & DUE_REMOTE)
			__atomic_store_n(&t->fresh, 1, __ATOMIC_SEQ_CST);
	}
}

static void run_all(struct thread *t) {
	struct frame f = {.host = thread_mask_host(t, thread_set_kernel_mask(SIGBITS_FULL)), .kind = RECORD_SAFE};
	collect(t);
	run_due(t, &f);
	if (!(pending_set(t) & ~f.host))
		deadline_disarm(t);
	thread_set_kernel_mask(thread_mask_enter(t, f.host));
}

unsigned safepoint_run(struct thread *t, uintptr_t sp, const void *caller) {
	if (unlikely(t->vforked))
		return 0;
	t->unkept = 0;
	if ((due_get(t) & (DUE_KEPT | DUE_REMOTE | DUE_OUT)) && safepoint_allowed(t, sp, caller))
		run_all(t);
	else
		__atomic_store_n(&t->fresh, 0, __ATOMIC_SEQ_CST);
	if (unlikely(due_get(t) & DUE_TELL))
		wakeup_tell(false);
	return take_ran(t);
}

static void test_cancel(const struct call *c, struct thread *t) {
	if ((c->kind & CALL_CANCEL) && (due_get(t) & DUE_CANCEL))
		pthread_testcancel();
}

/* When the wait is to end, on the monotonic clock; INT64_MAX: never. */
static int64_t deadline_of(const struct call *c, const long args[6]) {
	long v = args[CALL_TIMEOUT_OF(c->kind)];
	if (c->kind & CALL_MS)
		return (int)v < 0 ? INT64_MAX : deadline_now_ns() + (int)v * INT64_C(1000000);
	if (!(c->kind & CALL_TS) || v == 0)
		return INT64_MAX;
	const struct timespec *ts = (const struct timespec *)v;
	if (ts->tv_sec < 0 || ts->tv_sec > INT32_MAX)
		return INT64_MAX;
	return deadline_now_ns() + ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

/* The same call with the time that is left, rounded up. */
static void shorten(const struct call *c, long args[6], struct timespec *left, int64_t deadline) {
	unsigned i = CALL_TIMEOUT_OF(c->kind);
	if (deadline == INT64_MAX)
		return;
	int64_t ns = deadline - deadline_now_ns();
	ns = ns < 0 ? 0 : ns;
	*left = (struct timespec){ns / 1000000000, ns % 1000000000};
	args[i] = c->kind & CALL_MS ? (long)((ns + 999999) / 1000000) : (long)left;
}

static bool restarts(const struct call *c, unsigned ran) {
	return (c->kind & CALL_RESTARTS) && !(ran & RAN_NO_RESTART);
}
static bool retries(const struct call *c, unsigned ran) {
	return !(ran & RAN_NO_RETRY) && !(c->kind & (CALL_HANDLER | CALL_ONCE));
}

static long raw(const struct call *c, const long a[6]) { return raw6(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]); }

static long look_and_call(struct thread *t, const struct call *c, const long a[6]) {
	return stub6(&t->fresh, c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long call_without_wait(struct thread *t, const struct call *c, const long args[6]) {
	deadline_no_wait(t);
	long r = raw(c, args);
	deadline_may_wait(t);
	return r;
}

/* ---- A socket with SO_RCVTIMEO or SO_SNDTIMEO: the kernel ends the call with EINTR and forgets the time that has passed. ---- */

static const struct call ready_call = {"poll", SYS_poll, CALL_WAITS | CALL_CANCEL | CALL_MS | CALL_TIMEOUT(2), 0, false, false};

static bool sends(long nr) {
	return nr == SYS_write || nr == SYS_writev || nr == SYS_sendto || nr == SYS_sendmsg || nr == SYS_sendmmsg || nr == SYS_connect;
}

/* 0: none, as for every file that is no socket. */
static int64_t socket_timeout(const struct call *c, const long args[6]) {
	struct timeval timeout = {0, 0};
	socklen_t size = sizeof timeout;
	int option = sends(c->nr) ? SO_SNDTIMEO : SO_RCVTIMEO;
	if (!(c->kind & CALL_RESTARTS) || raw6(SYS_getsockopt, args[0], SOL_SOCKET, option, (long)&timeout, (long)&size, 0) != 0)
		return 0;
	return timeout.tv_sec * INT64_C(1000000000) + timeout.tv_usec * INT64_C(1000);
}

/* Wait for the socket with the time that is left. False: it has run out. */
static bool wait_socket(const struct call *c, const void *caller, const long args[6], int64_t began) {
	int64_t whole = socket_timeout(c, args);
	int64_t left = began + whole - deadline_now_ns();
	if (whole == 0)
		return true;
	if (left <= 0)
		return false;
	struct pollfd fd = {.fd = (int)args[0], .events = sends(c->nr) ? POLLOUT : POLLIN};
	long ready[6] = {(long)&fd, 1, (long)((left + 999999) / 1000000)};
	return safepoint_system_call(&ready_call, caller, STUB_NOT_MADE, ready, NULL) != 0;
}

/* What the temporary mask lets through and the host's own mask does not runs under the temporary mask. */
static unsigned run_under(struct thread *t, struct masked *m, uintptr_t sp, const void *caller) {
	if ((pending_set(t) & ~m->mask) && safepoint_allowed(t, sp, caller)) {
		struct frame f = {.host = m->mask, .kind = RECORD_SAFE};
		sigbits host = thread_mask_host(t, thread_set_kernel_mask(SIGBITS_FULL));
		run_due(t, &f);
		thread_set_kernel_mask(thread_mask_enter(t, host));
	}
	m->kernel = m->mask | t->kept;
	t->waiting_mask = &m->mask;
	return take_ran(t);
}

static unsigned look(struct thread *t, const struct call *c, const void *caller, struct masked *m, uintptr_t sp) {
	unsigned ran = safepoint_run(t, sp, caller);
	test_cancel(c, t);
	return m ? ran | run_under(t, m, sp, caller) : ran;
}

/* One attempt; *ran gathers what ran before it. */
static long attempt(struct thread *t, const struct call *c, const void *caller, const long args[6], struct masked *m, unsigned *ran, uintptr_t sp) {
	long r = STUB_NOT_MADE;
	if (!(c->kind & CALL_WAITS) || t->vforked) {
		*ran |= safepoint_run(t, sp, caller);
		return raw(c, args);
	}
	for (int looks = 0; r == STUB_NOT_MADE && looks < LOOKS; looks++) {
		*ran |= look(t, c, caller, m, sp);
		if (*ran && (c->kind & CALL_HANDLER))
			return -EINTR;
		if (*ran && (!restarts(c, *ran) || socket_timeout(c, args)) && !retries(c, *ran))
			return call_without_wait(t, c, args);
		if (!(due_get(t) & DUE_KEPT))
			deadline_disarm(t);
		r = look_and_call(t, c, args);
	}
	if (r != STUB_NOT_MADE)
		return r;
	r = call_without_wait(t, c, args);
	return r == -EINTR ? STUB_RESTART : r;
}

/* Whether a call that ended so is made again. */
static bool again(struct thread *t, const struct call *c, long r, unsigned ran, bool rung) {
	if (r == STUB_NOT_MADE)
		return true;
	if (r != STUB_RESTART && r != -EINTR)
		return false;
	test_cancel(c, t);
	if (!(c->kind & CALL_WAITS))
		return false;
	if (ran == 0)
		return r == STUB_RESTART || (rung && !(c->kind & CALL_ONCE));
	return (r == STUB_RESTART && restarts(c, ran)) || retries(c, ran);
}

static long leave(struct thread *t, const struct call *c, uintptr_t sp, const void *caller, long r) {
	if (due_get(t) & (DUE_KEPT | DUE_REMOTE | DUE_OUT | DUE_TELL))
		safepoint_run(t, sp, caller);
	(void)c;
	take_ran(t);
	t->rung = false;
	return r == STUB_RESTART || r == STUB_NOT_MADE ? -EINTR : r;
}

long safepoint_system_call(const struct call *c, const void *caller, long r, long args[6], struct masked *m) {
	struct thread *t = &self;
	uintptr_t sp = THREAD_SP();
	struct timespec left;
	unsigned ran = 0;
	int64_t deadline = 0, began = options.retry ? deadline_now_ns() : 0;
	for (bool first = true;; first = false) {
		if (!first || r == STUB_NOT_MADE) {
			if (deadline == 0)
				deadline = deadline_of(c, args);
			else
				shorten(c, args, &left, deadline);
			t->rung = false;
			r = attempt(t, c, caller, args, m, &ran, sp);
			t->waiting_mask = NULL;
		}
		bool ended = r == -EINTR || r == STUB_RESTART;
		bool rung = t->rung;
		if (due_get(t) & (DUE_KEPT | DUE_REMOTE | DUE_OUT | DUE_RAN))
			ran |= ended ? safepoint_run(t, sp, caller) : take_ran(t);
		if (!again(t, c, r, ran, rung))
			return leave(t, c, sp, caller, r);
		if (r == -EINTR && began && !wait_socket(c, caller, args, began))
			return leave(t, c, sp, caller, -EAGAIN);
	}
}

long safepoint_call(const struct call *c, const void *caller, long r, long a, long b, long d, long e, long f, long g) {
	if (likely(r != STUB_NOT_MADE) && likely(self.due == 0))
		goto done;
	{
		long args[6] = {a, b, d, e, f, g};
		r = safepoint_system_call(c, caller, r, args, NULL);
	}
done:
	if (likely((unsigned long)r <= -4096UL))
		return r;
	errno = (int)-r;
	return -1;
}

/* ---- Regions: calls that the C library makes as a whole. ---- */

static void unblock_kept(struct thread *t) {
	if (t->kept & ~t->kept_blocked)
		thread_set_kernel_mask(thread_mask_host(t, thread_set_kernel_mask(SIGBITS_FULL)));
}

void region_enter(struct region *g, unsigned kind, const void *caller) {
	struct thread *t = &self;
	struct record r = {.sp = (uintptr_t)g, .kind = RECORD_LIBC, .futex = kind & CALL_FUTEX, .unkept = kind & CALL_UNKEPT};
	g->ran = unlikely(due_get(t)) ? safepoint_run(t, THREAD_SP(), caller) : 0;
	g->records = thread_push(t, r);
	g->open = true;
	if (kind & CALL_UNKEPT)
		unblock_kept(t);
	if (unlikely(g->ran) && (kind & CALL_EINTR) && (g->ran & RAN_NO_RETRY) && ((g->ran & RAN_NO_RESTART) || (kind & CALL_NO_RESTART)))
		deadline_no_wait(t);
	if (due_get(t) & DUE_KEPT)
		deadline_arm(t);
}

void region_leave(struct region *g) {
	struct thread *t = &self;
	if (!g->open)
		return;
	g->open = false;
	int saved_errno = errno;
	thread_pop(t, g->records);
	if (t->no_wait)
		deadline_may_wait(t);
	if (unlikely(due_get(t)))
		safepoint_run(t, THREAD_SP(), CALLER);
	t->rung = false;
	errno = saved_errno;
}

/* ---- The end of a thread. ---- */

void safepoint_thread_ends(struct thread *t) {
	safepoint_run(t, THREAD_SP(), NULL);
	thread_set_kernel_mask(SIGBITS_FULL);
	pending_disown(t);
	t->kept = t->kept_blocked = 0;
	if (t->timer >= 0)
		raw4(SYS_timer_delete, t->timer, 0, 0, 0);
	t->timer = -2;
}

/* First nobody gives us anything more, then what was given is sent again: the kernel finds a thread that takes it. */
void safepoint_main_ends(struct thread *t) {
	siginfo_t info;
	safepoint_run(t, THREAD_SP(), NULL);
	thread_set_kernel_mask(SIGBITS_FULL);
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
