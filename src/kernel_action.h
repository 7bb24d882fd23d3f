/* kernel_action.h: what the kernel is told for a disposition of the host's.
 * Called by on_disposition, on_thread, process and startup. Async-signal-safe, but for kernel_action_prepare and kernel_action_prepare_first. */
#ifndef SIGTAME_KERNEL_ACTION_H
#define SIGTAME_KERNEL_ACTION_H

#include "base.h"
#include "disposition.h"

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000 /* the kernel's header has it, libc's has not */
#endif

/* An action as the kernel has it. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	sigbits mask;
};

/* Before the first handler is installed, or the first thread cancelled: from here on a ring finds the place that it interrupts. */
extern bool kernel_action_prepared;
void kernel_action_prepare_first(void);
static inline void kernel_action_prepare(void) {
	if (unlikely(!__atomic_load_n(&kernel_action_prepared, __ATOMIC_ACQUIRE)))
		kernel_action_prepare_first();
}
/* 0, or -errno. old may be NULL. */
int kernel_action_set(int sig, const struct action *, struct kernel_sigaction *old);
int kernel_action_get(int sig, struct kernel_sigaction *);
bool kernel_action_is_ours(const struct kernel_sigaction *);
/* A handler that does nothing, so that every exec takes it away. Calls nothing of the C library. */
int kernel_action_set_empty(int sig, struct kernel_sigaction *old);
/* The doorbell: a full mask, as the trampolines have. */
void kernel_action_set_doorbell(int sig, struct kernel_sigaction *old);
/* Whether the handlers of this signal wait for a safe point. */
bool kernel_action_defers(int sig);

#endif
