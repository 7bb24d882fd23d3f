/* on_jump.c: what jumps, and what writes the mask down for a later jump: no bit of ours goes along, no record stays behind.
 * Called by interpose. Async-signal-safe. */
#include "on.h"

#include "arch/arch.h"
#include "next.h"
#include "safepoint.h"
#include <errno.h>

/* The mask to arrive with: the buffer's, and what we keep besides. Until libc sets it nothing comes: what a handler that is forced
 * here let go of would be blocked by it for good. With nothing kept there is nothing to let go of. */
static void take_mask(struct thread *t, sigset_t *saved) {
	sigbits host = sigbits_of(saved);
	on_mask_published(host);
	if (likely(t->kept == 0))
		return;
	thread_set_kernel_mask(SIGBITS_FULL);
	sigbits kernel = thread_mask_enter(t, host);
	memcpy(saved, &kernel, sizeof kernel);
}

/* A jump out of a handler that sets no mask goes on with the handler's. */
static void publish_handlers_mask(struct thread *t, unsigned records) {
	if (t == thread_main && t->records != records)
		on_mask_published(thread_host_mask(t));
}

void on_longjmp(jmp_buf env, int value, void (*next)(jmp_buf, int)) {
	struct thread *t = &self;
	safepoint_run(t, THREAD_SP(), CALLER);
	unsigned records = t->records;
#if REGS_KNOWN
	thread_jumped(t, t->vforked ? 0 : regs_jump_sp(env[0].__jmpbuf));
#else
	thread_jumped(t, THREAD_SP());
#endif
	if (env[0].__mask_was_saved && !t->vforked) {
		struct __jmp_buf_tag copy = env[0];
		take_mask(t, (sigset_t *)&copy.__saved_mask);
		next(&copy, value);
	}
	publish_handlers_mask(t, records);
	next(env, value);
	__builtin_unreachable();
}

/* libc is about to write the mask down: run what is due, and leave nothing of ours in it. */
void on_prepare_jump(void) {
	struct thread *t = &self;
	int saved_errno = errno;
	safepoint_run(t, THREAD_SP(), CALLER);
	t->unkept = 1; /* first: what the unblocking lets in would be left blocked again */
	if ((t->kept & ~t->kept_blocked) && !t->vforked)
		thread_mask_as_host(t);
	errno = saved_errno;
}

int on_setcontext(const ucontext_t *uc) {
	struct thread *t = &self;
	ucontext_t copy = *uc;
	safepoint_run(t, THREAD_SP(), CALLER);
	thread_jumped(t, 0);
	t->records = 0;
	if (uc->uc_mcontext.fpregs == &uc->__fpregs_mem)
		copy.uc_mcontext.fpregs = &copy.__fpregs_mem;
	take_mask(t, &copy.uc_sigmask);
	return NEXT(setcontext)(&copy);
}

/* What lies on this stack stays with it until somebody swaps back. */
int on_swapcontext(ucontext_t *restrict out, const ucontext_t *restrict in) {
	struct thread *t = &self;
	struct record records[RECORDS];
	unsigned n = t->records;
	on_prepare_jump();
	memcpy(records, t->record, n * sizeof *records);
	t->records = 0;
	on_mask_published(sigbits_of(&in->uc_sigmask));
	t->unkept = 1;
	int r = NEXT(swapcontext)(out, in);
	t = &self; /* another thread may have resumed us */
	t->unkept = 0;
	memcpy(t->record, records, n * sizeof *records);
	t->records = (uint8_t)n;
	return r;
}
