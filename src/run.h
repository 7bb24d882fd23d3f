/* run.h: running the host's handlers: one instance, or all that is due, each under the mask, on the stack, with the
 * siginfo and context that the kernel would have given it.
 * Called with SIGBITS_FULL blocked; returns so, or with open set, unless the handler leaves by a jump. Async-signal-safe. */
#ifndef SIGTAME_RUN_H
#define SIGTAME_RUN_H

#include "thread.h"
#include <ucontext.h>

struct action;

/* The frame in which handlers run. */
struct frame {
	ucontext_t *uc;        /* the kernel's, if this is a frame of the kernel's; NULL at a safe point */
	sigbits host;          /* the host's mask that handlers add theirs to */
	sigbits back;          /* in a frame: the mask to return to, another one in sigsuspend and its like; a handler may change it */
	enum record_kind kind; /* where the frame lies */
	bool waiting;          /* the two differ; the mask of the first handler then holds for the others */
	bool narrowed;         /* … and has been added to host */
	sigbits withheld;      /* not to be run there, though no mask blocks them */
	bool open;             /* in a frame: the mask is still that of the handler that has just run */
};

/* Full again, before the next. */
static inline void frame_block(struct frame *f) {
	if (f->open)
		thread_set_kernel_mask(SIGBITS_FULL);
	f->open = false;
}

/* Run the handler of one instance, if there is one: in its own frame by the action that it arrived under, for which the kernel chose
 * the stack; another thread may have set another since. */
void run_instance(struct thread *, struct frame *, const struct action *, int sig, siginfo_t *);
/* The rest of a number whose first instance ran in a frame, if others with higher numbers are due there too. */
void run_rest(struct thread *, struct frame *, int sig);
/* Run all that is due and that the host's mask lets through, lowest number first. True: something ran. */
bool run_due(struct thread *, struct frame *);

/* The host takes its handler away: what the kernel still queues on our account goes with it. */
void run_drop(struct thread *, int sig);
/* It ignores the signal: so does what this thread holds, under whatever mask, as the kernel does with what is pending. Called with any mask. */
void run_ignore(struct thread *, int sig);

/* Whether this thread is on its alternate stack. */
bool run_on_alternate_stack(const stack_t *, uintptr_t sp);

/* One call of the handler of this action, whatever the disposition says by now. */
void run_action(struct thread *, struct frame *, const struct action *, int sig, siginfo_t *);
void run_note(const struct action *, int sig, const siginfo_t *); /* a one-shot handler is about to run */
/* The bits that a run of this action leaves for the call that it interrupted. */
unsigned run_marks(const struct action *, int sig);

/* Where a handler is called on another stack. */
void run_on_stack(void (*handler)(int), int sig, siginfo_t *, void *uc, uintptr_t sp);

#endif
