/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The smallest image of the old kind: entered at its first byte in 32-bit mode, without paging.
 */
#include "legacy_image.h"

#define APIC 0xfee00000
#define APIC_EOI 0xb0
#define APIC_SPURIOUS 0xf0
#define APIC_ICR_LOW 0x300
#define APIC_ICR_HIGH 0x310
#define ICR_BUSY 0x1000

#define VECTOR_DOORBELL 40
#define VECTOR_SPURIOUS 0xff

#define QUEUE_MAGIC 0x4643537f
#define QUEUE_V1 0x7fff000
#define QUEUE_V2 0x7ffc000

#define WORD(name) (LEGACY_IMAGE_BASE + MAILBOX + name)
#define STACK (LEGACY_IMAGE_BASE + 0x10000)

	.code32
	.globl	_start
_start:
	cli
	movl	$STACK, %esp
	lgdt	gdt_pointer
	ljmp	$0x08, $1f
1:	movw	$0x10, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss

	movl	$idt + VECTOR_DOORBELL * 8, %edi
	movl	$doorbell, %eax
	call	set_gate
	movl	$idt + VECTOR_SPURIOUS * 8, %edi
	movl	$spurious, %eax
	call	set_gate
	lidt	idt_pointer
	movl	$0x100 | VECTOR_SPURIOUS, APIC + APIC_SPURIOUS
	sti

	movl	$QUEUE_MAGIC, LEGACY_IMAGE_BASE + QUEUE_V1
	movl	$QUEUE_MAGIC, LEGACY_IMAGE_BASE + QUEUE_V2

serve:
	pause
	incl	WORD(MAILBOX_ALIVE)
	movl	WORD(MAILBOX_COMMAND), %ecx
	cmpl	WORD(MAILBOX_DONE), %ecx
	je	serve
	movl	WORD(MAILBOX_ICR_HIGH), %eax
	movl	%eax, APIC + APIC_ICR_HIGH
	movl	WORD(MAILBOX_ICR_LOW), %eax
	movl	%eax, APIC + APIC_ICR_LOW
2:	testl	$ICR_BUSY, APIC + APIC_ICR_LOW
	jnz	2b
	movl	%ecx, WORD(MAILBOX_DONE)
	jmp	serve

/* %edi: the gate, %eax: the handler */
set_gate:
	movw	%ax, (%edi)
	movw	$0x08, 2(%edi)
	movw	$0x8e00, 4(%edi)
	shrl	$16, %eax
	movw	%ax, 6(%edi)
	ret

doorbell:
	incl	WORD(MAILBOX_DOORBELLS)
	movl	$0, APIC + APIC_EOI
spurious:
	iret

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
idt_pointer:
	.word	256 * 8 - 1
	.long	idt
	.balign	8
idt:
	.fill	256, 8, 0
