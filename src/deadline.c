/* deadline.c: see deadline.h. Async-signal-safe: system calls alone. */
#include "deadline.h"

#include "arch/arch.h"
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 1000000
#define FIRST_RING_NS 50000
#define LONGEST_RING_NS 8000000

int deadline_signal;

int64_t deadline_now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int make_timer(const struct thread *t) {
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = deadline_signal};
	event.sigev_value.sival_ptr = &deadline_signal;
	event._sigev_un._tid = t->tid;
	int id;
	return raw4(SYS_timer_create, CLOCK_MONOTONIC, (long)&event, (long)&id, 0) == 0 ? id : -1;
}

void deadline_prepare(struct thread *t) {
	if (t->timer == -1)
		t->timer = make_timer(t);
}

bool deadline_queue_is_full(const struct thread *t) {
	int id = make_timer(t);
	if (id >= 0)
		raw4(SYS_timer_delete, id, 0, 0, 0);
	return id < 0;
}

/* False: there is none, because the kernel's queue is full. */
static bool set_timer(struct thread *t, int64_t ns) {
	struct itimerspec in = {.it_value = {ns / 1000000000, ns % 1000000000}};
	deadline_prepare(t);
	return t->timer >= 0 && raw4(SYS_timer_settime, t->timer, 0, (long)&in, 0) == 0;
}

static void ring_in(struct thread *t, int64_t ns) {
	t->tick_ns = ns;
	due_set(t, DUE_TIMER);
	if (!set_timer(t, ns))
		due_clear(t, DUE_TIMER); /* the next arrival tries again */
}

static bool in_libc_wait(const struct thread *t) { return t->records > 0 && t->record[t->records - 1].futex; }

bool deadline_arm(struct thread *t) {
	if (t->since_ns == 0)
		t->since_ns = deadline_now_ns();
	if (!(due_get(t) & DUE_TIMER))
		ring_in(t, in_libc_wait(t) ? FIRST_RING_NS : TICK_NS);
	return due_get(t) & DUE_TIMER;
}

void deadline_disarm(struct thread *t) {
	if (!(due_get(t) & DUE_TIMER))
		return;
	set_timer(t, 0);
	due_clear(t, DUE_TIMER);
}

bool deadline_no_wait(struct thread *t) {
	t->no_wait = true;
	ring_in(t, FIRST_RING_NS);
	return due_get(t) & DUE_TIMER;
}

void deadline_may_wait(struct thread *t) {
	t->no_wait = false;
	if (!(due_get(t) & DUE_KEPT))
		deadline_disarm(t);
}

void deadline_resume_no_wait(struct thread *t) {
	if (!(due_get(t) & DUE_TIMER))
		ring_in(t, FIRST_RING_NS);
}

/* A doorbell of another thread's may be the first ring of all: there is nothing to double yet. */
void deadline_again(struct thread *t) {
	bool grows = t->no_wait || (t->tick_ns > 0 && t->tick_ns < TICK_NS);
	int64_t next_ns = 2 * t->tick_ns < LONGEST_RING_NS ? 2 * t->tick_ns : LONGEST_RING_NS;
	ring_in(t, grows ? next_ns : TICK_NS);
}

/* getpid each time: a vfork child is another process on the same memory. */
static long ring(pid_t tid) { return raw4(SYS_tgkill, raw4(SYS_getpid, 0, 0, 0, 0), tid, deadline_signal, 0); }

/* What kill sends needs no place in the kernel's queue, but goes to any thread, to main if it can. */
static void ring_process(void) { raw4(SYS_kill, raw4(SYS_getpid, 0, 0, 0, 0), deadline_signal, 0, 0); }

void deadline_ring(pid_t tid) { ring(tid); }

/* The timer has its place in the kernel's queue since it was made: it rings where no more can be queued. Without one the process
 * is rung. */
void deadline_ring_main(void) {
	static const struct itimerspec soon = {.it_value = {0, 1}};
	struct thread *main = thread_main;
	if (main == NULL)
		return;
	unsigned before = __atomic_fetch_or(&main->due, DUE_REMOTE | DUE_RING, __ATOMIC_SEQ_CST);
	__atomic_store_n(&main->fresh, 1, __ATOMIC_SEQ_CST);
	if (before & DUE_RING)
		return;
	if (ring(main->tid) != -EAGAIN)
		return;
	if (main->timer >= 0)
		raw4(SYS_timer_settime, main->timer, 0, (long)&soon, 0);
	else
		ring_process();
}

void deadline_pass_on(void) {
	const struct thread *main = thread_main;
	if (main && (due_get(main) & DUE_RING)) {
		raw4(SYS_sched_yield, 0, 0, 0, 0);
		ring_process();
	}
}

bool deadline_is_ring(const siginfo_t *info) {
	if (info->si_code == SI_TIMER)
		return info->si_value.sival_ptr == &deadline_signal;
	if (info->si_code != SI_TKILL && info->si_code != SI_USER)
		return false;
	bool nameless = info->si_code == SI_USER && info->si_pid == 0; /* the queue was full */
	return nameless || info->si_pid == raw4(SYS_getpid, 0, 0, 0, 0);
}
