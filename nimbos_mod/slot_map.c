// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: mapping a slot's areas into its shadow, and taking them away.
 *
 * Files share the address space of their device node, so each area of each slot has an offset of
 * its own, by which its mappings are found when it dies. Pages are entered by faults, never by
 * mmap() itself: a mapping that does not exist yet cannot be found. From then on a fault is SIGBUS.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "compat.h"
#include "nimbos.h"
#include "slot_map.h"

/* A region, and so an area, is smaller than 4 GiB. */
#define AREA_SHIFT 32
/* Pages are entered a page table's worth at a time. */
#define FAULT_AROUND PMD_SIZE

/**
 * nimbos_slot_map_offset() - where an area lies in the device file
 * @slot: whose
 * @area: which
 *
 * Return: the offset for mmap(), in bytes.
 */
u64 nimbos_slot_map_offset(const struct nimbos_slot *slot, enum nimbos_slot_area area)
{
	u64 index = slot->peer->id * NIMBOS_SCF_MAX_SLOTS + slot->nr;

	return (index * 2 + area) << AREA_SHIFT;
}

static enum nimbos_slot_area area_of(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff >> (AREA_SHIFT - PAGE_SHIFT) & 1;
}

static u64 area_size(const struct nimbos_slot *slot, enum nimbos_slot_area area)
{
	return area == NIMBOS_SLOT_CONTROL ? slot->control_size : slot->window_size;
}

static phys_addr_t area_phys(const struct nimbos_slot *slot, enum nimbos_slot_area area)
{
	return slot->peer->region.base +
	       (area == NIMBOS_SLOT_CONTROL ? slot->control_offset : slot->window_offset);
}

/**
 * nimbos_slot_map_revoke() - take all mappings of a slot away
 * @slot: a dead one whose file is open. Sleeps.
 */
void nimbos_slot_map_revoke(const struct nimbos_slot *slot)
{
	enum nimbos_slot_area area;

	for (area = NIMBOS_SLOT_CONTROL; area <= NIMBOS_SLOT_WINDOW; area++)
		unmap_mapping_range(slot->mapping, nimbos_slot_map_offset(slot, area),
				    area_size(slot, area), 1);
}

static vm_fault_t slot_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct nimbos_slot *slot = vma->vm_private_data;
	enum nimbos_slot_area area = area_of(vma);
	unsigned long address = max(ALIGN_DOWN(vmf->address, FAULT_AROUND), vma->vm_start);
	unsigned long end = min(ALIGN_DOWN(vmf->address, FAULT_AROUND) + FAULT_AROUND, vma->vm_end);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	unsigned long pfn;

	/* The mapping may be a part of what mmap() made. */
	pfn = PHYS_PFN(area_phys(slot, area)) + linear_page_index(vma, address) -
	      PHYS_PFN(nimbos_slot_map_offset(slot, area));

	down_read(&slot->map_lock);
	if (!slot->dead) {
		do {
			ret = vmf_insert_pfn(vma, address, pfn++);
			address += PAGE_SIZE;
		} while (ret == VM_FAULT_NOPAGE && address < end);
	}
	up_read(&slot->map_lock);
	return ret;
}

static const struct vm_operations_struct slot_vm_ops = {
	.fault = slot_fault,
};

/**
 * nimbos_slot_mmap() - mmap() of the file of a slot
 * @slot: the file's slot
 * @vma: what to map
 *
 * Return: 0, -EINVAL, -EACCES, -EPERM or -ESHUTDOWN as NIMBOS_IOC_SLOT_ALLOC and
 * NIMBOS_IOC_LEGACY_ATTACH document.
 */
int nimbos_slot_mmap(struct nimbos_slot *slot, struct vm_area_struct *vma)
{
	enum nimbos_slot_area area = area_of(vma);
	int err;

	if (slot->peer->legacy) {
		err = nimbos_legacy_map(slot, vma);
		if (err)
			return err;
	} else if ((u64)vma->vm_pgoff << PAGE_SHIFT != nimbos_slot_map_offset(slot, area) ||
		   vma->vm_end - vma->vm_start != area_size(slot, area)) {
		return -EINVAL;
	}
	/* A shared mapping of a file that is open for reading only has this flag alone. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (READ_ONCE(slot->dead))
		return -ESHUTDOWN;

	nimbos_vma_flags(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTCOPY | VM_DONTDUMP,
			 VM_MAYEXEC);
	vma->vm_private_data = slot;
	vma->vm_ops = &slot_vm_ops;
	return 0;
}
