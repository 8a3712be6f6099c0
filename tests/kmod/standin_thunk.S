/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests only: what is executed in place of a hypercall instruction. It must not be seen in any
 * register but RAX.
 */
#include <linux/linkage.h>

#include <asm/nospec-branch.h>

SYM_CODE_START(standin_thunk)
	pushq	standin_return(%rip)
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	movq	%rdi, %rsi
	movq	%rax, %rdi
	call	standin_call
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	RET
SYM_CODE_END(standin_thunk)
