/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where things lie in virtual memory; for C, assembly and nothing else.
 */
#ifndef REF_LAYOUT_H
#define REF_LAYOUT_H

/* A program's half. */
#define PROGRAM_SPACE_END 0x800000000000

/* The image, as ref.lds links it. */
#define KERNEL_BASE 0xffffffff80000000

/* Physical address P at LINEAR_BASE + P: what follows the image in the region, and the APIC. */
#define LINEAR_BASE 0xffff800000000000
#define LINEAR_PML4 256

/* The threads' kernel stacks, each above a page that is not mapped. */
#define KSTACK_BASE 0xffffff0000000000
#define KSTACK_SIZE 0x2000
#define KSTACK_STRIDE 0x4000

/* The stack of the boot code, which becomes that of the idle thread. */
#define BOOT_STACK_SIZE 0x2000

/* Stacks that exceptions get which may come with a bad stack: double fault, NMI, machine check. */
#define TRAP_STACK_SIZE 0x1000

#define KERNEL_CS 0x08
#define KERNEL_DS 0x10
#define USER_DS 0x1b
#define USER_CS 0x23
#define TSS_SELECTOR 0x28

#endif /* REF_LAYOUT_H */
