/* A call under which handlers run keeps what the ABI says that a call keeps: registers, rounding mode. */
#include "host.h"
#include <fenv.h>

static volatile sig_atomic_t runs, rounding;
static int fds[2];
static void handler(int sig) {
	(void)sig, runs++;
	if (rounding)
		fesetround(FE_TOWARDZERO); /* undone by the end of a handler */
}

/* Calls poll(NULL, 0, ms) with patterns in the callee-saved registers; 0, or the number of those that changed. */
static int (*volatile target)(struct pollfd *, nfds_t, int);
static int patterned(long ms, long *result) {
#if defined __x86_64__ && !defined __ILP32__
	unsigned long out[6];
	long r;
	void *function = (void *)target;
	__asm__ volatile(
	    "lea -128(%%rsp), %%rsp\n" /* past the red zone */
	    "push %%rbx\n push %%rbp\n push %%r12\n push %%r13\n push %%r14\n push %%r15\n push %%rcx\n"
	    "mov %%rsp, %%rbp\n and $-16, %%rsp\n push %%rbp\n push %%rcx\n"
	    "mov $0x1111, %%rbx\n mov $0x2222, %%rbp\n mov $0x3333, %%r12\n mov $0x4444, %%r13\n mov $0x5555, %%r14\n mov $0x6666, %%r15\n"
	    "call *%%rax\n"
	    "pop %%rcx\n"
	    "mov %%rbx, 0(%%rcx)\n mov %%rbp, 8(%%rcx)\n mov %%r12, 16(%%rcx)\n mov %%r13, 24(%%rcx)\n mov %%r14, 32(%%rcx)\n mov %%r15, 40(%%rcx)\n"
	    "pop %%rbp\n mov %%rbp, %%rsp\n"
	    "pop %%rcx\n pop %%r15\n pop %%r14\n pop %%r13\n pop %%r12\n pop %%rbp\n pop %%rbx\n lea 128(%%rsp), %%rsp\n"
	    : "=a"(r)
	    : "0"(function), "D"(0L), "S"(0L), "d"(ms), "c"(out)
	    : "memory", "r8", "r9", "r10", "r11", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
	*result = (int)r;
	static const unsigned long expected[6] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666};
	int changed = 0;
	for (int i = 0; i < 6; i++)
		changed += out[i] != expected[i];
	return changed;
#elif defined __aarch64__
	register long x0 __asm__("x0") = 0;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = ms;
	register long x8 __asm__("x8") = (long)target;
	long changed;
	__asm__ volatile(
	    "mov x19, #1\n mov x20, #2\n mov x21, #3\n mov x22, #4\n mov x23, #5\n mov x24, #6\n mov x25, #7\n mov x26, #8\n"
	    "blr x8\n"
	    "mov x9, #0\n"
	    "cmp x19, #1\n cinc x9, x9, ne\n cmp x20, #2\n cinc x9, x9, ne\n cmp x21, #3\n cinc x9, x9, ne\n cmp x22, #4\n cinc x9, x9, ne\n"
	    "cmp x23, #5\n cinc x9, x9, ne\n cmp x24, #6\n cinc x9, x9, ne\n cmp x25, #7\n cinc x9, x9, ne\n cmp x26, #8\n cinc x9, x9, ne\n"
	    "mov %[changed], x9\n"
	    : "+r"(x0), [changed] "=r"(changed), "+r"(x1), "+r"(x2), "+r"(x8)
	    :
	    : "memory", "cc", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24",
	      "x25", "x26", "x30");
	*result = (int)x0;
	return (int)changed;
#else
	*result = target(NULL, 0, (int)ms);
	return 0;
#endif
}

int main(int argc, char **argv) {
	rounding = argc > 1 && is(argv[1], "rounding");
	long result;
	int changed = 0, failed = 0;
	target = poll;
	check(pipe(fds) == 0);
	on(SIGUSR1, handler, 0);
	on(SIGALRM, handler, 0);
	fesetround(FE_UPWARD);
	for (int i = 0; i < 200; i++) { /* on entry */
		raw_raise(SIGUSR1);
		changed += patterned(0, &result);
		failed += result != 0;
	}
	check(changed == 0 && failed == 0 && runs == 200);
	check(fegetround() == FE_UPWARD);
	struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 2000; i++) { /* while waiting, and around it */
		changed += patterned(1, &result);
		if (fegetround() != FE_UPWARD)
			failed++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	check(changed == 0 && failed == 0 && runs > 200);
	return verdict();
}
