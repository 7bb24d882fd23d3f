/* kernel_action.c: see kernel_action.h. */
#include "kernel_action.h"

#include "deadline.h"
#include "doorbell.h"
#include "next.h"
#include "objects.h"
#include "options.h"
#include "thread.h"
#include "trampoline.h"
#include "where.h"
#include "arch/arch.h"
#include <errno.h>
#include <sys/syscall.h>

bool kernel_action_defers(int sig) { return (options.defer & ~SIGBITS_NEVER_DEFERRED & SIGBIT(sig)) != 0; }

static int restart_flag(int flags) {
	if (options.restart == RESTART_HOST)
		return flags & SA_RESTART;
	return options.restart == RESTART_ALWAYS ? SA_RESTART : 0;
}

/* The kernel always restarts, so that a call that waited can be told by its pc; what the handler asked for is done in
 * the frame. Without registers that cannot be seen, and the kernel does it. */
static int deferred_flags(int flags) {
	int restarts = REGS_KNOWN ? SA_RESTART : restart_flag(flags);
	return SA_SIGINFO | restarts | (flags & (SA_ONSTACK | SA_NOCLDSTOP | SA_NOCLDWAIT));
}

static int direct_flags(const struct action *a) {
	int flags = a->flags | SA_SIGINFO;
	if (a->marks & MARK_ONESHOT)
		flags &= ~(int)SA_RESETHAND;
	return (flags & ~SA_RESTART) | restart_flag(flags);
}

#define HANDLER(trampoline) ((void (*)(int))(void *)(trampoline))

static inline struct kernel_sigaction action(void (*handler)(int), int flags, sigbits mask) {
	return (struct kernel_sigaction){.handler = handler, .flags = (unsigned)flags, .mask = mask};
}

static inline struct kernel_sigaction empty_action(void) {
	int flags = SA_RESTART | SA_ONSTACK | SA_SIGINFO | SA_NOCLDSTOP | SA_NOCLDWAIT | REGS_RESTORER_FLAG; /* children, too, as under SIG_IGN */
	return (struct kernel_sigaction){HANDLER(trampoline_empty), (unsigned)flags, REGS_RESTORER, 0};
}

static inline struct kernel_sigaction kernel_action(int sig, const struct action *a) {
	if (likely(action_is_handler(a)) && likely(kernel_action_defers(sig)))
		return action(HANDLER(trampoline_deferred), deferred_flags(a->flags), SIGBITS_FULL);
	if (action_is_handler(a))
		return action(HANDLER(trampoline_direct), direct_flags(a), a->mask);
	if (!(a->marks & MARK_OURS))
		return action(a->handler, a->flags, a->mask);
	if (a->handler == SIG_IGN)
		return empty_action();
	return action(HANDLER(trampoline_deferred), SA_RESTART | SA_SIGINFO, SIGBITS_FULL); /* ORDERLY */
}

/* What a handler returns to is the C library's: debuggers know it by its place. The first action goes through its sigaction, and
 * shows what it puts there. The empty handler, which is there from the start and calls nothing, returns to ours. */
static struct {
	void (*function)(void);
	unsigned long flag;
	bool known;
} restorer;

static inline int tell(int sig, const struct kernel_sigaction *k, struct kernel_sigaction *old) {
	return (int)raw4(SYS_rt_sigaction, sig, (long)k, (long)old, sizeof k->mask);
}

static int set_through_libc(int sig, const struct kernel_sigaction *k) {
	struct sigaction act = {.sa_handler = k->handler, .sa_flags = (int)k->flags};
	struct kernel_sigaction now;
	memcpy(&act.sa_mask, &k->mask, sizeof k->mask);
	if (NEXT(sigaction)(sig, &act, NULL) != 0)
		return -EINVAL;
	kernel_action_get(sig, &now);
	restorer.function = now.restorer;
	restorer.flag = now.flags & SA_RESTORER;
	__atomic_store_n(&restorer.known, true, __ATOMIC_RELEASE);
	return 0;
}

static __attribute__((noinline)) int set_first(int sig, const struct kernel_sigaction *k, struct kernel_sigaction *old) {
	int r = old ? kernel_action_get(sig, old) : 0;
	return r != 0 ? r : set_through_libc(sig, k);
}

static inline int set(int sig, struct kernel_sigaction *k, struct kernel_sigaction *old) {
	if (unlikely(!__atomic_load_n(&restorer.known, __ATOMIC_ACQUIRE)))
		return set_first(sig, k, old);
	k->flags = (k->flags & ~(unsigned long)SA_RESTORER) | restorer.flag;
	k->restorer = restorer.function;
	return tell(sig, k, old);
}

int kernel_action_get(int sig, struct kernel_sigaction *k) { return (int)raw4(SYS_rt_sigaction, sig, 0, (long)k, sizeof k->mask); }

int kernel_action_set(int sig, const struct action *a, struct kernel_sigaction *old) {
	struct kernel_sigaction k = kernel_action(sig, a);
	return set(sig, &k, old);
}

int kernel_action_set_empty(int sig, struct kernel_sigaction *old) {
	struct kernel_sigaction k = empty_action();
	return tell(sig, &k, old);
}

/* Where the registers say what was interrupted, the call is ended in the frame if it must be. */
void kernel_action_set_doorbell(int sig, struct kernel_sigaction *old) {
	struct kernel_sigaction k = {.handler = HANDLER(doorbell_answer), .flags = SA_SIGINFO | (REGS_KNOWN ? SA_RESTART : 0), .mask = SIGBITS_FULL};
	set(sig, &k, old);
}

bool kernel_action_is_ours(const struct kernel_sigaction *k) {
	return k->handler == HANDLER(trampoline_deferred) || k->handler == HANDLER(trampoline_direct) || k->handler == HANDLER(trampoline_empty);
}

bool kernel_action_prepared;

void kernel_action_prepare_first(void) {
	where_prepare();
	if (objects_has_own_malloc())
		thread_due_always |= DUE_CAREFUL;
	due_set(&self, thread_due_always);
	if (deadline_signal)
		kernel_action_set_doorbell(deadline_signal, NULL);
	if (deadline_signal && thread_main)
		deadline_prepare(thread_main);
	__atomic_store_n(&kernel_action_prepared, true, __ATOMIC_RELEASE);
}
