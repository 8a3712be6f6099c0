// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: huge pages of Linux's that become a peer's memory.
 *
 * A peer writes to its memory whenever it likes, and no page table of Linux's can keep it from
 * that. So these pages must not go back to Linux before the last of those who may reach them is
 * gone:
 *
 *  - The process that has loaded the peer has them mapped, and may unmap them or end at any time.
 *    From nimbos_pinned_take() on they are held by our pins and not by its mapping.
 *  - Shadows map slots of the region without a reference of their own. A peer with slots is not
 *    unloaded, and a slot is there as long as its file is, which its mappings hold.
 *  - We map nothing: all is reached by Linux's own mapping of memory, whose cache attributes
 *    (write-back) are those of the shadows' mappings, too.
 *  - The peer's CPU is the last. An INIT stops it, but nothing tells that it did: a peer in VMX
 *    root operation holds it off. That Linux executes there again is what tells. Until then the
 *    peer keeps its memory: see nimbos_peer_is_lost().
 *
 * Only whole huge pages of hugetlbfs are taken, so that nothing else of Linux's is beside the
 * peer's, and only those of private anonymous mappings. Such a page is one process's alone, and
 * stays so once it is pinned: fork() copies it. It cannot be swapped, migrated or merged.
 *
 * They do not count for RLIMIT_MEMLOCK: that is against one who takes memory from others, and these
 * pages the administrator has taken from all already. The pool's size and the hugetlb controller of
 * cgroups limit them, which count until they are free, however long that process has gone.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kref.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "nimbos.h"
#include "pinned.h"

/* One pin holds all of the huge page that it is in; none is smaller. */
#define PIN_STEP NIMBOS_REGION_ALIGN

/* What peers have of Linux's memory: each page once. */
static struct resource pinned_memory = {
	.name = "nimbos pinned memory",
	.start = 0,
	.end = PHYS_ADDR_MAX,
	.flags = IORESOURCE_MEM,
};

/**
 * struct nimbos_pinned - huge pages that are a peer's
 * @ref: regions that consist of them
 * @res: their physical addresses, in pinned_memory; without a parent until they are there
 * @page_size: of each of them, in bytes
 * @count: pins
 * @page: the page at each PIN_STEP
 */
struct nimbos_pinned {
	struct kref ref;
	struct resource res;
	u64 page_size;
	unsigned int count;
	struct page *page[];
};

static int pin(struct nimbos_pinned *pinned, u64 user, unsigned int count)
{
	int ret;

	while (pinned->count < count) {
		ret = pin_user_pages_fast(user + pinned->count * PIN_STEP, 1,
					  FOLL_WRITE | FOLL_LONGTERM,
					  &pinned->page[pinned->count]);
		if (ret != 1)
			return ret == -ENOMEM || ret == -EINTR ? ret : -EFAULT;
		pinned->count++;
	}
	return 0;
}

/* Are they all of one or more huge pages, one behind the other? */
static int check(struct nimbos_pinned *pinned)
{
	struct folio *folio = page_folio(pinned->page[0]);
	u64 size = pinned->count * PIN_STEP;
	unsigned int i;

	pinned->page_size = folio_size(folio);
	if (page_to_pfn(pinned->page[0]) != folio_pfn(folio) || size % pinned->page_size)
		return -EMEDIUMTYPE;
	for (i = 0; i < pinned->count; i++) {
		folio = page_folio(pinned->page[i]);
		if (!folio_test_hugetlb(folio) || !folio_test_anon(folio) ||
		    folio_size(folio) != pinned->page_size)
			return -EMEDIUMTYPE;
		if (page_to_phys(pinned->page[i]) != nimbos_pinned_base(pinned) + i * PIN_STEP)
			return -EILSEQ;
	}
	return 0;
}

static int enter(struct nimbos_pinned *pinned)
{
	pinned->res.name = "nimbos peer";
	pinned->res.flags = IORESOURCE_MEM;
	pinned->res.start = nimbos_pinned_base(pinned);
	pinned->res.end = pinned->res.start + pinned->count * PIN_STEP - 1;
	return request_resource(&pinned_memory, &pinned->res) ? -EADDRINUSE : 0;
}

static void release(struct kref *ref)
{
	struct nimbos_pinned *pinned = container_of(ref, struct nimbos_pinned, ref);

	if (pinned->res.parent)
		release_resource(&pinned->res);
	unpin_user_pages(pinned->page, pinned->count);
	kvfree(pinned);
}

/**
 * nimbos_pinned_take() - take huge pages of the calling process
 * @user: where it has them
 * @size: in bytes
 *
 * They hold what the process has written there. Sleeps.
 *
 * Return: the pages, with a reference for the caller; or an ERR_PTR as NIMBOS_IOC_PEER_LOAD
 * documents: -EINVAL, -ERANGE, -EFAULT, -EINTR, -ENOMEM, -EMEDIUMTYPE, -EILSEQ or -EADDRINUSE.
 */
struct nimbos_pinned *nimbos_pinned_take(u64 user, u64 size)
{
	unsigned int count = size / PIN_STEP;
	struct nimbos_pinned *pinned;
	int err;

	if (!size || !IS_ALIGNED(user | size, PIN_STEP))
		return ERR_PTR(-EINVAL);
	if (size > SZ_4G)
		return ERR_PTR(-ERANGE);
	pinned = kvzalloc(struct_size(pinned, page, count), GFP_KERNEL);
	if (!pinned)
		return ERR_PTR(-ENOMEM);
	kref_init(&pinned->ref);
	err = pin(pinned, user, count);
	if (!err)
		err = check(pinned);
	if (!err)
		err = enter(pinned);
	if (!err)
		return pinned;
	nimbos_pinned_put(pinned);
	return ERR_PTR(err);
}

/**
 * nimbos_pinned_get() - take one more reference
 * @pinned: the pages, or NULL
 *
 * Return: @pinned.
 */
struct nimbos_pinned *nimbos_pinned_get(struct nimbos_pinned *pinned)
{
	if (pinned)
		kref_get(&pinned->ref);
	return pinned;
}

/**
 * nimbos_pinned_put() - give a reference back; with the last one, Linux has its pages back
 * @pinned: the pages, which no peer writes to any more; or NULL. Sleeps.
 */
void nimbos_pinned_put(struct nimbos_pinned *pinned)
{
	if (pinned)
		kref_put(&pinned->ref, release);
}

/**
 * nimbos_pinned_base() - where they are
 * @pinned: the pages
 *
 * Return: their physical address.
 */
phys_addr_t nimbos_pinned_base(const struct nimbos_pinned *pinned)
{
	return page_to_phys(pinned->page[0]);
}

/**
 * nimbos_pinned_va() - where Linux has them mapped
 * @pinned: the pages
 */
void *nimbos_pinned_va(const struct nimbos_pinned *pinned)
{
	return page_address(pinned->page[0]);
}

/**
 * nimbos_pinned_page_size() - how large each of them is
 * @pinned: the pages, or NULL
 *
 * Return: the size in bytes; 0 for none.
 */
u64 nimbos_pinned_page_size(const struct nimbos_pinned *pinned)
{
	return pinned ? pinned->page_size : 0;
}
