/* arrival.c: see arrival.h. Async-signal-safe. */
#include "arrival.h"

#include "arch/arch.h"
#include "next.h"
#include "where.h"

static const char *call_of(struct thread *t, uintptr_t sp) {
	const struct record *top = thread_top(t, sp);
	if (top && top->kind == RECORD_LIBC && top->next)
		return next_name((enum next_index)top->next);
	return t->call;
}

/* A call on its short way has not said its name: the address in the library says it. */
static struct trace_record place_of(struct thread *t, const ucontext_t *uc) {
	uintptr_t pc = regs_pc(uc);
	struct trace_record r = {.place = TRACE_IN_LIBRARY, .address = pc};
	if (where_is_own(pc)) {
		r.place = TRACE_IN_CALL;
		r.number = where_own_base();
	} else if (where_in_program(pc)) {
		r.place = TRACE_IN_TEXT;
		r.number = where_program_base();
	} else if (t->records > 0 && t->record[t->records - 1].kind == RECORD_LIBC) {
		r.place = TRACE_IN_CALL;
	}
	return r;
}

void arrival_record(struct thread *t, int sig, const siginfo_t *info, const ucontext_t *uc) {
	struct trace_record r = place_of(t, uc);
	r.sender = info->si_code <= 0 ? info->si_pid : 0;
	r.code = info->si_code;
	trace_in_call(TRACE_ARRIVED, sig, r.place == TRACE_IN_CALL ? call_of(t, regs_sp(uc)) : NULL, r);
}
