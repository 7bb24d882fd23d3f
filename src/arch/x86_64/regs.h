/* arch/x86_64/regs.h: what the interrupted registers say. Async-signal-safe. */
#ifndef SIGTAME_REGS_H
#define SIGTAME_REGS_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#define REGS_KNOWN 1
#define SYSCALL_LENGTH 2

/* What a handler returns to: the kernel has none of its own. */
extern __attribute__((visibility("hidden"))) void regs_restorer(void);
#define REGS_RESTORER regs_restorer
#define REGS_RESTORER_FLAG 0x04000000

static inline uintptr_t regs_pc(const ucontext_t *uc) { return (uintptr_t)uc->uc_mcontext.gregs[REG_RIP]; }
static inline uintptr_t regs_sp(const ucontext_t *uc) { return (uintptr_t)uc->uc_mcontext.gregs[REG_RSP]; }
static inline long regs_result(const ucontext_t *uc) { return uc->uc_mcontext.gregs[REG_RAX]; }
static inline void regs_set_pc(ucontext_t *uc, uintptr_t pc) { uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc; }
static inline void regs_set_result(ucontext_t *uc, long r) { uc->uc_mcontext.gregs[REG_RAX] = r; }

static inline bool regs_is_syscall(uintptr_t pc) {
	const unsigned char *p = (const unsigned char *)pc;
	return p[0] == 0x0f && p[1] == 0x05;
}

/* The instruction leaves its own return address in rcx: the kernel was entered there and moved the pc back to restart. */
static inline bool regs_entered(const ucontext_t *uc, uintptr_t pc) {
	return (uintptr_t)uc->uc_mcontext.gregs[REG_RCX] == pc + SYSCALL_LENGTH;
}

/* A page before the one of the pc need not be there. */
static inline bool regs_after_syscall(uintptr_t pc) {
	return (pc & 4095) >= SYSCALL_LENGTH && regs_is_syscall(pc - SYSCALL_LENGTH);
}

/* The saved stack pointer of a jmp_buf, which libc keeps mangled with the thread's pointer guard. */
static inline uintptr_t regs_jump_sp(const void *jmp_buf_words) {
	uintptr_t sp = ((const uintptr_t *)jmp_buf_words)[6];
	__asm__("rorq $17, %0\n\txorq %%fs:0x30, %0" : "+r"(sp));
	return sp;
}

/* The rounding and exception modes of the interrupted code: the kernel gives them back when a handler returns. */
struct modes {
	uint32_t sse;
	uint16_t x87;
};

static inline struct modes regs_modes(void) {
	struct modes m;
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(m.sse), "=m"(m.x87));
	return m;
}

static inline void regs_set_modes(struct modes m) { __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(m.sse), "m"(m.x87)); }

#endif
