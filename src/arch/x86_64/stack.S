/* arch/x86_64/stack.S: a handler is called on another stack; what a handler returns to. */

	.text

/* run_on_stack(handler, sig, info, uc, sp) */
	.globl run_on_stack
	.hidden run_on_stack
	.type run_on_stack, @function
run_on_stack:	.cfi_startproc
	pushq %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq %rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq %r8, %rsp
	movq %rdi, %rax
	movl %esi, %edi
	movq %rdx, %rsi
	movq %rcx, %rdx
	call *%rax
	leave
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc
	.size run_on_stack, . - run_on_stack

/* The same bytes as libc's, by which unwinders know it. */
	.globl regs_restorer
	.hidden regs_restorer
	.type regs_restorer, @function
regs_restorer:
	movq $15, %rax
	syscall
	.size regs_restorer, . - regs_restorer

	.section .note.GNU-stack, "", @progbits
