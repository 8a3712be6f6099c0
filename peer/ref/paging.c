// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables. The upper half is the kernel's and the same in all roots, the lower half is a
 * program's.
 */
#include <linux/nimbos_scf.h>

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

/* ref.lds; its sections, in order. */
extern u8 __image_start[], __rodata_start[], __user_text_start[], __user_rodata_start[];
extern u8 __data_start[], __image_end[];

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

static bool map_section(u64 region, const u8 *start, const u8 *end, u32 rights)
{
	return paging_map(kernel_root, (u64)start, region + (start - __image_start), end - start,
			  rights);
}

static bool map_linear(u64 start, u64 end, u32 rights)
{
	return paging_map(kernel_root, LINEAR_BASE + start, start, end - start, rights);
}

bool paging_init(u64 region, u64 region_size, u64 board, u64 device)
{
	u64 image_end = region + (__image_end - __image_start);
	u64 board_end = board + NIMBOS_SCF_BOARD_SIZE;
	u64 cr4 = READ_CR(4) | CR4_PGE;

	kernel_root = page_alloc();
	if (!kernel_root || !map_section(region, __image_start, __rodata_start, MAP_EXEC) ||
	    !map_section(region, __rodata_start, __user_text_start, 0) ||
	    !map_section(region, __user_text_start, __user_rodata_start, MAP_EXEC | MAP_USER) ||
	    !map_section(region, __user_rodata_start, __data_start, MAP_USER) ||
	    !map_section(region, __data_start, __image_end, MAP_WRITE) ||
	    !map_linear(image_end, board, MAP_WRITE) || !map_linear(board, board_end, 0) ||
	    !map_linear(board_end, region + region_size, MAP_WRITE) ||
	    !map_linear(device, device + PAGE_SIZE, MAP_WRITE | MAP_DEVICE))
		return false;

	if (cpuid(0, 0).eax >= 7) {
		struct cpuid id = cpuid(7, 0);

		if (id.ebx & CPUID_7_EBX_SMEP)
			cr4 |= CR4_SMEP;
		if (id.ecx & CPUID_7_ECX_UMIP)
			cr4 |= CR4_UMIP;
	}
	paging_switch(NULL);
	WRITE_CR(4, cr4);
	return true;
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

void paging_switch(const u64 *root)
{
	WRITE_CR(3, virt_to_phys(root ?: kernel_root));
}
