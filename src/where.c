/* where.c: see where.h. Async-signal-safe, but for where_prepare. */
#include "where.h"

#include "arch/arch.h"
#include "next.h"
#include "options.h"
#include "symbol.h"
#include <errno.h>
#include <link.h>
#include <sys/syscall.h>

struct range {
	uintptr_t start, end;
};

static struct range own_text[4], malloc_object;
static bool own_malloc;
static uintptr_t program_base;

static bool inside(const struct range *r, uintptr_t at) { return at >= r->start && at < r->end; }

#if STUB_LABELS
extern const struct stub __start_sigtame_stubs[] __attribute__((visibility("hidden")));
extern const struct stub __stop_sigtame_stubs[] __attribute__((visibility("hidden")));

static uintptr_t label(const int32_t *offset) { return (uintptr_t)offset + (uintptr_t)(intptr_t)*offset; }

static struct range stubs_text;
static const struct stub *stub_found; /* the last one: a loop comes back to its call */
static bool stubs_sorted; /* as the linker leaves them, unless it moves functions about */

static void stubs_prepare(void) {
	struct range r = {UINTPTR_MAX, 0};
	uintptr_t before = 0;
	stubs_sorted = true;
	for (const struct stub *s = __start_sigtame_stubs; s < __stop_sigtame_stubs; s++) {
		uintptr_t start = label(&s->start), end = label(&s->insn) + SYSCALL_LENGTH + 1;
		stubs_sorted = stubs_sorted && start >= before;
		before = end;
		r.start = start < r.start ? start : r.start;
		r.end = end > r.end ? end : r.end;
	}
	stubs_text = r;
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
	const struct stub *s = inside(&stubs_text, pc) ? find_stub(pc) : NULL;
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

static bool in_own_text(uintptr_t pc) {
	for (size_t i = 0; i < ARRAY_LENGTH(own_text); i++)
		if (inside(&own_text[i], pc))
			return true;
	return false;
}

enum where where_look(struct thread *t, const ucontext_t *uc, int64_t late_ns) {
	uintptr_t pc = regs_pc(uc);
	const struct record *top = thread_top(t, regs_sp(uc));
	bool safe = top == NULL || top->kind == RECORD_SAFE, libc = top && top->kind == RECORD_LIBC;
	enum where w = safe ? look_stub(uc, pc) : WHERE_UNSAFE;
	if (w == WHERE_UNSAFE && (safe || libc))
		w = look_wait(uc, pc, libc && top->futex);
	if (w == WHERE_UNSAFE && late_ns >= options.text_after && !own_malloc && (safe || libc) && in_own_text(pc))
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

static void add_text(uintptr_t start, uintptr_t end) {
	for (size_t i = 0; i < ARRAY_LENGTH(own_text); i++)
		if (own_text[i].end == 0) {
			own_text[i] = (struct range){start, end};
			return;
		}
}

/* The first object is the program. */
static int find_own_text(struct dl_phdr_info *info, size_t size, void *unused) {
	(void)size;
	(void)unused;
	program_base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X))
			add_text(at, at + ph->p_memsz);
	}
	return 1;
}

static int find_malloc_object(struct dl_phdr_info *info, size_t size, void *malloc_at) {
	(void)size;
	struct range r = {UINTPTR_MAX, 0};
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type != PT_LOAD)
			continue;
		r.start = at < r.start ? at : r.start;
		r.end = at + ph->p_memsz > r.end ? at + ph->p_memsz : r.end;
	}
	if (!inside(&r, (uintptr_t)malloc_at))
		return 0;
	malloc_object = r;
	return 1;
}

void where_prepare(void) {
	static bool done;
	if (done)
		return;
	done = true;
	stubs_prepare();
	next_find_libc();
	NEXT(dl_iterate_phdr)(find_own_text, NULL);
	void *malloc_at = symbol_in_force("malloc");
	own_malloc = in_own_text((uintptr_t)malloc_at);
	if (!own_malloc && !next_is_libc(malloc_at))
		NEXT(dl_iterate_phdr)(find_malloc_object, malloc_at);
}

extern const char __ehdr_start[] __attribute__((visibility("hidden"))), _end[] __attribute__((visibility("hidden")));
bool where_is_own(uintptr_t at) { return at >= (uintptr_t)__ehdr_start && at < (uintptr_t)_end; }
uintptr_t where_own_base(void) { return (uintptr_t)__ehdr_start; }
bool where_in_program(uintptr_t at) { return in_own_text(at); }
uintptr_t where_program_base(void) { return program_base; }

bool where_in_malloc(const void *address) { return inside(&malloc_object, (uintptr_t)address); }
bool where_may_be_malloc(const void *address) { return where_in_malloc(address) || (own_malloc && in_own_text((uintptr_t)address)); }
bool where_has_own_malloc(void) { return malloc_object.end != 0; }
