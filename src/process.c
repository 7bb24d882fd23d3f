/* process.c: see process.h. Async-signal-safe. */
#include "process.h"

#include "arch/arch.h"
#include "deadline.h"
#include "disposition.h"
#include "ending.h"
#include "kernel_action.h"
#include "inject.h"
#include "next.h"
#include "options.h"
#include "pending.h"
#include "state.h"
#include "trace.h"
#include "wakeup.h"
#include <sys/syscall.h>

static bool was_ignored;
/* What the last vfork child asked for; its parent, on the same memory, goes by its own. */
static struct {
	pid_t child;
	bool blocks;
} vforked;
static __thread sigbits forking_host __attribute__((tls_model("initial-exec")));

/* From here to the other side nothing arrives: what the child finds is the parent's, and is dropped. */
void process_fork_prepare(void) { forking_host = thread_block_all(&self); }

void process_fork_parent(void) { thread_set_kernel_mask(thread_mask_enter(&self, forking_host)); }

static void orderly_child(void) {
	for (int sig = 1; sig <= SIGNALS; sig++) {
		struct action a = disposition_get(sig);
		if (!(options.orderly & SIGBIT(sig)) || action_is_handler(&a) || !(a.marks & MARK_OURS))
			continue;
		disposition_kernel_default(sig);
		a.marks = 0;
		disposition_set(sig, &a);
	}
}

void process_fork_child(void) {
	pid_t parent = self.tid;
	pending_child();
	thread_child(&self);
	disposition_child(parent, self.tid);
	wakeup_child();
	inject_child();
	trace_child();
	memset(state.counts, 0, sizeof state.counts);
	orderly_child();
	ending_child();
	thread_main_mask = forking_host;
	if (deadline_signal && self.timer == -1 && kernel_action_prepared)
		deadline_prepare(&self);
	thread_set_kernel_mask(forking_host);
}

void process_remember(bool reserved_was_ignored, bool reserved_was_blocked) {
	was_ignored = reserved_was_ignored;
	self.blocks_reserved = reserved_was_blocked;
}

static bool is_noted_child(void) { return unlikely(self.vforked) && vforked.child == raw4(SYS_getpid, 0, 0, 0, 0); }
static bool blocks_reserved(void) { return is_noted_child() ? vforked.blocks : self.blocks_reserved; }

void process_note_vforked(bool blocks) {
	vforked.child = (pid_t)raw4(SYS_getpid, 0, 0, 0, 0);
	vforked.blocks = blocks;
}

static void give_back(int how, sighandler_t handler) {
	sigbits own = SIGBIT(deadline_signal);
	struct sigaction act = {.sa_handler = handler};
	if (was_ignored && handler == SIG_IGN)
		NEXT(sigaction)(deadline_signal, &act, NULL);
	if (blocks_reserved()) {
		sigset_t set;
		memset(&set, 0, sizeof set);
		memcpy(&set, &own, sizeof own);
		NEXT(sigprocmask)(how, &set, NULL);
	}
}

void process_exec_prepare(void) {
	if (deadline_signal && (was_ignored || blocks_reserved()))
		give_back(SIG_BLOCK, SIG_IGN);
}

sigbits process_exec_mask(sigbits host) { return blocks_reserved() ? host | SIGBIT(deadline_signal) : host; }

void process_exec_failed(void) {
	if (!deadline_signal || (!was_ignored && !blocks_reserved()))
		return;
	give_back(SIG_UNBLOCK, SIG_DFL);
	kernel_action_set_doorbell(deadline_signal, NULL);
}
