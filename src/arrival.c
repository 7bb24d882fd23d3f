/* arrival.c: see arrival.h. Async-signal-safe. */
#include "arrival.h"

#include "arch/arch.h"
#include "next.h"
#include "objects.h"

static const char *call_of(struct thread *t, uintptr_t sp) {
	const struct record *top = thread_top(t, sp);
	if (top && top->kind == RECORD_LIBC && top->next)
		return next_name((enum next_index)top->next);
	return t->call;
}

/* A call on its short way has not said its name: the address in the library says it. */
static struct trace_record place_of(struct thread *t, const ucontext_t *uc) {
	uintptr_t pc = stub_place(regs_pc(uc));
	struct trace_record r = {.place = TRACE_IN_LIBRARY, .address = pc};
	if (objects_is_own(pc)) {
		r.place = TRACE_IN_CALL;
		r.number = objects_own_base();
	} else if (objects_in_program(pc)) {
		r.place = TRACE_IN_TEXT;
		r.number = objects_program_base();
	} else if (t->records > 0 && t->record[t->records - 1].kind == RECORD_LIBC) {
		r.place = TRACE_IN_CALL;
	}
	return r;
}

/* Of a thread that goes on meanwhile its registers are not known; a call that has something due, or is libc's own, has said its name. */
static const char *call_of_main(void) {
	const struct thread *t = thread_main;
	unsigned n = __atomic_load_n(&t->records, __ATOMIC_RELAXED);
	if (n > 0 && n <= RECORDS && t->record[n - 1].kind == RECORD_LIBC && t->record[n - 1].next)
		return next_name((enum next_index)t->record[n - 1].next);
	return __atomic_load_n(&t->call, __ATOMIC_RELAXED);
}

void arrival_record(struct thread *t, int sig, const siginfo_t *info, const ucontext_t *uc) {
	bool others = thread_main && t != thread_main;
	struct trace_record r = others ? (struct trace_record){.place = TRACE_ELSEWHERE} : place_of(t, uc);
	const char *call = others ? call_of_main() : r.place == TRACE_IN_CALL ? call_of(t, regs_sp(uc)) : NULL;
	if (call)
		r.place = TRACE_IN_CALL;
	r.sender = trace_sender(info);
	r.code = info->si_code;
	trace_in_call(TRACE_ARRIVED, sig, call, r);
}
