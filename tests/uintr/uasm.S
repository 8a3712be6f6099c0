/* SPDX-License-Identifier: GPL-2.0 */
/* At CPL 3, where C cannot be used; see user.h. */
#include "layout.h"

#define UIRET	.byte 0xf3, 0x0f, 0x01, 0xec

	.section .utext, "awx"

	.globl	uintr_handler
uintr_handler:
	movq	%rsp, %gs:ULOG_RSP
	pushfq
	popq	%gs:ULOG_RFLAGS
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	movq	%rsp, %rbx
	cld

	.byte	0xf3, 0x0f, 0x01, 0xed		/* testui */
	setc	%al
	movzbl	%al, %eax
	movq	%rax, %gs:ULOG_UIF

	leaq	80(%rsp), %rdi
	movq	(%rdi), %rcx
	movq	%rcx, %gs:ULOG_FRAME
	movq	8(%rdi), %rax
	movq	%rax, %gs:ULOG_FRAME + 8
	movq	16(%rdi), %rax
	movq	%rax, %gs:ULOG_FRAME + 16
	movq	24(%rdi), %rax
	movq	%rax, %gs:ULOG_FRAME + 24
	movq	%gs:ULOG_COUNT, %rax
	movzbl	%al, %edx
	movb	%cl, %gs:ULOG_VECTORS(%rdx)
	incq	%rax
	movq	%rax, %gs:ULOG_COUNT

	movq	%gs:ULOG_HOOK, %rax
	testq	%rax, %rax
	jz	1f
	andq	$-16, %rsp
	call	*%rax
1:	movq	%rbx, %rsp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$8, %rsp			/* the vector */
	UIRET

	.globl	user_exit
user_exit:
	int	$VEC_EXIT

	.globl	u_service
u_service:
	int	$VEC_SERVICE
	ret

	.globl	u_syscall
u_syscall:
	syscall
	ret

	.globl	u_sysenter
u_sysenter:
	leaq	1f(%rip), %rdi
	movq	%rsp, %rsi
	sysenter
1:	ret

	.globl	u_compat
u_compat:
	pushq	$SEL_UCODE32
	pushq	$ucode
	lretq

	.globl	u_rflags
u_rflags:
	pushq	%rdi
	popfq
	call	ucode
	pushfq
	popq	%rax
	pushq	$2
	popfq
	ret

	.globl	u_send_rsp
u_send_rsp:
	movq	%rsp, %rdx
	movq	%rdi, %rsp
	.byte	0xf3, 0x0f, 0xc7, 0xf4		/* senduipi %rsp */
	movq	%rdx, %rsp
	xorl	%eax, %eax
	ret

	.globl	u_loop
u_loop:
	xorl	%eax, %eax
1:	incq	%rax
	cmpq	$0, (%rdi)
	jne	2f
	cmpq	%rsi, %rax
	jb	1b
2:	ret

/* LOOP changes no flags, so that a delivery can be anywhere. */
	.globl	u_loop_rflags
u_loop_rflags:
	movq	%rsi, %rcx
	pushq	%rdi
	popfq
	.byte	0xf3, 0x0f, 0x01, 0xef		/* stui */
1:	nop
	loop	1b
	pushfq
	popq	%rax
	pushq	$2
	popfq
	ret

	.globl	u_stack
u_stack:
	movq	%rsp, %rdx
	movq	%rsi, %rcx
	movq	%rdi, %rsp
	.byte	0xf3, 0x0f, 0x01, 0xef		/* stui */
1:	loop	1b
	movq	%rsp, %rax
	movq	%rdx, %rsp
	ret

	.globl	u_uiret, u_uiret_mark
u_uiret:
	movq	%rdi, %rsp
	UIRET
u_uiret_mark:
	pushfq
	popq	%rax
	int	$VEC_EXIT

/*
 * Every register holds a number of its own while the CPU takes interrupts; a bit
 * of the result is set for each one that has changed. RDI: rounds.
 */
	.globl	u_registers
u_registers:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rdi, %rcx
	movl	$0x11111111, %eax
	movl	$0x22222222, %ebx
	movl	$0x33333333, %edx
	movl	$0x44444444, %esi
	movl	$0x55555555, %edi
	movl	$0x66666666, %ebp
	movl	$0x77777777, %r8d
	movabsq	$0x8888888888888888, %r9
	movabsq	$0x9999999999999999, %r10
	movabsq	$0xaaaaaaaaaaaaaaaa, %r11
	movabsq	$0xbbbbbbbbbbbbbbbb, %r12
	movabsq	$0xcccccccccccccccc, %r13
	movabsq	$0xdddddddddddddddd, %r14
	movq	%rsp, %r15
1:	loop	1b

	movq	%rax, -8(%r15)
	movl	$0, %eax
	cmpq	%r15, %rsp
	je	2f
	orl	$0x4000, %eax
	movq	%r15, %rsp
2:	subq	$8, %rsp
	.macro	same reg, value, bit
	pushq	%r15
	movabsq	$\value, %r15
	cmpq	%r15, \reg
	popq	%r15
	je	3f
	orl	$\bit, %eax
3:
	.endm
	same	%rbx, 0x22222222, 2
	same	%rdx, 0x33333333, 4
	same	%rsi, 0x44444444, 8
	same	%rdi, 0x55555555, 0x10
	same	%rbp, 0x66666666, 0x20
	same	%r8, 0x77777777, 0x40
	same	%r9, 0x8888888888888888, 0x80
	same	%r10, 0x9999999999999999, 0x100
	same	%r11, 0xaaaaaaaaaaaaaaaa, 0x200
	same	%r12, 0xbbbbbbbbbbbbbbbb, 0x400
	same	%r13, 0xcccccccccccccccc, 0x800
	same	%r14, 0xdddddddddddddddd, 0x1000
	movq	-8(%r15), %rbx
	same	%rbx, 0x11111111, 1
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.section .note.GNU-stack, "", @progbits
