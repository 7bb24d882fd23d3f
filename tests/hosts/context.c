/* "A valid ucontext, sa_mask and its own signal blocked unless SA_NODEFER, on the alternate stack if SA_ONSTACK, errno preserved." */
#include "host.h"
#include <ucontext.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char stack[64 * 1024] __attribute__((aligned(16)));
static volatile sig_atomic_t runs;
static const char *mask, *context_mask;
static bool on_stack, stack_shown, has_pc, has_float;

static void look(ucontext_t *context) {
	char here;
	stack_t now;
	on_stack = &here >= stack && &here < stack + sizeof stack;
	sigaltstack(NULL, &now);
	stack_shown = now.ss_flags & SS_ONSTACK;
	mask = mask_text();
	context_mask = text_of(&context->uc_sigmask);
#if defined __x86_64__
	has_pc = context->uc_mcontext.gregs[REG_RIP] && context->uc_mcontext.gregs[REG_RSP];
	has_float = context->uc_mcontext.fpregs && (context->uc_mcontext.fpregs->mxcsr & 0x1f80) == 0x1f80;
#elif defined __aarch64__
	has_pc = context->uc_mcontext.pc && context->uc_mcontext.sp;
	has_float = true;
#else
	has_pc = has_float = true;
#endif
}

static void handler(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)info;
	look(context);
	runs++;
	errno = ENOANO;
}

static void masker(int sig, siginfo_t *info, void *context) {
	handler(sig, info, context);
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL); /* undone by the end of the handler */
}

static void editor(int sig, siginfo_t *info, void *context) {
	handler(sig, info, context);
	sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGWINCH); /* in force from the end of the handler */
}

static void install(void (*run)(int, siginfo_t *, void *), int flags, int blocked) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = run;
	action.sa_flags = flags | SA_SIGINFO;
	action.sa_mask = set_of(blocked, 0);
	check(sigaction(SIGUSR1, &action, NULL) == 0);
}

static void report(const char *name) {
	raw_raise(SIGUSR1);
	safe_point();
	say("%s: runs %d mask [%s] context [%s] %s %s%s%s after [%s]", name, (int)runs, mask, context_mask, on_stack ? "alternate stack" : "stack",
	    stack_shown ? "shown" : "not shown", has_pc ? "" : ", no pc", has_float ? "" : ", no floating point", mask_text());
	runs = 0;
}

int main(int argc, char **argv) {
	bool errno_only = argc > 1 && is(argv[1], "errno");
	if (errno_only) {
		install(handler, 0, 0);
		errno = 0;
		raw_raise(SIGUSR1);
		check(write(1, "", 0) == 0);
		check(runs == 1 && errno == 0);
		raw_raise(SIGUSR1);
		check(write(-1, "", 0) == -1 && errno == EBADF);
		check(runs == 2);
		raise(SIGUSR1);
		check(runs == 3 && errno == EBADF);
		return verdict();
	}
	mask_one(SIG_BLOCK, SIGHUP);
	install(handler, 0, 0);
	report("plain");
	install(handler, 0, SIGTERM);
	report("sa_mask");
	install(handler, SA_NODEFER, 0);
	report("SA_NODEFER");
	install(masker, 0, 0);
	report("changes its mask");
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	check(sigaltstack(&alternate, NULL) == 0);
	install(handler, 0, 0);
	report("no SA_ONSTACK");
	install(handler, SA_ONSTACK, 0);
	report("SA_ONSTACK");
	stack_t now;
	check(sigaltstack(NULL, &now) == 0);
	say("after: %s %s", now.ss_flags & SS_ONSTACK ? "in use" : "free", now.ss_sp == stack ? "set" : "lost");
	if (argc > 1 && is(argv[1], "edit")) {
		install(editor, 0, 0);
		report("edits its context");
		check(is(kernel_mask_text(), "1 28"));
	}
	if (argc > 1 && is(argv[1], "autodisarm")) {
		alternate.ss_flags = SS_AUTODISARM;
		check(sigaltstack(&alternate, NULL) == 0);
		install(handler, SA_ONSTACK, 0);
		report("SS_AUTODISARM");
		check(sigaltstack(NULL, &now) == 0);
		say("after: %s %s", now.ss_flags & SS_ONSTACK ? "in use" : "free", now.ss_sp == stack ? "set" : "lost");
	}
	return failures != 0;
}
