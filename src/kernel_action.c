/* kernel_action.c: see kernel_action.h. */
#include "kernel_action.h"

#include "deadline.h"
#include "doorbell.h"
#include "next.h"
#include "options.h"
#include "thread.h"
#include "trampoline.h"
#include "where.h"
#include "arch/arch.h"

bool kernel_action_defers(int sig) { return (options.defer & ~SIGBITS_NEVER_DEFERRED & SIGBIT(sig)) != 0; }

static void fill(sigset_t *set, sigbits bits) {
	memset(set, 0, sizeof *set);
	memcpy(set, &bits, sizeof bits);
}

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

static struct sigaction kernel_action(int sig, const struct action *a) {
	struct sigaction k = {.sa_handler = a->handler, .sa_flags = a->flags};
	fill(&k.sa_mask, a->mask);
	if (action_is_handler(a) && kernel_action_defers(sig)) {
		k.sa_sigaction = trampoline_deferred;
		k.sa_flags = deferred_flags(a->flags);
		fill(&k.sa_mask, SIGBITS_FULL);
	} else if (action_is_handler(a)) {
		k.sa_sigaction = trampoline_direct;
		k.sa_flags = direct_flags(a);
	} else if (a->handler == SIG_IGN && (a->marks & MARK_OURS)) {
		k.sa_sigaction = trampoline_empty;
		k.sa_flags = SA_RESTART | SA_ONSTACK | SA_SIGINFO;
	} else if (a->marks & MARK_OURS) { /* ORDERLY */
		k.sa_sigaction = trampoline_deferred;
		k.sa_flags = SA_RESTART | SA_SIGINFO;
		fill(&k.sa_mask, SIGBITS_FULL);
	}
	return k;
}

int kernel_action_set(int sig, const struct action *a, struct sigaction *old) {
	struct sigaction k = kernel_action(sig, a);
	return NEXT(sigaction)(sig, &k, old);
}

/* Where the registers say what was interrupted, the call is ended in the frame if it must be. */
void kernel_action_set_doorbell(int sig, struct sigaction *old) {
	struct sigaction k = {.sa_sigaction = doorbell_answer, .sa_flags = SA_SIGINFO | (REGS_KNOWN ? SA_RESTART : 0)};
	fill(&k.sa_mask, SIGBITS_FULL);
	NEXT(sigaction)(sig, &k, old);
}

bool kernel_action_is_ours(const struct sigaction *k) {
	return (k->sa_flags & SA_SIGINFO) &&
	       (k->sa_sigaction == trampoline_deferred || k->sa_sigaction == trampoline_direct || k->sa_sigaction == trampoline_empty);
}

static bool prepared;

bool kernel_action_is_prepared(void) { return prepared; }

void kernel_action_prepare(void) {
	if (likely(__atomic_load_n(&prepared, __ATOMIC_ACQUIRE)))
		return;
	where_prepare();
	if (where_has_own_malloc())
		thread_due_always |= DUE_CAREFUL;
	due_set(&self, thread_due_always);
	if (deadline_signal && thread_main)
		deadline_prepare(thread_main);
	__atomic_store_n(&prepared, true, __ATOMIC_RELEASE);
}
