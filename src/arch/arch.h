/* arch/arch.h: what a CPU provides. Decisions stay in C; here are labels and registers only. Async-signal-safe.
 *
 * --with-stub chooses stub.h alone; the rest goes by the CPU.
 *
 * stub.h   struct stub, STUB_LABELS, STUB_NOT_MADE, stub0 … stub6 (look, then system call), raw4, raw6 (no look),
 *          stub_place (where in this library a thread is that was interrupted at pc)
 * regs.h   pc, sp, result; is this a system call instruction; was the kernel entered there; REGS_RESTORER
 * entry.S  what C cannot say: calls that return twice, a call on another stack; arch/generic has none of them */
#ifndef SIGTAME_ARCH_H
#define SIGTAME_ARCH_H

#include ARCH_REGS_H
#include ARCH_STUB_H

/* A thread that the trampoline took out of a stub finds one of these in place of a result. */
#define STUB_RESTART (-513L) /* the kernel waited there and would restart the call */

#endif
