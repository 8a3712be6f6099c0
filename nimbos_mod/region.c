// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: the physically contiguous memory that is a peer's.
 */
#include <linux/genalloc.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <asm/e820/api.h>

#include "compat.h"
#include "nimbos.h"
#include "pinned.h"

/* At the end of a region: UPIDs, board and peer area. */
#define TAIL_SIZE (NIMBOS_SCF_UPID_AREA_SIZE + NIMBOS_SCF_BOARD_SIZE + NIMBOS_SCF_PEER_AREA_SIZE)

static int is_inside(struct resource *res, void *arg)
{
	const struct resource *wanted = arg;

	return res->start <= wanted->start && res->end >= wanted->end;
}

/**
 * nimbos_region_is_reserved() - is memory RAM, and was Linux told to leave it alone?
 * @base: physical address, page-aligned
 * @size: in bytes, whole pages
 *
 * Return: whether the firmware reports all of it as RAM, and it is reserved.
 */
bool nimbos_region_is_reserved(u64 base, u64 size)
{
	struct resource wanted = { .start = base, .end = base + size - 1 };
	u64 page;

	for (page = base; page < base + size; page += PAGE_SIZE)
		if (!nimbos_is_firmware_ram(page, PAGE_SIZE))
			return false;
	/* The walk ends with the first resource that it is inside of. */
	return !e820__mapped_any(base, base + size, E820_TYPE_RAM) &&
	       walk_iomem_res_desc(IORES_DESC_RESERVED, IORESOURCE_MEM, wanted.start, wanted.end,
				   &wanted, is_inside) == 1;
}

/**
 * nimbos_region_check() - can this be a region?
 * @base: physical address
 * @size: in bytes
 * @is_pinned: it has been taken from Linux; else it has to be reserved
 * @legacy: the peer is a legacy one
 * @private_size: of the peer's own part, in bytes; 0 becomes a quarter of @size, whatever it is all
 *	of it with a legacy peer
 *
 * Return: 0 or one of the errors that NIMBOS_IOC_PEER_LOAD documents, but -EADDRINUSE.
 */
int nimbos_region_check(u64 base, u64 size, bool is_pinned, bool legacy, u64 *private_size)
{
	if (!IS_ALIGNED(base | size, NIMBOS_REGION_ALIGN) ||
	    size < (legacy ? NIMBOS_LEGACY_REGION_SIZE : NIMBOS_REGION_MIN))
		return -EINVAL;
	if (base >= SZ_4G || size > SZ_4G - base)
		return -ERANGE;
	if (legacy)
		*private_size = size;
	else if (!*private_size)
		*private_size = ALIGN_DOWN(size / 4, PAGE_SIZE);
	else if (!IS_ALIGNED(*private_size, PAGE_SIZE) ||
		 *private_size > size - TAIL_SIZE - PAGE_SIZE)
		return -EINVAL;
	return is_pinned || nimbos_region_is_reserved(base, size) ? 0 : -EADDRNOTAVAIL;
}

static int create_arena(struct nimbos_region *region)
{
	u64 start = region->private_size;
	u64 end = region->size - TAIL_SIZE;
	int err;

	region->arena = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!region->arena)
		return -ENOMEM;
	err = gen_pool_add_virt(region->arena, (unsigned long)region->va + start,
				region->base + start, end - start, NUMA_NO_NODE);
	if (err)
		gen_pool_destroy(region->arena);
	return err;
}

static int map(struct nimbos_region *region)
{
	if (region->pinned) {
		region->va = nimbos_pinned_va(region->pinned);
		return 0;
	}
	if (!request_mem_region(region->base, region->size, "nimbos peer"))
		return -EADDRINUSE;
	region->va = memremap(region->base, region->size, MEMREMAP_WB);
	if (region->va)
		return 0;
	release_mem_region(region->base, region->size);
	return -ENOMEM;
}

static void unmap(struct nimbos_region *region)
{
	if (region->pinned)
		return;
	memunmap(region->va);
	release_mem_region(region->base, region->size);
}

/**
 * nimbos_region_claim() - take memory for a peer
 * @region: what to fill in; all zero on an error
 * @base: physical address
 * @size: in bytes
 * @private_size: of the peer's own part, in bytes; @size for a legacy peer
 * @pinned: the memory, if it has been taken from Linux: the region has a reference of its own; NULL
 *	if it is reserved
 *
 * nimbos_region_check() has found them good. The memory is mapped, and zero. Sleeps.
 *
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int nimbos_region_claim(struct nimbos_region *region, u64 base, u64 size, u64 private_size,
			struct nimbos_pinned *pinned)
{
	int err;

	*region = (struct nimbos_region){
		.base = base,
		.size = size,
		.private_size = private_size,
		.pinned = nimbos_pinned_get(pinned),
	};
	err = map(region);
	if (err)
		goto err_clear;
	if (private_size < size) {
		err = create_arena(region);
		if (err)
			goto err_unmap;
		region->peer_area = region->va + size - NIMBOS_SCF_PEER_AREA_SIZE;
		region->board = (void *)region->peer_area - NIMBOS_SCF_BOARD_SIZE;
		region->upids.upids = (void *)region->board - NIMBOS_SCF_UPID_AREA_SIZE;
		region->upids.base = base + ((void *)region->upids.upids - region->va);
	}
	nimbos_region_zero(region->va, size);
	return 0;

err_unmap:
	unmap(region);
err_clear:
	nimbos_pinned_put(region->pinned);
	*region = (struct nimbos_region){};
	return err;
}

/**
 * nimbos_region_release() - zero a peer's memory and let it go
 * @region: from nimbos_region_claim(), without slots; all zero afterwards. Sleeps.
 */
void nimbos_region_release(struct nimbos_region *region)
{
	nimbos_region_zero(region->va, region->size);
	if (region->arena)
		gen_pool_destroy(region->arena);
	unmap(region);
	nimbos_pinned_put(region->pinned);
	*region = (struct nimbos_region){};
}

/**
 * nimbos_region_zero() - zero a part of a region
 * @va: page-aligned
 * @size: in bytes, a multiple of the page size; may be so much that it takes a while. Sleeps.
 */
void nimbos_region_zero(void *va, u64 size)
{
	u64 done, step;

	for (done = 0; done < size; done += step) {
		step = min_t(u64, size - done, SZ_1M);
		memset64(va + done, 0, step / sizeof(u64));
		cond_resched();
	}
}
