// SPDX-License-Identifier: GPL-2.0
/*
 * Pages whose rights a case chooses, at two places: KPAGES in the kernel's half,
 * and UPAGES. Both show the same memory.
 */
#include "kern.h"

#define NR_PAGES	8

static u8 memory[NR_PAGES][4096] __aligned(4096);
static u64 tables[2][3][512] __aligned(4096);

extern u64 boot_pml4[512];

static u64 phys(void *p)
{
	return LOW((u64)p);
}

static u64 *entry(u64 base, int n)
{
	return &tables[base == UPAGES][2][n];
}

void mem_init(void)
{
	static const u64 bases[2] = { KPAGES, UPAGES };

	for (int i = 0; i < 2; i++) {
		u64 (*t)[512] = tables[bases[i] == UPAGES];

		boot_pml4[bases[i] >> 39 & 511] = phys(t[0]) | PAGE_P | PAGE_W | PAGE_U;
		t[0][0] = phys(t[1]) | PAGE_P | PAGE_W | PAGE_U;
		t[1][0] = phys(t[2]) | PAGE_P | PAGE_W | PAGE_U;
	}
}

/* Without PAGE_P the page is not there. Returns its address. */
void *map_page(u64 base, int n, int flags)
{
	u64 addr = base + n * 4096ul;

	*entry(base, n) = flags & PAGE_P ? phys(memory[n]) | flags : 0;
	asm volatile("invlpg (%0)" :: "r"(addr) : "memory");
	return (void *)addr;
}

u64 page_entry(u64 base, int n)
{
	return *entry(base, n);
}

/* The same memory, always accessible for the kernel. */
void *page_memory(int n)
{
	return memory[n];
}
