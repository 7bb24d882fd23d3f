/* where.c: see where.h. Async-signal-safe, but for where_prepare. */
#include "where.h"

#include "arch/arch.h"
#include "objects.h"
#include "options.h"
#include <errno.h>
#include <sys/syscall.h>

#if STUB_LABELS
extern const struct stub __start_sigtame_stubs[] __attribute__((visibility("hidden")));
extern const struct stub __stop_sigtame_stubs[] __attribute__((visibility("hidden")));

static uintptr_t label(const int32_t *offset) { return (uintptr_t)offset + (uintptr_t)(intptr_t)*offset; }

static uintptr_t stubs_start = UINTPTR_MAX, stubs_end;
static const struct stub *stub_found; /* the last one: a loop comes back to its call */
static bool stubs_sorted; /* as the linker leaves them, unless it moves functions about */

static void stubs_prepare(void) {
	uintptr_t before = 0;
	stubs_sorted = true;
	for (const struct stub *s = __start_sigtame_stubs; s < __stop_sigtame_stubs; s++) {
		uintptr_t start = label(&s->start), end = label(&s->insn) + SYSCALL_LENGTH + 1;
		stubs_sorted = stubs_sorted && start >= before;
		before = end;
		stubs_start = start < stubs_start ? start : stubs_start;
		stubs_end = end > stubs_end ? end : stubs_end;
	}
}

/* The first, from this one on, that does not end before pc. */
static const struct stub *first_stub(const struct stub *s, uintptr_t pc) {
	while (s < __stop_sigtame_stubs && pc > label(&s->insn) + SYSCALL_LENGTH)
		s++;
	return s;
}

static const struct stub *halve_stubs(uintptr_t pc) {
	const struct stub *low = __start_sigtame_stubs, *high = __stop_sigtame_stubs;
	while (low < high) {
		const struct stub *middle = low + (high - low) / 2;
		if (pc > label(&middle->insn) + SYSCALL_LENGTH)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool in_stub(const struct stub *s, uintptr_t pc) { return pc >= label(&s->start) && pc <= label(&s->insn) + SYSCALL_LENGTH; }

/* The stub that pc is in, up to the place where its result stands. */
static const struct stub *find_stub(uintptr_t pc) {
	const struct stub *s = __atomic_load_n(&stub_found, __ATOMIC_RELAXED);
	if (s && in_stub(s, pc))
		return s;
	s = stubs_sorted ? halve_stubs(pc) : first_stub(__start_sigtame_stubs, pc);
	while (!stubs_sorted && s < __stop_sigtame_stubs && pc < label(&s->start))
		s = first_stub(s + 1, pc);
	if (s >= __stop_sigtame_stubs || !in_stub(s, pc))
		return NULL;
	__atomic_store_n(&stub_found, s, __ATOMIC_RELAXED);
	return s;
}

/* The range ends on the system call: behind it the result stands. */
static enum where look_stub(const ucontext_t *uc, uintptr_t pc) {
	const struct stub *s = pc >= stubs_start && pc < stubs_end ? find_stub(pc) : NULL;
	if (s == NULL)
		return WHERE_UNSAFE;
	if (pc > label(&s->insn))
		return pc == label(&s->insn) + SYSCALL_LENGTH ? WHERE_STUB_AFTER : WHERE_UNSAFE;
	return pc == label(&s->insn) && regs_entered(uc, pc) ? WHERE_STUB_RESTART : WHERE_STUB_BEFORE;
}

static uintptr_t stub_exit(uintptr_t pc) {
	const struct stub *s = find_stub(pc);
	return s ? label(&s->insn) + SYSCALL_LENGTH : pc;
}
#else
static void stubs_prepare(void) {}
static enum where look_stub(const ucontext_t *uc, uintptr_t pc) {
	if (!stub_inside)
		return WHERE_UNSAFE;
	return regs_is_syscall(pc) && regs_entered(uc, pc) ? WHERE_STUB_RESTART : WHERE_STUB_AFTER;
}
static uintptr_t stub_exit(uintptr_t pc) { return pc + SYSCALL_LENGTH; }
#endif

/* A stream is half done while its write waits, or waits for a lock: whoever it waits for has this long, for a handler that prints
 * to it too would tear it. */
#define STALLED_NS 50000000

/* Calls in which libc waits for the host; not write, nor futex, where a lock is half taken (see above). */
static bool waits_for_host(long nr) {
	switch (nr) {
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_accept:
	case SYS_accept4:
	case SYS_openat:
	case SYS_wait4:
	case SYS_waitid:
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_epoll_pwait:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_flock:
	case SYS_fcntl:
#ifdef SYS_clock_nanosleep_time64
	case SYS_clock_nanosleep_time64:
	case SYS_ppoll_time64:
	case SYS_pselect6_time64:
	case SYS_recvmmsg_time64:
#endif
#ifdef SYS_poll
	case SYS_poll:
	case SYS_select:
	case SYS_epoll_wait:
	case SYS_pause:
#endif
		return true;
	}
	return false;
}

/* A completed call leaves the pc behind the instruction too, and may hold libc's locks: only an interrupted one counts. */
static enum where look_wait(const ucontext_t *uc, uintptr_t pc, bool region_waits) {
	if (regs_after_syscall(pc))
		return regs_result(uc) == -EINTR ? WHERE_WAIT_EINTR : WHERE_UNSAFE;
	if (!regs_is_syscall(pc) || !regs_entered(uc, pc))
		return WHERE_UNSAFE;
	long nr = regs_result(uc);
	return waits_for_host(nr) || (region_waits && (nr == SYS_futex || nr == SYS_ioctl)) ? WHERE_WAIT_RESTART : WHERE_UNSAFE;
}

static bool stalls(const ucontext_t *uc, uintptr_t pc, bool libc) {
	long nr = regs_is_syscall(pc) && regs_entered(uc, pc) ? regs_result(uc) : -1;
	return nr == SYS_write || nr == SYS_writev || (libc && nr == SYS_futex);
}

enum where where_look(struct thread *t, const ucontext_t *uc, int64_t late_ns) {
	uintptr_t pc = regs_pc(uc);
	const struct record *top = thread_top(t, regs_sp(uc));
	bool safe = top == NULL || top->kind == RECORD_SAFE, libc = top && top->kind == RECORD_LIBC;
	enum where w = safe ? look_stub(uc, pc) : WHERE_UNSAFE;
	if (w == WHERE_STUB_BEFORE && unlikely(objects_has_own_malloc())) /* which may make this call: the long way knows */
		w = WHERE_UNSAFE;
	if (w == WHERE_UNSAFE && (safe || libc))
		w = look_wait(uc, pc, libc && top->futex);
	if (w == WHERE_UNSAFE && late_ns >= options.text_after && !objects_program_has_malloc && (safe || libc) && objects_in_program(pc))
		w = WHERE_TEXT;
	if (w == WHERE_UNSAFE && late_ns >= STALLED_NS && (safe || libc) && stalls(uc, pc, libc))
		w = WHERE_STALLED;
	if (w == WHERE_UNSAFE && late_ns >= options.force_after)
		w = WHERE_FORCED;
	return w;
}

/* The handlers' SA_RESTART decides what becomes of the call, not the doorbell's. */
void where_leave(enum where w, ucontext_t *uc, unsigned ran) {
	uintptr_t pc = regs_pc(uc);
	if (w == WHERE_STUB_BEFORE || w == WHERE_STUB_RESTART) {
		regs_set_result(uc, w == WHERE_STUB_BEFORE ? STUB_NOT_MADE : STUB_RESTART);
		regs_set_pc(uc, stub_exit(pc));
		return;
	}
	if ((w == WHERE_WAIT_RESTART || w == WHERE_STALLED || w == WHERE_FORCED) && (ran & RAN_NO_RESTART) && (ran & RAN_NO_RETRY) && regs_is_syscall(pc) && regs_entered(uc, pc)) {
		regs_set_result(uc, -EINTR);
		regs_set_pc(uc, pc + SYSCALL_LENGTH);
	}
}

bool where_is_stub(const ucontext_t *uc) { return look_stub(uc, regs_pc(uc)) != WHERE_UNSAFE; }

void where_not_made(ucontext_t *uc) {
	if (look_stub(uc, regs_pc(uc)) == WHERE_STUB_BEFORE)
		where_leave(WHERE_STUB_BEFORE, uc, 0);
}

void where_prepare(void) {
	static bool done;
	if (done)
		return;
	done = true;
	stubs_prepare();
	objects_prepare();
}
