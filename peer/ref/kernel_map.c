// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel itself has mapped.
 */
#include <linux/nimbos_scf.h>

#include "cpu.h"
#include "kernel_map.h"
#include "memory.h"
#include "paging.h"

/* ref.lds; its sections, in order. */
extern u8 __image_start[], __rodata_start[], __user_text_start[], __user_rodata_start[];
extern u8 __data_start[], __image_end[];

static u64 *root;

static bool map_section(u64 region, const u8 *start, const u8 *end, u32 rights)
{
	return paging_map(root, (u64)start, region + (start - __image_start), end - start, rights);
}

static bool map_linear(u64 start, u64 end, u32 rights)
{
	return paging_map(root, LINEAR_BASE + start, start, end - start, rights);
}

bool kernel_map_init(u64 region, u64 region_size, u64 board, u64 device)
{
	u64 image_end = region + (__image_end - __image_start);
	u64 board_end = board + NIMBOS_SCF_BOARD_SIZE;
	u64 cr4 = READ_CR(4) | CR4_PGE;

	root = page_alloc();
	if (!root)
		return false;
	paging_set_kernel_root(root);
	if (!map_section(region, __image_start, __rodata_start, MAP_EXEC) ||
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
