/* cli/lint.h: the parts of `sigtame lint`: lint_trace.c keeps the host and its threads going under ptrace, lint_step.c looks
 * at each instruction of a handler, lint_find.c keeps what was found, lint.c is the command. */
#ifndef SIGTAME_LINT_H
#define SIGTAME_LINT_H

#include "places.h"
#include <stdio.h>

/* Where a handler's thread is: in followed code, which is the program's and its libraries', or in the C library for it;
 * there in the loader, which looks up what was called; in a library's function that stands in for one of the C library. */
enum inside { FOLLOWED, SYSTEM, RESOLVING, STAND_IN };

/* A handler that runs. */
struct frame {
	uint64_t handler, sp;            /* its first instruction, and the stack as the kernel made it */
	uint64_t stack_start, stack_end; /* the alternate stack that it runs on; both 0: the thread's own */
	uint64_t from;                   /* the last instruction in followed code */
	uint64_t entry_sp;               /* the stack where the C library was entered */
	enum inside inside;
};

enum { FRAMES_MAX = 32 };

struct tracee {
	struct tracee *next;
	pid_t tid, pid;
	bool held;      /* it stopped before its maker's event came, and waits for that */
	bool sets_mask; /* its next instruction is the system call that does, or it is in that */
	bool in_call;
	int delivered; /* the signal that was given to it, as long as what becomes of that is not seen; 0 */
	int depth;
	struct frame frames[FRAMES_MAX];
	struct places places;
};

/* lint_trace.c: the host's wait status, once it and all that it forked have ended; -errno if it cannot be started. */
int lint_trace(char **argv);

/* lint_start.c: the host as *started, traced, about to become argv; -errno. Why it cannot become that is written to `failure`. */
int lint_start(char **argv, int failure, pid_t *started);

/* lint_step.c */
void lint_enter(struct tracee *, int sig); /* the thread stands on a handler's first instruction */
void lint_look(struct tracee *);           /* it has made one step in a handler; depth is 0 once no handler is left */
bool lint_is_possible(void);               /* on this CPU */

/* lint_find.c: a call of the C library's function by name. `from` is 0 where the kernel itself called it, as a handler. */
void lint_call(const struct places *, uint64_t handler, const char *function, uint64_t from, int sig);
void lint_handler_ran(const struct places *, uint64_t handler);
void lint_findings_to(FILE *);
size_t lint_findings(void);
void lint_tell_total(void);

#endif
