/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the state in which a peer is started to C.
 *
 * On entry: 32-bit protected mode without paging, flat segments whose descriptors will go away,
 * EAX = start of the region = start of this image, interrupts off. The image is where it is linked
 * for, and the rest of the region is zero.
 */
#include "layout.h"

#define PHYS(symbol) (symbol - LINEAR_BASE)

#define PTE_TABLE 0x3		/* present, writable */
#define PTE_LARGE 0x83		/* present, writable, 1 GiB */
#define PTE_DEVICE 0x9b		/* the same, not cached */
#define GIB 0x40000000

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
	movl $PHYS(boot_stack_top), %esp

	/* The first 2 GiB low and high, and the last of 4, where the local APIC is. */
	movl $PHYS(boot_pdpt) + PTE_TABLE, %eax
	movl %eax, PHYS(boot_pml4)
	movl %eax, PHYS(boot_pml4) + 511 * 8
	movl $PTE_LARGE, PHYS(boot_pdpt)
	movl $GIB + PTE_LARGE, PHYS(boot_pdpt) + 8
	movl $3 * GIB + PTE_DEVICE, PHYS(boot_pdpt) + 24

	movl $PHYS(boot_pml4), %eax
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

	lgdt PHYS(boot_gdt_pointer)
	ljmp $8, $PHYS(enter_long_mode)

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
	movabsq $boot_stack_top, %rsp
	xorl %ebp, %ebp
	call kernel_main
	ud2

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00209b0000000000	/* code, 64 bits */
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long PHYS(boot_gdt)

	.section .bss.page_aligned, "aw", @nobits
	.balign 4096
	.globl boot_pml4
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
	.skip BOOT_STACK_SIZE
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
