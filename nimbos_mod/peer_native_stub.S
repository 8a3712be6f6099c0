/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: what a peer's CPU executes first, in real mode, at NIMBOS_START_PAGE. It leaves the CPU
 * in the state that a peer expects: 32-bit protected mode, paging and interrupts off, caches
 * written back, flat segments, EAX = EIP = the start of the region, EBX = the board.
 *
 * It is data to us: copied to the page, never called.
 */
#include <linux/linkage.h>

#include <asm/processor-flags.h>

#include "peer_native.h"

#define AT(label) (NIMBOS_START_PAGE + label - nimbos_start_stub)

	.section .rodata, "a"
	.balign 16
	.code16
SYM_DATA_START(nimbos_start_stub)
	cli
	cld
	wbinvd
	/* CS is NIMBOS_START_PAGE >> 4 by the start-up message; offsets below are from the page. */
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	gdt_pointer - nimbos_start_stub
	movl	$X86_CR0_PE, %eax
	orl	$X86_CR0_ET, %eax
	movl	%eax, %cr0
	ljmpl	$NIMBOS_START_CS32, $AT(protected)

	.code32
protected:
	movw	$NIMBOS_START_DS, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	movl	$NIMBOS_START_STACK, %esp
	movl	NIMBOS_START_BOARD, %ebx
	movl	NIMBOS_START_ENTRY, %eax
	jmp	*%eax

	.balign 8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* code, 32 bits, 4 GiB */
	.quad	0x00af9b000000ffff	/* code, 64 bits */
	.quad	0x00cf93000000ffff	/* data, 4 GiB */
gdt_pointer:
	.word	. - gdt - 1
	.long	AT(gdt)
SYM_DATA_END_LABEL(nimbos_start_stub, SYM_L_GLOBAL, nimbos_start_stub_end)
