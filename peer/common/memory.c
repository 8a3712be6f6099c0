// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of pages. Who wants a page gets the lowest that is free, so that pages which follow each
 * other stay together, however many come and go. Those that were never used are not touched.
 */
#include "memory.h"

#define BITS 64

/* A bit for each page, set while it is free; at the start of the pool. */
static u64 *map;
static u64 pool_start;
static u32 nr_words, nr_free;
/* No page is free in the words before. */
static u32 lowest_word;

void memory_init(u64 start, u64 end)
{
	u64 pages = end > start ? (end - start) / PAGE_SIZE : 0;
	u64 map_size = PAGE_UP((pages + BITS - 1) / BITS * sizeof(u64));

	if (pages * PAGE_SIZE <= map_size)
		return;
	map = phys_to_virt(start);
	pool_start = start + map_size;
	pages = (end - pool_start) / PAGE_SIZE;
	nr_words = (pages + BITS - 1) / BITS;
	nr_free = pages;
	for (u32 i = 0; i < nr_words; i++)
		map[i] = ~0UL;
	if (pages % BITS)
		map[nr_words - 1] = (1UL << pages % BITS) - 1;
}

void *page_alloc(void)
{
	u32 bit;

	while (lowest_word < nr_words && !map[lowest_word])
		lowest_word++;
	if (lowest_word == nr_words)
		return NULL;
	bit = __builtin_ctzl(map[lowest_word]);
	map[lowest_word] &= ~(1UL << bit);
	nr_free--;
	return memset(phys_to_virt(pool_start + (lowest_word * BITS + bit) * PAGE_SIZE), 0,
		      PAGE_SIZE);
}

void page_free(void *page)
{
	u64 no = (virt_to_phys(page) - pool_start) / PAGE_SIZE;

	map[no / BITS] |= 1UL << no % BITS;
	if (no / BITS < lowest_word)
		lowest_word = no / BITS;
	nr_free++;
}

u32 pages_free(void)
{
	return nr_free;
}
