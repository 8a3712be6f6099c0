/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: user interrupts, what C has no words for.
 *
 * In a handler all registers belong to the program that was interrupted, whatever it was doing; the
 * flags are in the frame. Until UIRET no other user interrupt comes; signals do, and leave alone
 * what lies up to 128 bytes below the stack pointer.
 */
#include "uintr.h"

	.text

.macro function name
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.balign	16
\name:
.endm

/* RSP leads to the vector, the rest of the frame is above. The handler finds all as it was. */
function nimbos_uintr_entry
	push	%rax
	mov	nimbos_uintr_self@gottpoff(%rip), %rax
	movl	$1, %fs:NIMBOS_UINTR_ARRIVED(%rax)
	mov	%fs:NIMBOS_UINTR_HANDLER(%rax), %rax
	mov	%rax, -8(%rsp)
	pop	%rax
	jmp	*-16(%rsp)
	.size	nimbos_uintr_entry, . - nimbos_uintr_entry

/* To have arrived is all that the interrupt is for. */
function nimbos_uintr_ignore
	lea	8(%rsp), %rsp
	uiret
	.size	nimbos_uintr_ignore, . - nimbos_uintr_ignore

function nimbos_uintr_enable
	stui
	ret
	.size	nimbos_uintr_enable, . - nimbos_uintr_enable

function nimbos_uintr_send
	senduipi %rdi
	ret
	.size	nimbos_uintr_send, . - nimbos_uintr_send

	.section .note.GNU-stack, "", @progbits
