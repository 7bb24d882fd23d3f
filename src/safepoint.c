/* safepoint.c: see safepoint.h. Async-signal-safe. */
#include "safepoint.h"

#include "arch/arch.h"
#include "deadline.h"
#include "objects.h"
#include "pending.h"
#include "run.h"
#include "wakeup.h"

#define MOST_IN_TURN 64

bool safepoint_allowed(struct thread *t, uintptr_t sp, const void *caller) {
	return likely(t->deferring == 0) && thread_is_safe(t, sp) && !(unlikely(objects_has_own_malloc()) && objects_in_malloc(caller));
}

unsigned safepoint_take_ran(struct thread *t) {
	if (!(due_get(t) & DUE_RAN))
		return 0;
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

/* True: more has come, now that the mask is open again. */
static bool run_once(struct thread *t) {
	struct frame f = {.host = thread_block_all(t), .kind = RECORD_SAFE};
	collect(t);
	run_due(t, &f);
	if (!(pending_set(t) & ~f.host))
		deadline_disarm(t);
	thread_set_kernel_mask(thread_mask_enter(t, f.host));
	return pending_set(t) & ~f.host;
}

/* A handler that sends its own signal finds it blocked: it comes when the handler has ended, and is due before the call
 * returns. Under a storm from elsewhere the program goes on. */
static void run_all(struct thread *t) {
	unsigned before = t->runs;
	for (int turns = 0; run_once(t) && turns < MOST_IN_TURN && t->runs - before < MOST_IN_TURN; turns++)
		;
}

unsigned safepoint_run(struct thread *t, uintptr_t sp, const void *caller) {
	if (unlikely(t->vforked))
		return 0;
	t->unkept = 0;
	__atomic_store_n(&t->fresh, 0, __ATOMIC_SEQ_CST); /* before the look at due */
	if ((due_get(t) & (DUE_KEPT | DUE_REMOTE | DUE_OUT)) && safepoint_allowed(t, sp, caller))
		run_all(t);
	if (unlikely(due_get(t) & (DUE_TELL | DUE_STRAY))) {
		due_clear(t, DUE_STRAY);
		if (due_get(t) & DUE_TELL)
			wakeup_tell(false);
	}
	return safepoint_take_ran(t);
}
