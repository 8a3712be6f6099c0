// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of pages. Those that have never been used are not touched before they are.
 */
#include "memory.h"

struct free_page {
	struct free_page *next;
};

static struct free_page *free_list;
static u64 unused_start, unused_end;
static u32 nr_free;

void memory_init(u64 start, u64 end)
{
	unused_start = start;
	unused_end = end;
	nr_free = (end - start) / PAGE_SIZE;
}

void *page_alloc(void)
{
	void *page;

	if (free_list) {
		page = free_list;
		free_list = free_list->next;
	} else if (unused_start < unused_end) {
		page = phys_to_virt(unused_start);
		unused_start += PAGE_SIZE;
	} else {
		return NULL;
	}
	nr_free--;
	return memset(page, 0, PAGE_SIZE);
}

void page_free(void *page)
{
	struct free_page *free = page;

	free->next = free_list;
	free_list = free;
	nr_free++;
}

u32 pages_free(void)
{
	return nr_free;
}
