/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where things lie; for C, assembly and nothing else.
 */
#ifndef LEGACY_LAYOUT_H
#define LEGACY_LAYOUT_H

#define REGION 0x42000000
#define REGION_SIZE 0x8000000

/* Pages for everything; what follows in the region is shared with Linux. */
#define POOL_END (REGION + 0x7e00000)

/* Physical address P at LINEAR_BASE + P. The image is linked for the place where it is put. */
#define LINEAR_BASE 0xffffff8000000000
#define KERNEL_BASE (LINEAR_BASE + REGION)

/* A program's stacks, one below the other. */
#define STACKS_END 0x10000000

#define BOOT_STACK_SIZE 0x2000

#endif /* LEGACY_LAYOUT_H */
