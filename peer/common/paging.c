// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables. The upper half is the kernel's and the same in all roots, the lower half is a
 * program's.
 */
#include "cpu.h"
#include "memory.h"
#include "paging.h"

#define PTE_PRESENT (1UL << 0)
#define PTE_WRITE (1UL << 1)
#define PTE_USER (1UL << 2)
#define PTE_WRITE_THROUGH (1UL << 3)
#define PTE_NO_CACHE (1UL << 4)
#define PTE_LARGE (1UL << 7)
#define PTE_GLOBAL (1UL << 8)
#define PTE_NO_EXEC (1UL << 63)
#define PTE_ADDRESS 0x000ffffffffff000UL

#define ENTRIES 512
#define LARGE_SIZE 0x200000UL
#define LEVEL_ROOT 3
#define LEVEL_LARGE 1

static u64 *kernel_root;

static u64 *table_of(u64 entry)
{
	return phys_to_virt(entry & PTE_ADDRESS);
}

static u32 index_of(u64 va, u32 level)
{
	return va >> (12 + 9 * level) & (ENTRIES - 1);
}

/* The entry for @va in the table of @level, whose tables above are made where they are missing. */
static u64 *walk(u64 *root, u64 va, u32 level)
{
	u64 *table = root;

	for (u32 at = LEVEL_ROOT; at > level; at--) {
		u64 *entry = &table[index_of(va, at)];

		if (!(*entry & PTE_PRESENT)) {
			u64 *page = page_alloc();

			if (!page)
				return NULL;
			/* The last level decides what is allowed. */
			*entry = virt_to_phys(page) | PTE_PRESENT | PTE_WRITE | PTE_USER;
		}
		table = table_of(*entry);
	}
	return &table[index_of(va, level)];
}

bool paging_map(u64 *root, u64 va, u64 phys, u64 size, u32 rights)
{
	u64 flags = PTE_PRESENT;

	if (rights & MAP_WRITE)
		flags |= PTE_WRITE;
	if (!(rights & MAP_EXEC))
		flags |= PTE_NO_EXEC;
	if (rights & MAP_USER)
		flags |= PTE_USER;
	if (rights & MAP_DEVICE)
		flags |= PTE_NO_CACHE | PTE_WRITE_THROUGH;
	if (root == kernel_root)
		flags |= PTE_GLOBAL;

	while (size) {
		bool large = size >= LARGE_SIZE && !((va | phys) & (LARGE_SIZE - 1));
		u64 step = large ? LARGE_SIZE : PAGE_SIZE;
		u64 *entry = walk(root, va, large ? LEVEL_LARGE : 0);

		if (!entry)
			return false;
		*entry = phys | flags | (large ? PTE_LARGE : 0);
		va += step;
		phys += step;
		size -= step;
	}
	return true;
}

void paging_set_kernel_root(u64 *root)
{
	kernel_root = root;
}

bool paging_map_kernel(u64 va, u64 phys, u64 size)
{
	return paging_map(kernel_root, va, phys, size, MAP_WRITE);
}

u64 *paging_root_alloc(void)
{
	u64 *root = page_alloc();

	if (root)
		memcpy(root + ENTRIES / 2, kernel_root + ENTRIES / 2, PAGE_SIZE / 2);
	return root;
}

static void free_tables(u64 *table, u32 level, u32 entries)
{
	for (u32 i = 0; level && i < entries; i++) {
		if (table[i] & PTE_PRESENT && !(table[i] & PTE_LARGE))
			free_tables(table_of(table[i]), level - 1, ENTRIES);
	}
	page_free(table);
}

void paging_root_free(u64 *root)
{
	free_tables(root, LEVEL_ROOT, ENTRIES / 2);
}

u64 paging_lookup(u64 *root, u64 va)
{
	u64 *entry = walk(root, va, 0);

	return entry && *entry & PTE_PRESENT ? *entry & PTE_ADDRESS : 0;
}

void paging_switch(const u64 *root)
{
	WRITE_CR(3, virt_to_phys(root ?: kernel_root));
}
