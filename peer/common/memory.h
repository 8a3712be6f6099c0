/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include "layout.h"
#include "types.h"

static inline void *phys_to_virt(u64 phys)
{
	return (void *)(phys + LINEAR_BASE);
}

/* Of linear addresses only: not of the image, not of kernel stacks. */
static inline u64 virt_to_phys(const void *virt)
{
	return (u64)virt - LINEAR_BASE;
}

/**
 * memory_init() - take the pages of a range
 * @start: physical address, page-aligned
 * @end: of the range
 *
 * All memory that this kernel gives out is pages from here.
 */
void memory_init(u64 start, u64 end);

/* A page of zeroes at its linear address, or NULL. */
void *page_alloc(void);

void page_free(void *page);

u32 pages_free(void);

#endif /* COMMON_MEMORY_H */
