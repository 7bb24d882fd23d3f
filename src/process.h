/* process.h: this process among others: fork's three sides, and what an exec gives back.
 * Called by on_process and startup. Async-signal-safe. */
#ifndef SIGTAME_PROCESS_H
#define SIGTAME_PROCESS_H

#include "thread.h"

void process_fork_prepare(void);
void process_fork_parent(void);
void process_fork_child(void);

/* The reserved signal as it was inherited, for the program that comes; and back again if none does. */
void process_remember(bool reserved_was_ignored, bool reserved_was_blocked);
void process_note_vforked(bool blocks);
/* The host blocks it, or does not. */
static inline void process_note_reserved(struct thread *t, bool blocks) {
	if (unlikely(t->vforked))
		process_note_vforked(blocks);
	else
		t->blocks_reserved = blocks;
}
void process_exec_prepare(void);
sigbits process_exec_mask(sigbits host);
void process_exec_failed(void);

#endif
