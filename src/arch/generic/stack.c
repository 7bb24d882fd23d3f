/* arch/generic/stack.c: a handler with SA_ONSTACK that runs at a safe point runs on the ordinary stack. Async-signal-safe. */
#include "run.h"

void run_on_stack(void (*handler)(int), int sig, siginfo_t *info, void *uc, uintptr_t sp) {
	(void)sp;
	((void (*)(int, siginfo_t *, void *))(void *)handler)(sig, info, uc);
}
