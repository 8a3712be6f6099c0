/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways into the kernel and out of it. All of them build a struct frame (trap.h) on the stack of the
 * current thread, so that what a thread has in its registers is always found in the same form.
 */
#include "selectors.h"

	.macro PUSH_REGISTERS
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro POP_REGISTERS
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	.endm

	.text

/* One stub of 16 bytes for each vector; those with an error code have it on the stack already. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
	      vector == 29 || vector == 30)
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

	.balign 16
trap_common:
	PUSH_REGISTERS
	cld
	movq %rsp, %rdi
	call trap
	.globl trap_return
trap_return:
	POP_REGISTERS
	addq $16, %rsp
	iretq

/*
 * SYSCALL leaves the program's stack in RSP, its next instruction in RCX and its flags in R11, with
 * interrupts off. There is one CPU, so that the current thread's stack is found in a variable.
 */
	.globl syscall_entry
syscall_entry:
	movq %rsp, syscall_user_rsp(%rip)
	movq syscall_kernel_rsp(%rip), %rsp
	pushq $USER_DS
	pushq syscall_user_rsp(%rip)
	pushq %r11
	pushq $USER_CS
	pushq %rcx
	pushq $0
	pushq $-1
	PUSH_REGISTERS
	cld
	movq %rsp, %rdi
	call syscall
	POP_REGISTERS
	/*
	 * RCX and R11 are as the program left them, not what SYSRET wants: that is in the frame.
	 * RIP is what SYSCALL stored, and so an address that the processor has executed.
	 */
	movq 16(%rsp), %rcx
	movq 32(%rsp), %r11
	movq 40(%rsp), %rsp
	sysretq

/* void switch_stacks(u64 *save, u64 load): goes on where another thread called this. */
	.globl switch_stacks
switch_stacks:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

/* _Noreturn void frame_resume(struct frame *frame) */
	.globl frame_resume
frame_resume:
	movq %rdi, %rsp
	jmp trap_return

	.section .bss
	.balign 8
syscall_user_rsp:
	.skip 8
	.globl syscall_kernel_rsp
syscall_kernel_rsp:
	.skip 8

	.section .note.GNU-stack, "", @progbits
