/* kernel_action.h: what the kernel is told for a disposition of the host's.
 * Called by on_disposition, process and startup. Async-signal-safe, but for kernel_action_prepare. */
#ifndef SIGTAME_KERNEL_ACTION_H
#define SIGTAME_KERNEL_ACTION_H

#include "base.h"
#include "disposition.h"

/* Before the first handler is installed. */
void kernel_action_prepare(void);
bool kernel_action_is_prepared(void);
/* As sigaction(2): 0, or -1 and errno. */
int kernel_action_set(int sig, const struct action *, struct sigaction *old);
bool kernel_action_is_ours(const struct sigaction *);
/* The doorbell: a full mask, as the trampolines have. */
void kernel_action_set_doorbell(int sig, struct sigaction *old);
/* Whether the handlers of this signal wait for a safe point. */
bool kernel_action_defers(int sig);

#endif
