/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the loader (Multiboot 1) and from SIPI into long mode.
 *
 * Page tables, all of them in .bss:
 *   0 .. 4 MiB             identity, 4 KiB pages, supervisor except user_start..user_end
 *   KBASE .. KBASE + 1 GiB the first GiB of memory, supervisor, 2 MiB pages
 *   top GiB                physical 3..4 GiB, supervisor, uncached: the local APIC
 */
#include "layout.h"

#define MB_MAGIC	0x1badb002
#define MB_FLAGS	0x00010003	/* addresses below; page-aligned; memory sizes */

#define PTE_P		0x1
#define PTE_W		0x2
#define PTE_U		0x4
#define PTE_PCD		0x10
#define PTE_PS		0x80

#define MSR_EFER	0xc0000080
#define EFER_SCE_LME	0x101

	.section .boot, "awx"
	.code32
	.balign 4
mb_header:
	.long MB_MAGIC, MB_FLAGS, -(MB_MAGIC + MB_FLAGS)
	.long mb_header, image_start, 0, bss_end, boot_entry

	.globl boot_entry
boot_entry:
	cli
	cld
	movl	$boot_stack_top, %esp
	movl	%eax, mb_magic
	movl	%ebx, mb_info

	/* Identity, in 4 KiB pages; CPL 3 may use those of .user. */
	movl	$LOW(boot_pt), %edi
	movl	$(PTE_P | PTE_W), %eax
1:	movl	%eax, %edx
	andl	$~0xfff, %edx
	movl	%eax, %ecx
	cmpl	$user_start, %edx
	jb	2f
	cmpl	$user_end, %edx
	jae	2f
	orl	$PTE_U, %ecx
2:	movl	%ecx, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$4096, %eax
	cmpl	$0x400000, %eax
	jb	1b

	movl	$(LOW(boot_pt) + 7), LOW(boot_pd)
	movl	$(LOW(boot_pt) + 4096 + 7), LOW(boot_pd) + 8
	movl	$(LOW(boot_pd) + 7), LOW(boot_pdpt)
	movl	$(LOW(boot_pdpt) + 7), LOW(boot_pml4)

	/* The kernel's half. */
	movl	$LOW(boot_kpd), %edi
	movl	$(PTE_P | PTE_W | PTE_PS), %eax
3:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	cmpl	$0x40000000, %eax
	jb	3b
	movl	$LOW(boot_iopd), %edi
	movl	$(0xc0000000 | PTE_P | PTE_W | PTE_PS | PTE_PCD), %eax
4:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	jnc	4b
	movl	$(LOW(boot_kpd) + 3), LOW(boot_kpdpt) + 510 * 8
	movl	$(LOW(boot_iopd) + 3), LOW(boot_kpdpt) + 511 * 8
	movl	$(LOW(boot_kpdpt) + 3), LOW(boot_pml4) + 511 * 8

	call	enter_paging
	lgdt	boot_gdtr
	ljmp	$8, $boot64

/* PAE, the page tables, long mode, paging; EFER.NXE stays off. */
enter_paging:
	movl	%cr4, %eax
	orl	$0x20, %eax
	movl	%eax, %cr4
	movl	$LOW(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_SCE_LME, %eax
	wrmsr
	movl	%cr0, %eax
	andl	$~0x6000000c, %eax	/* caches on, no FPU emulation, TS clear */
	orl	$0x80010003, %eax	/* PG, WP, MP, PE */
	movl	%eax, %cr0
	ret

	.code64
boot64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movq	$(boot_kstack + BOOT_STACK_SIZE), %rsp
	movl	mb_magic, %edi
	movl	mb_info, %esi
	movq	$kmain, %rax
	call	*%rax
0:	hlt
	jmp	0b

	.balign 8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad	0x00cf93000000ffff	/* 0x10: data */
	.quad	0x00cf9b000000ffff	/* 0x18: 32-bit code */
boot_gdtr:
	.word	. - boot_gdt - 1
	.long	boot_gdt
mb_magic:
	.long	0
mb_info:
	.long	0
	.balign 16
	.fill	256
boot_stack_top:

/*
 * Where SIPI starts the other CPUs: copied to AP_BASE. They come one after the
 * other, each with the stack that ap_stack names.
 */
	.globl	ap_start, ap_end, ap_stack
	.code16
	.balign 16
ap_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	AP_BASE + (ap_gdtr - ap_start)
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$0x18, $(AP_BASE + (ap32 - ap_start))
	.code32
ap32:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$AP_BASE + 0x1000, %esp
	movl	$enter_paging, %eax
	call	*%eax
	ljmp	$8, $(AP_BASE + (ap64 - ap_start))
	.code64
ap64:
	movq	AP_BASE + (ap_stack - ap_start), %rsp
	movq	$ap_main, %rax
	call	*%rax
0:	hlt
	jmp	0b
	.balign 8
ap_gdtr:
	.word	4 * 8 - 1
	.long	boot_gdt
	.balign 8
ap_stack:
	.quad	0
ap_end:

	.bss
	.balign	4096
	.globl	boot_pml4
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pd:	.skip 4096
boot_pt:	.skip 8192
boot_kpdpt:	.skip 4096
boot_kpd:	.skip 4096
boot_iopd:	.skip 4096
boot_kstack:	.skip BOOT_STACK_SIZE

	.section .note.GNU-stack, "", @progbits
