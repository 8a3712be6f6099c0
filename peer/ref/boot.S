/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the state in which a peer is started to C.
 *
 * On entry: 32-bit protected mode without paging, flat segments whose descriptors will go away,
 * EAX = start of the region = start of this image, EBX = physical address of the board, interrupts
 * off. Nothing here may assume an address: until paging is on, all is found relative to EBP.
 *
 * The tables built here live until paging_init() has better ones. They map the low 4 GiB twice, at
 * 0 for the instruction that turns paging on and at LINEAR_BASE for C, and the image where it is
 * linked.
 */
#include "layout.h"

#define PHYS(symbol) (symbol - KERNEL_BASE)(%ebp)
#define PTE(symbol) (symbol - KERNEL_BASE + PTE_TABLE)(%ebp)

#define PTE_TABLE 0x3		/* present, writable */
#define PTE_LARGE 0x83		/* present, writable, 2 MiB */
#define IMAGE_TABLES 4		/* 2 MiB pages that the image may take: see ref.lds */

#define MSR_EFER 0xc0000080
#define EFER_LONG_MODE_NX_SYSCALL 0x901
#define CR4_PAE 0x20
#define CR0_CACHE_OFF 0x60000000
#define CR0_PAGING_WP_NE_MP_PE 0x80010023

	.section .boot.text, "ax"
	.code32
	.globl _start
_start:
	cld
	movl %eax, %ebp
	movl %ebx, %esi

	/* The loader zeroes the region, but it costs little not to rely on that. */
	leal PHYS(__bss_start), %edi
	leal PHYS(__image_end), %ecx
	subl %edi, %ecx
	xorl %eax, %eax
	rep stosb
	leal PHYS(boot_stack_top), %esp

	leal PTE(boot_pdpt), %eax
	movl %eax, PHYS(boot_pml4)
	movl %eax, (boot_pml4 - KERNEL_BASE + LINEAR_PML4 * 8)(%ebp)
	leal PTE(boot_pdpt_image), %eax
	movl %eax, (boot_pml4 - KERNEL_BASE + 511 * 8)(%ebp)
	leal PTE(boot_pd_image), %eax
	movl %eax, (boot_pdpt_image - KERNEL_BASE + 510 * 8)(%ebp)

	leal PTE(boot_pd), %eax
	leal PHYS(boot_pdpt), %edi
	movl $4, %ecx
1:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	loop 1b

	movl $PTE_LARGE, %eax
	leal PHYS(boot_pd), %edi
	movl $2048, %ecx
1:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	loop 1b

	leal PTE_LARGE(%ebp), %eax
	leal PHYS(boot_pd_image), %edi
	movl $IMAGE_TABLES, %ecx
1:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	loop 1b

	leal PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LONG_MODE_NX_SYSCALL, %eax
	wrmsr

	/* INIT leaves caching as it was before, and that need not have been on. */
	movl %cr0, %eax
	andl $~CR0_CACHE_OFF, %eax
	orl $CR0_PAGING_WP_NE_MP_PE, %eax
	movl %eax, %cr0

	leal PHYS(boot_gdt), %eax
	pushl %eax
	pushw $(boot_gdt_end - boot_gdt - 1)
	lgdt (%esp)
	addl $6, %esp
	pushl $8
	leal PHYS(enter_long_mode), %eax
	pushl %eax
	lret

	.code64
enter_long_mode:
	movabsq $1f, %rax
	jmpq *%rax
1:	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	movq $boot_stack_top, %rsp
	movl %ebp, %edi
	movl %esi, %esi
	xorl %ebp, %ebp
	call kernel_main
	ud2

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00209b0000000000	/* code, 64 bits */
boot_gdt_end:

	.section .bss.page_aligned, "aw", @nobits
	.balign 4096
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pdpt_image:
	.skip 4096
boot_pd_image:
	.skip 4096
boot_pd:
	.skip 4 * 4096
	.skip BOOT_STACK_SIZE
	.globl boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
