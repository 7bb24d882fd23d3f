/* region.c: see region.h. Async-signal-safe. */
#include "region.h"

#include "deadline.h"
#include "next.h"
#include "objects.h"
#include "trace.h"
#include <errno.h>

static void unblock_kept(struct thread *t) {
	if (t->kept & ~t->kept_blocked)
		thread_mask_as_host(t);
}

void region_enter(struct region *g, unsigned kind, const void *caller) {
	struct thread *t = &self;
	bool safe = thread_is_safe(t, (uintptr_t)g) && !objects_in_malloc(caller); /* else libc is being re-entered: its waits are none of ours */
	struct record r = {.sp = (uintptr_t)g, .kind = safe ? RECORD_LIBC : RECORD_UNSAFE, .futex = kind & CALL_FUTEX, .unkept = kind & CALL_UNKEPT, .next = (uint16_t)CALL_NAME_OF(kind)};
	t->unkept = 0; /* no mask is being written down here: a storm may be blocked */
	g->ran = unlikely(due_get(t)) ? safepoint_run(t, THREAD_SP(), caller) : 0;
	g->records = thread_push(t, r);
	g->open = true;
	g->locks = kind & CALL_LOCKS;
	if (kind & CALL_UNKEPT) {
		unblock_kept(t);
		trace_in_call(TRACE_FORK, 0, next_name((enum next_index)CALL_NAME_OF(kind)), (struct trace_record){0});
	}
	if (unlikely(g->ran) && (kind & CALL_EINTR) && (g->ran & RAN_NO_RETRY) && ((g->ran & RAN_NO_RESTART) || (kind & CALL_NO_RESTART)))
		deadline_no_wait(t);
	if (due_get(t) & DUE_KEPT)
		deadline_arm(t);
}

static void forget_runs(struct thread *t) {
	t->ran = 0;
	due_clear(t, DUE_RAN);
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
	if (g->locks)
		forget_runs(t);
	else if (unlikely(due_get(t)))
		safepoint_run(t, THREAD_SP(), CALLER);
	t->rung = false;
	errno = saved_errno;
}
