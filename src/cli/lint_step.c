/* cli/lint_step.c: a handler, instruction by instruction: where it enters the C library, by what name, and where it ends.
 *
 * Followed code is the program and its libraries. A step from there into the C library counts when it lands where a function
 * begins that the followed file imports or the C library exports; anything else is a return. What the C library does within
 * itself is its own business, until it calls followed code back. */
#include "lint.h"

#include "base.h"
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

struct registers {
	uint64_t pc, sp, context, number; /* number: of the system call, where pc stands on one */
};

#if defined __x86_64__ && !defined __ILP32__
/* The kernel gives every handler the context as its third argument. */
static bool read_registers(pid_t tid, struct registers *r) {
	struct user_regs_struct all;
	if (ptrace(PTRACE_GETREGS, tid, NULL, &all) != 0)
		return false;
	*r = (struct registers){all.rip, all.rsp, all.rdx, all.rax};
	return true;
}

static bool is_call_instruction(const unsigned char bytes[2]) { return bytes[0] == 0x0f && bytes[1] == 0x05; }

bool lint_is_possible(void) { return true; }
#else
static bool read_registers(pid_t tid, struct registers *r) {
	(void)tid, (void)r;
	return false;
}

static bool is_call_instruction(const unsigned char bytes[2]) { return bytes == NULL; }

bool lint_is_possible(void) { return false; }
#endif

static bool read_memory(pid_t pid, uint64_t address, void *to, size_t size) {
	struct iovec here = {to, size}, there = {(void *)address, size};
	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

static struct frame *top(struct tracee *t) { return &t->frames[t->depth - 1]; }

static bool is_system(const struct mapping *m) { return m != NULL && m->object != NULL && object_is_system(m->object); }

/* Memory that was mapped since is looked up once; what is still unknown then is code that was made, and followed. */
static const struct mapping *mapping_at(struct tracee *t, uint64_t pc) {
	const struct mapping *m = places_find(&t->places, pc);
	if (m == NULL) {
		places_read(&t->places, t->pid);
		m = places_find(&t->places, pc);
	}
	return m;
}

/* The name by which the file of `from` imports what stands at `target`: the only one where the C library chooses among
 * several functions for a name, none of which it exports. */
static const char *import_name(struct tracee *t, uint64_t from, uint64_t target) {
	const struct mapping *m = places_find(&t->places, from);
	uint64_t in_file = places_in_file(m, from), value;
	const struct import *imports;
	size_t n = in_file ? object_imports(m->object, &imports) : 0;
	for (size_t i = 0; i < n; i++)
		if (read_memory(t->pid, imports[i].address + (from - in_file), &value, sizeof value) && value == target)
			return imports[i].name;
	return NULL;
}

static const char *export_name(const struct mapping *m, uint64_t target) {
	uint64_t in_file = places_in_file(m, target);
	const struct function *f = in_file ? object_export_at(m->object, in_file) : NULL;
	return f ? f->name : NULL;
}

static bool is_loader(const struct mapping *m) {
	return m != NULL && m->object != NULL && strncmp(object_name(m->object), "ld", 2) == 0 && is_system(m);
}

/* The C library was entered. Without a name it is a return into it, or the loader, which looks up what the call is for. */
static void judge(struct tracee *t, const struct mapping *m, uint64_t pc) {
	struct frame *f = top(t);
	const char *name = import_name(t, f->from, pc);
	if (name == NULL)
		name = export_name(m, pc);
	if (name != NULL)
		lint_call(&t->places, f->handler, name, f->from, 0);
	f->inside = name == NULL && is_loader(m) ? RESOLVING : SYSTEM;
}

/* Another file may stand in for a function of the C library, as an allocator does: its inside is its own business too. */
static const char *stand_in_name(struct tracee *t, const struct mapping *m, uint64_t pc) {
	const struct mapping *from = places_find(&t->places, top(t)->from);
	const char *name = from && from->object != m->object ? export_name(m, pc) : NULL;
	for (size_t i = 0; name != NULL && i < t->places.count; i++)
		if (is_system(&t->places.mappings[i]) && object_exports(t->places.mappings[i].object, name))
			return name;
	return NULL;
}

static void look_followed(struct tracee *t, const struct mapping *m, const struct registers *r) {
	struct frame *f = top(t);
	uint64_t in_file = places_in_file(m, r->pc);
	const char *name = in_file ? stand_in_name(t, m, r->pc) : NULL;
	f->inside = name ? STAND_IN : FOLLOWED;
	f->entry_sp = r->sp;
	if (name != NULL)
		lint_call(&t->places, f->handler, name, f->from, 0);
	else if (!in_file || !object_is_jump(m->object, in_file))
		f->from = r->pc;
}

static void look_system(struct tracee *t, const struct mapping *m, const struct registers *r) {
	struct frame *f = top(t);
	if (f->inside == FOLLOWED || f->inside == STAND_IN)
		f->entry_sp = r->sp;
	else if (f->inside != RESOLVING || is_loader(m) || r->sp <= f->entry_sp)
		return;
	judge(t, m, r->pc);
}

/* A return takes the stack above the frame, and so does a jump out; a jump from the alternate stack leaves that. */
static bool has_ended(const struct frame *f, uint64_t sp) {
	if (f->stack_end != 0 && (sp < f->stack_start || sp > f->stack_end))
		return true;
	return sp > f->sp;
}

static bool sets_mask(pid_t pid, const struct registers *r) {
	unsigned char bytes[2];
	return r->number == SYS_rt_sigprocmask && read_memory(pid, r->pc, bytes, sizeof bytes) && is_call_instruction(bytes);
}

void lint_look(struct tracee *t) {
	struct registers r;
	if (!read_registers(t->tid, &r))
		return;
	t->sets_mask = sets_mask(t->pid, &r);
	while (t->depth > 0 && has_ended(top(t), r.sp))
		t->depth--;
	if (t->depth == 0 || (top(t)->inside == STAND_IN && r.sp <= top(t)->entry_sp))
		return;
	const struct mapping *m = mapping_at(t, r.pc);
	if (is_system(m))
		look_system(t, m, &r);
	else
		look_followed(t, m, &r);
}

static void note_stack(struct tracee *t, struct frame *f, uint64_t context) {
	struct {
		uint64_t flags, link, start;
		int32_t stack_flags, padding;
		uint64_t size;
	} head;
	if (!read_memory(t->pid, context, &head, sizeof head))
		return;
	if (head.size == 0 || f->sp < head.start || f->sp > head.start + head.size)
		return;
	f->stack_start = head.start;
	f->stack_end = head.start + head.size;
}

void lint_enter(struct tracee *t, int sig) {
	struct registers r;
	if (t->depth == FRAMES_MAX || !read_registers(t->tid, &r))
		return;
	if (t->depth == 0)
		places_read(&t->places, t->pid);
	const struct mapping *m = mapping_at(t, r.pc);
	const char *name = is_system(m) ? export_name(m, r.pc) : NULL;
	if (is_system(m) && name == NULL)
		return;
	struct frame *f = &t->frames[t->depth++];
	*f = (struct frame){.handler = r.pc, .sp = r.sp, .from = r.pc, .entry_sp = r.sp, .inside = is_system(m) ? SYSTEM : FOLLOWED};
	note_stack(t, f, r.context);
	lint_handler_ran(&t->places, r.pc);
	if (name != NULL)
		lint_call(&t->places, f->handler, name, 0, sig);
}
