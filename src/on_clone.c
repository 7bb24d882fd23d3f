/* on_clone.c: a process made past fork: by clone, or by the bare system call. Its child is a fork child all the same.
 * Called by interpose and on_syscall. Async-signal-safe. */
#include "on.h"

#include "arch/arch.h"
#include "next.h"
#include "process.h"
#include "safepoint.h"
#include "trace.h"
#include <errno.h>
#include <sched.h>

struct start {
	int (*run)(void *);
	void *arg;
};

static int run_child(void *place) {
	struct start s = *(struct start *)place;
	process_fork_child();
	return s.run(s.arg);
}

static int clone_process(int (*run)(void *), void *stack, int flags, void *arg, pid_t *parent_tid, void *tls, pid_t *child_tid) {
	struct start s = {run, arg};
	process_fork_prepare();
	int r = NEXT(clone)(run_child, stack, flags, &s, parent_tid, tls, child_tid);
	process_fork_parent();
	if (r > 0)
		TRACE(FORK, 0, .sender = r);
	return r;
}

/* It runs in our memory while this thread sleeps, as a vfork child does. */
static int clone_vforked(int (*run)(void *), void *stack, int flags, void *arg, pid_t *parent_tid, void *tls, pid_t *child_tid) {
	on_prepare_jump();
	trace_in_call(TRACE_FORK, 0, "clone", (struct trace_record){0});
	unsigned depth = self.vforked;
	self.vforked = depth + 1;
	int r = NEXT(clone)(run, stack, flags, arg, parent_tid, tls, child_tid);
	self.vforked = depth;
	self.unkept = 0;
	return r;
}

/* What shares our memory and goes on beside us is a thread that only the host knows. */
int on_clone(int (*run)(void *), void *stack, int flags, void *arg, pid_t *parent_tid, void *tls, pid_t *child_tid) {
	bool vforks = (flags & CLONE_VM) && (flags & CLONE_VFORK);
	if (run == NULL || stack == NULL || (flags & (CLONE_THREAD | CLONE_SETTLS)) || ((flags & CLONE_VM) && !vforks))
		return NEXT(clone)(run, stack, flags, arg, parent_tid, tls, child_tid);
	safepoint_run(&self, THREAD_SP(), CALLER);
	return (vforks ? clone_vforked : clone_process)(run, stack, flags, arg, parent_tid, tls, child_tid);
}

long on_raw_fork(long nr, const long a[6]) {
	safepoint_run(&self, THREAD_SP(), CALLER);
	process_fork_prepare();
	long pid = raw6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (pid == 0)
		process_fork_child();
	else
		process_fork_parent();
	if (pid > 0)
		TRACE(FORK, 0, .sender = (pid_t)pid);
	return pid;
}

/* ---- By number: a child that shares the memory could not return through a function; it gets its own. ---- */

static bool shares(unsigned long flags) { return (flags & CLONE_VM) && !(flags & CLONE_VFORK); }

bool on_raw_clone(long nr, const long a[6], long *r) {
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, rest[10];
	} wanted = {0};
	long args[6];
	memcpy(args, a, sizeof args);
	if (nr == SYS_clone3) {
		if ((unsigned long)a[1] > sizeof wanted || is_nowhere((const void *)a[0]))
			return false;
		memcpy(&wanted, (const void *)a[0], (size_t)a[1]);
		args[0] = (long)&wanted;
	} else {
		wanted.flags = (uint64_t)a[0];
		wanted.stack = (uint64_t)a[1];
		args[0] &= ~(long)CLONE_VM;
	}
	if (wanted.stack || shares(wanted.flags) || (wanted.flags & (CLONE_THREAD | CLONE_SETTLS)))
		return false;
	wanted.flags &= ~(uint64_t)CLONE_VM;
	*r = on_raw_fork(nr, args);
	return true;
}
