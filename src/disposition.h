/* disposition.h: what the host asked for, a signal at a time.
 * Read from handlers, written by any thread, never torn: two copies, and a count that says which one holds.
 * Async-signal-safe. */
#ifndef SIGTAME_DISPOSITION_H
#define SIGTAME_DISPOSITION_H

#include "base.h"
#include <sys/types.h>

/* Marks: what the flags cannot say. */
enum {
	MARK_OURS = 1,    /* it is as at the start: SIG_IGN is shown and an empty handler stands in the kernel, or SIG_DFL and ORDERLY */
	MARK_ONESHOT = 2, /* the host asked for a reset, PERSIST takes it away */
	MARK_EXPLICIT = 8, /* … with SA_RESETHAND, not through System V's signal */
	MARK_NODEFER = 4, /* … and for its own signal unblocked, so that raise() in the handler kills at once */
	MARK_RAW = 16,    /* set by syscall(): as Python sees it, not set by the program */
};

struct action {
	void (*handler)(int);
	sigbits mask;
	int flags;
	int marks;
};

struct disposition {
	struct action copy[2];
	unsigned count; /* copy[count & 1] holds */
	pid_t owner;    /* the thread inside a change */
	bool again;
	int last_run;
};
extern struct disposition disposition_table[SIGNALS];

struct action disposition_get(int sig);

/* A change: lock, look, set, unlock. Locking is refused (false) if this very thread is inside a change of this
 * signal, which a handler that is not deferred can bring about: it writes nevertheless, and disposition_unlock of
 * the outer change then says that the kernel must be told again. */
bool disposition_lock(int sig);
void disposition_set(int sig, const struct action *);
void disposition_undo(int sig); /* the one before holds again */
bool disposition_unlock(int sig);
/* In a fork child: who was inside a change is gone with its thread, but for what this very thread has interrupted. */
void disposition_child(pid_t parent, pid_t child);

/* The last run of a handler with MARK_ONESHOT since it was set: none, for a signal of its own process, for another's. */
enum { RUN_NONE, RUN_OWN, RUN_FROM_ELSEWHERE };
void disposition_note_run(int sig, int run);
int disposition_last_run(int sig);

/* The kernel's action alone: SIG_DFL. */
void disposition_kernel_default(int sig);
/* … with the flags and the mask that this one had. */
void disposition_kernel_reset(int sig, const struct action *);

/* The kernel gives all three arguments to every handler. */
static inline void action_call(const struct action *a, int sig, siginfo_t *info, void *ucontext) {
	((void (*)(int, siginfo_t *, void *))(void *)a->handler)(sig, info, ucontext);
}

/* What is blocked while its handler runs, besides the host's mask. */
static inline sigbits action_blocks(const struct action *a, int sig) { return a->mask | (a->flags & SA_NODEFER ? 0 : SIGBIT(sig)); }

static inline bool action_is_handler(const struct action *a) { return a->handler != SIG_DFL && a->handler != SIG_IGN; }

#endif
