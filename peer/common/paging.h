/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_PAGING_H
#define COMMON_PAGING_H

#include "types.h"

/* Rights of a mapping; all can be read. */
#define MAP_WRITE (1U << 0)
#define MAP_EXEC (1U << 1)
#define MAP_USER (1U << 2)
#define MAP_DEVICE (1U << 3)

/* @root is the kernel's own from now on; its upper half goes into all that are made later. */
void paging_set_kernel_root(u64 *root);

/* Kernel memory at @va, for good, for every root. Return: false if memory ran out. */
bool paging_map_kernel(u64 va, u64 phys, u64 size);

/* A root with the kernel's half in it and nothing else, or NULL. */
u64 *paging_root_alloc(void);

/* Frees the tables of the program's half, and the root; it is not in use. */
void paging_root_free(u64 *root);

/**
 * paging_map() - map a range
 * @root: in which root
 * @va: where to, page-aligned, not mapped yet
 * @phys: where from, page-aligned
 * @size: in bytes, page-aligned
 * @rights: MAP_*
 *
 * Return: false if memory ran out; a part may be mapped then.
 */
bool paging_map(u64 *root, u64 va, u64 phys, u64 size, u32 rights);

/* Physical address of the page that is mapped at @va, or 0. */
u64 paging_lookup(u64 *root, u64 va);

/* Use @root from now on; NULL for the kernel's own. */
void paging_switch(const u64 *root);

#endif /* COMMON_PAGING_H */
