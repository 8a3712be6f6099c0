/* SPDX-License-Identifier: GPL-2.0 */
/* Into the kernel and out of it. */
#include "layout.h"

	.text

/* One stub for each vector, 16 bytes long; those with an error code push none. */
	.globl	idt_stubs
	.balign 16
idt_stubs:
	vec = 0
	.rept	256
	.balign 16
	.if	vec != 8 && vec != 17 && (vec < 10 || vec > 14)
	pushq	$0
	.endif
	pushq	$vec
	jmp	common
	vec = vec + 1
	.endr

	.macro	push_regs
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	pop_regs
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	.endm

common:
	push_regs
	cld
	movq	%rsp, %rdi
	call	trap
	pop_regs
	addq	$16, %rsp
	iretq

	.macro	push_saved
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	pop_saved
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	.endm

/* user_enter(cpu, iret_frame, a, b): runs at CPL 3 until user_leave() */
	.globl	user_enter
user_enter:
	push_saved
	movq	%rsp, CPU_RESUME(%rdi)
	pushq	32(%rsi)
	pushq	24(%rsi)
	pushq	16(%rsi)
	pushq	8(%rsi)
	pushq	(%rsi)
	movq	%rdx, %rdi
	movq	%rcx, %rsi
	swapgs
	iretq

/* user_leave(cpu, value): lets user_enter() return value */
	.globl	user_leave
user_leave:
	swapgs
	movq	%rsi, %rax
	movq	CPU_RESUME(%rdi), %rsp
	pop_saved
	ret

/* try_call(cpu, fn, arg): fn(arg); 0, or 1 if it ended by try_fail() */
	.globl	try_call
try_call:
	push_saved
	pushq	CPU_TRY(%rdi)
	pushq	%rdi
	movq	%rsp, CPU_TRY(%rdi)
	movq	%rdx, %rdi
	call	*%rsi
	xorl	%eax, %eax
	jmp	1f
	.globl	try_fail
try_fail:
	movq	CPU_TRY(%rdi), %rsp
	movl	$1, %eax
1:	popq	%rdi
	popq	CPU_TRY(%rdi)
	pop_saved
	ret

/* SYSCALL: the case's kernel function, back by SYSRET */
	.globl	syscall_entry
syscall_entry:
	swapgs
	movq	%rsp, %gs:CPU_USER_RSP
	movq	%gs:CPU_KSTACK, %rsp
	pushq	%rcx
	pushq	%r11
	call	service
	popq	%r11
	popq	%rcx
	movq	%gs:CPU_USER_RSP, %rsp
	swapgs
	sysretq

/* SYSENTER: likewise, back by SYSEXIT; the caller has put RIP into RDI, RSP into RSI */
	.globl	sysenter_entry
sysenter_entry:
	swapgs
	pushq	%rdi
	pushq	%rsi
	call	service
	popq	%rcx
	popq	%rdx
	swapgs
	rex.w sysexit

/* Far RET to CPL 3: far_ret(cpu, iret_frame); the way back is user_leave() */
	.globl	user_enter_lret
user_enter_lret:
	push_saved
	movq	%rsp, CPU_RESUME(%rdi)
	pushq	32(%rsi)
	pushq	24(%rsi)
	pushq	8(%rsi)
	pushq	(%rsi)
	movq	%rdx, %rdi
	movq	%rcx, %rsi
	swapgs
	lretq

	.section .note.GNU-stack, "", @progbits
