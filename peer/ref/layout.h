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

#endif /* REF_LAYOUT_H */
