/* step.h: what a race does by chance, done in order: another thread's doing, put between any two instructions of a function.
 * It is done in this thread, by a SIGTRAP handler, so it must not wait for the function that it interrupts; nothing of Check is called
 * by what is stepped. x86-64 alone. */
#ifndef TESTS_UNIT_STEP_H
#define TESTS_UNIT_STEP_H

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <ucontext.h>

#if defined __x86_64__ && !defined __ILP32__
#define STEP_CAN 1
#define STEP_FLAG 0x100
#else
#define STEP_CAN 0
#endif

static volatile bool step_on;
static void (*step_between)(ucontext_t *);

#if STEP_CAN
/* The processor does not stop between a system call and the instruction that follows it: a system call is made here, with one more
 * instruction behind it. */
__asm__(".pushsection .text\n"
        "step_syscall: syscall\n"
        "step_behind: nop\n"
        "step_back: ud2\n"
        ".popsection\n");
extern char step_syscall[], step_behind[], step_back[];

static void step_on_trap(int sig, siginfo_t *info, void *context) {
	static greg_t after;
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	(void)sig, (void)info;
	if (regs[REG_RIP] == (greg_t)step_behind)
		return;
	if (regs[REG_RIP] == (greg_t)step_back)
		regs[REG_RIP] = after;
	if (!step_on) {
		regs[REG_EFL] &= ~(greg_t)STEP_FLAG;
		return;
	}
	regs[REG_EFL] |= STEP_FLAG;
	step_between(context);
	if (memcmp((const void *)regs[REG_RIP], "\x0f\x05", 2) == 0) {
		after = regs[REG_RIP] + 2;
		regs[REG_RIP] = (greg_t)step_syscall;
	}
}
#endif

/* Run it, and call between ahead of each of its instructions. */
static __attribute__((noinline, unused)) void step_all(void (*run)(void), void (*between)(ucontext_t *)) {
	step_between = between;
#if STEP_CAN
	struct sigaction act = {.sa_sigaction = step_on_trap, .sa_flags = SA_SIGINFO};
	sigaction(SIGTRAP, &act, NULL);
	step_on = true;
	__asm__ volatile("int3" ::: "memory");
	run();
	__asm__ volatile("" ::: "memory");
	step_on = false;
#else
	run();
#endif
}

static unsigned step_left;
static bool step_done;
static void (*step_other)(void);

static inline void step_count(ucontext_t *uc) {
	(void)uc;
	if (step_done || step_left-- > 0)
		return;
	step_done = true;
	step_other();
}

/* Run it, and call other once, ahead of its n-th instruction. False: it has fewer, other was not called. */
static inline bool step_at(unsigned n, void (*run)(void), void (*other)(void)) {
	step_left = n;
	step_done = false;
	step_other = other;
	step_all(run, step_count);
	return step_done;
}

#endif
