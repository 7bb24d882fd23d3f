/* arch/x86_64/entry.S: what C cannot say. vfork returns twice on one stack; the functions that write the mask down for
 * a later jump return twice to their caller and so must be jumped to. */

#define SYS_vfork 58
#define THREAD_VFORKED 8 /* thread.c asserts both */
#define THREAD_UNKEPT 12


	.text

/* From here on nothing is left blocked by us until libc is left: the mask that it writes down would keep it for ever.
 * With nothing due, on to libc's; else what is due runs first, and nothing of ours is left in the mask. */
#define PREPARED(name, id)                       \
	.globl name;                             \
	.type name, @function;                   \
name:	.cfi_startproc;                          \
	endbr64;                                 \
	movq self@gottpoff(%rip), %rax;          \
	movl $1, %fs:THREAD_UNKEPT(%rax);        \
	cmpl $0, %fs:(%rax);                     \
	jne 1f;                                  \
	movq behind_##id(%rip), %rax;            \
	testq %rax, %rax;                        \
	je 1f;                                   \
	jmp *%rax;                               \
1:	pushq %rdi;                              \
	.cfi_adjust_cfa_offset 8;                \
	pushq %rsi;                              \
	.cfi_adjust_cfa_offset 8;                \
	subq $8, %rsp;                           \
	.cfi_adjust_cfa_offset 8;                \
	movl interpose_index_##id(%rip), %edi;   \
	movq 24(%rsp), %rsi;                     \
	call interpose_prepare_jump;             \
	movq %rax, behind_##id(%rip);            \
	addq $8, %rsp;                           \
	.cfi_adjust_cfa_offset -8;               \
	popq %rsi;                               \
	.cfi_adjust_cfa_offset -8;               \
	popq %rdi;                               \
	.cfi_adjust_cfa_offset -8;               \
	jmp *%rax;                               \
	.cfi_endproc;                            \
	.size name, . - name;                    \
	.local behind_##id;                      \
	.comm behind_##id, 8, 8

	PREPARED(__sigsetjmp, sigsetjmp)
	PREPARED(setjmp, setjmp)
	PREPARED(getcontext, getcontext)

/* The child returns first and uses the stack above: the return address waits in rdi, the old depth in rdx. Whoever sees vforked
 * set is the child, or the parent in what is delivered to it at the system call itself (thread_in_vfork_child tells); the parent
 * sets it back. */
	.globl vfork
	.type vfork, @function
	.globl __vfork
	.set __vfork, vfork
vfork:	.cfi_startproc
	endbr64
	subq $8, %rsp
	.cfi_adjust_cfa_offset 8
	movq 8(%rsp), %rdi
	call interpose_prepare_vfork
	addq $8, %rsp
	.cfi_adjust_cfa_offset -8
	movq self@gottpoff(%rip), %rsi
	popq %rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rdi
	movl %fs:THREAD_VFORKED(%rsi), %edx
	incl %fs:THREAD_VFORKED(%rsi)
	movl $SYS_vfork, %eax
	syscall
	pushq %rdi
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rip, 0
	testl %eax, %eax
	je 2f
	movl %edx, %fs:THREAD_VFORKED(%rsi)
	js 3f
2:	ret
3:	pushq %rax
	.cfi_adjust_cfa_offset 8
	call *__errno_location@GOTPCREL(%rip)
	popq %rcx
	.cfi_adjust_cfa_offset -8
	negl %ecx
	movl %ecx, (%rax)
	movl $-1, %eax
	ret
	.cfi_endproc
	.size vfork, . - vfork

	.section .note.GNU-stack, "", @progbits
