/* arch/x86_64/stub.h: the system call with the look at the due word before it, inline in the caller's frame.
 * Each stub leaves a row in the section sigtame_stubs: [start, insn] is where nothing has happened yet,
 * after is where the result stands. The trampoline moves the program counter of a thread that it finds there.
 * rcx is cleared first, so that a restarted system call can be told from one that has not begun. Async-signal-safe. */
#ifndef SIGTAME_STUB_H
#define SIGTAME_STUB_H

#include <stdint.h>

#define STUB_LABELS 1

struct stub {
	int32_t start, insn; /* relative to the member itself */
};

#define STUB_ASM                                                   \
	"0:\n\t"                                                   \
	"xorl %%ecx, %%ecx\n\t"                                    \
	"movq $-512, %%rax\n\t"                                    \
	"cmpl $0, %[due]\n\t"                                      \
	"jne 2f\n\t"                                               \
	"movl %[nr], %%eax\n"                                      \
	"1:\n\t"                                                   \
	"syscall\n"                                                \
	"2:\n\t"                                                   \
	".pushsection sigtame_stubs, \"aR\", @progbits\n\t"        \
	".balign 4\n\t"                                            \
	".long 0b - .\n\t"                                         \
	".long 1b - .\n\t"                                         \
	".popsection"

#define STUB_CLOBBERS "rcx", "r11", "cc", "memory"
#define STUB_NOT_MADE (-512L)

static inline __attribute__((always_inline)) long stub6(const unsigned *due, long nr, long a, long b, long c, long d, long e, long f) {
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;
	__asm__ volatile(STUB_ASM
	                 : "=&a"(r)
	                 : [due] "m"(*due), [nr] "ri"((int)nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : STUB_CLOBBERS);
	return r;
}
static inline __attribute__((always_inline)) long stub4(const unsigned *due, long nr, long a, long b, long c, long d) {
	register long r10 __asm__("r10") = d;
	long r;
	__asm__ volatile(STUB_ASM
	                 : "=&a"(r)
	                 : [due] "m"(*due), [nr] "ri"((int)nr), "D"(a), "S"(b), "d"(c), "r"(r10)
	                 : STUB_CLOBBERS);
	return r;
}
static inline __attribute__((always_inline)) long stub3(const unsigned *due, long nr, long a, long b, long c) {
	long r;
	__asm__ volatile(STUB_ASM : "=&a"(r) : [due] "m"(*due), [nr] "ri"((int)nr), "D"(a), "S"(b), "d"(c) : STUB_CLOBBERS);
	return r;
}
static inline __attribute__((always_inline)) long stub5(const unsigned *due, long nr, long a, long b, long c, long d, long e) {
	return stub6(due, nr, a, b, c, d, e, 0);
}
static inline __attribute__((always_inline)) long stub2(const unsigned *due, long nr, long a, long b) {
	long r;
	__asm__ volatile(STUB_ASM : "=&a"(r) : [due] "m"(*due), [nr] "ri"((int)nr), "D"(a), "S"(b) : STUB_CLOBBERS);
	return r;
}
static inline __attribute__((always_inline)) long stub1(const unsigned *due, long nr, long a) {
	long r;
	__asm__ volatile(STUB_ASM : "=&a"(r) : [due] "m"(*due), [nr] "ri"((int)nr), "D"(a) : STUB_CLOBBERS);
	return r;
}
static inline __attribute__((always_inline)) long stub0(const unsigned *due, long nr) {
	long r;
	__asm__ volatile(STUB_ASM : "=&a"(r) : [due] "m"(*due), [nr] "ri"((int)nr) : STUB_CLOBBERS);
	return r;
}

/* The system call alone: where no look is wanted. */
static inline __attribute__((always_inline)) long raw6(long nr, long a, long b, long c, long d, long e, long f) {
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : STUB_CLOBBERS);
	return r;
}
static inline __attribute__((always_inline)) long raw4(long nr, long a, long b, long c, long d) {
	register long r10 __asm__("r10") = d;
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : STUB_CLOBBERS);
	return r;
}

static inline uintptr_t stub_place(uintptr_t pc) { return pc; }

#endif
