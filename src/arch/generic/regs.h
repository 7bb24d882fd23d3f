/* arch/generic/regs.h: the registers of a CPU that nobody has described. */
#ifndef SIGTAME_REGS_H
#define SIGTAME_REGS_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#define REGS_KNOWN 0
#define SYSCALL_LENGTH 0
#define REGS_RESTORER NULL /* the kernel's own */
#define REGS_RESTORER_FLAG 0

/* No place is known: nothing is the program's own text, no wait is seen inside libc. */
static inline uintptr_t regs_pc(const ucontext_t *uc) { return (void)uc, 0; }
static inline uintptr_t regs_sp(const ucontext_t *uc) { return (uintptr_t)uc; }
static inline long regs_result(const ucontext_t *uc) { return (void)uc, 0; }
static inline void regs_set_pc(ucontext_t *uc, uintptr_t pc) { (void)uc, (void)pc; }
static inline void regs_set_result(ucontext_t *uc, long r) { (void)uc, (void)r; }
static inline bool regs_is_syscall(uintptr_t pc) { return (void)pc, false; }
static inline bool regs_entered(const ucontext_t *uc, uintptr_t pc) { return (void)uc, (void)pc, false; }
static inline bool regs_after_syscall(uintptr_t pc) { return (void)pc, false; }

struct modes {
	int none;
};
static inline struct modes regs_modes(void) { return (struct modes){0}; }
static inline void regs_set_modes(struct modes m) { (void)m; }

#endif
