// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: peers from before SCF version 3, and the ioctls of the drivers that they came with.
 * linux/nimbos_legacy.h has the facts.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/uaccess.h>

#include "nimbos.h"
#include "slot_map.h"

/* Where the old driver of version 1 had its two areas in the device file. */
#define V1_DATA_OFFSET 0
#define V1_QUEUE_OFFSET 0x1000

static bool legacy_abi;
module_param(legacy_abi, bool, 0644);
MODULE_PARM_DESC(legacy_abi, "Serve the ioctls of the old NimbOS drivers, and user interrupts of their images (default no)");

/**
 * nimbos_legacy_abi() - does the administrator want what only the old drivers had?
 */
bool nimbos_legacy_abi(void)
{
	return READ_ONCE(legacy_abi);
}

/**
 * nimbos_legacy_check_load() - is what a load says of old peers right?
 * @arg: as NIMBOS_IOC_PEER_LOAD documents
 *
 * Return: 0 or -EINVAL.
 */
int nimbos_legacy_check_load(const struct nimbos_peer_load *arg)
{
	switch (arg->legacy) {
	case NIMBOS_LEGACY_NONE:
		return arg->legacy_slots ? -EINVAL : 0;
	case NIMBOS_LEGACY_V1:
		if (arg->legacy_slots > 1)
			return -EINVAL;
		break;
	case NIMBOS_LEGACY_V2_EARLY:
	case NIMBOS_LEGACY_V2:
		if (arg->legacy_slots > NIMBOS_LEGACY_MAX_SLOTS)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	/* They are linked to run at one address. */
	if (arg->region_user)
		return -EINVAL;
	return arg->serial_port || arg->private_size || arg->cmdline ? -EINVAL : 0;
}

/**
 * nimbos_legacy_slots() - how many slots a legacy peer has
 * @arg: a load that is right
 */
unsigned int nimbos_legacy_slots(const struct nimbos_peer_load *arg)
{
	if (arg->legacy == NIMBOS_LEGACY_V1)
		return 1;
	return arg->legacy_slots ?: NIMBOS_LEGACY_V2_SLOTS;
}

/**
 * nimbos_legacy_queue_offset() - where the queue of a slot is
 * @peer: a legacy one
 * @slot_nr: the slot's number
 *
 * Return: its offset from the region's base, in bytes.
 */
u64 nimbos_legacy_queue_offset(const struct nimbos_peer *peer, unsigned int slot_nr)
{
	if (peer->legacy == NIMBOS_LEGACY_V1)
		return NIMBOS_LEGACY_V1_QUEUE;
	return NIMBOS_LEGACY_V2_QUEUE(slot_nr);
}

/**
 * nimbos_legacy_has_queue() - has a legacy peer set up its first queue?
 * @peer: one with a region
 */
bool nimbos_legacy_has_queue(const struct nimbos_peer *peer)
{
	const __le32 *magic = peer->region.va + nimbos_legacy_queue_offset(peer, 0);

	return le32_to_cpu(READ_ONCE(*magic)) == NIMBOS_LEGACY_MAGIC;
}

/**
 * nimbos_legacy_route() - how a legacy peer notifies a slot
 * @slot: one that is not closed
 *
 * Return: NIMBOS_SCF_ROUTE(), which stays the same while the slot lives.
 */
u64 nimbos_legacy_route(struct nimbos_slot *slot)
{
	u64 route;

	spin_lock_irq(&slot->irqnum->lock);
	route = slot->irqnum->route;
	spin_unlock_irq(&slot->irqnum->lock);
	return route;
}

static int check_v1(u64 *offset, u64 size)
{
	if (*offset == V1_DATA_OFFSET && size <= NIMBOS_LEGACY_V1_DATA_SIZE)
		*offset = NIMBOS_LEGACY_V1_DATA;
	else if (*offset == V1_QUEUE_OFFSET && size == NIMBOS_LEGACY_QUEUE_SIZE)
		*offset = NIMBOS_LEGACY_V1_QUEUE;
	else
		return -EINVAL;
	return 0;
}

static int check_v2(const struct nimbos_slot *slot, u64 offset, u64 size)
{
	u64 all = slot->peer->region.size;

	if (offset >= all || size > all - offset)
		return -EINVAL;
	/* Whoever writes there writes to a kernel. */
	if (offset == slot->control_offset && size == slot->control_size)
		return 0;
	return capable(CAP_SYS_RAWIO) ? 0 : -EPERM;
}

/**
 * nimbos_legacy_map() - find out which part of its region a legacy peer's shadow wants to map
 * @slot: the shadow's
 * @vma: what to map, at an offset as the old drivers had them; out: at the offset in the window,
 *	which is all of the region, so that the slot's death finds it
 *
 * Return: 0, -EINVAL or -EPERM as NIMBOS_IOC_LEGACY_ATTACH documents.
 */
int nimbos_legacy_map(const struct nimbos_slot *slot, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 size = vma->vm_end - vma->vm_start;
	int err;

	if (slot->peer->legacy == NIMBOS_LEGACY_V1)
		err = check_v1(&offset, size);
	else
		err = check_v2(slot, offset, size);
	if (!err)
		vma->vm_pgoff = (nimbos_slot_map_offset(slot, NIMBOS_SLOT_WINDOW) + offset) >>
				PAGE_SHIFT;
	return err;
}

/* Of the first legacy peer that runs. */
static struct nimbos_slot *alloc_slot(struct nimbos_file *file)
{
	struct nimbos_slot *slot = ERR_PTR(-ENOTCONN);
	struct nimbos_peer *peer;

	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		slot = nimbos_slot_alloc_legacy(peer, file);
		if (slot != ERR_PTR(-ENOTCONN) && slot != ERR_PTR(-EPROTONOSUPPORT))
			return slot;
	}
	return ERR_PTR(-ENOTCONN);
}

static int tell(struct nimbos_slot *slot, void __user *user)
{
	u64 route = nimbos_legacy_route(slot);
	struct nimbos_legacy_setup setup = {
		.slot = slot->nr,
		.vector = NIMBOS_SCF_ROUTE_VECTOR(route),
		.dest = NIMBOS_SCF_ROUTE_APICID(route),
	};
	size_t size;

	switch (slot->peer->legacy) {
	case NIMBOS_LEGACY_V1:
		/* There was no argument: it may be anything. */
		size = 0;
		break;
	case NIMBOS_LEGACY_V2_EARLY:
		size = sizeof(setup.slot);
		break;
	default:
		size = sizeof(setup);
		break;
	}
	return copy_to_user(user, &setup, size) ? -EFAULT : 0;
}

static int set_up(struct nimbos_file *file, void __user *user)
{
	struct nimbos_slot *slot;
	int err;

	mutex_lock(&file->lock);
	slot = file->slot ? ERR_PTR(-EBUSY) : alloc_slot(file);
	err = PTR_ERR_OR_ZERO(slot);
	if (!err)
		err = nimbos_file_keep_slot(file, slot,
					    tell(slot, user) ?: nimbos_legacy_signal_begin(slot));
	mutex_unlock(&file->lock);
	return err;
}

static int end_signals(struct nimbos_file *file)
{
	struct nimbos_slot *slot = nimbos_file_slot(file);

	if (!slot)
		return -ENODATA;
	nimbos_legacy_signal_end(slot);
	return 0;
}

static int notify(struct nimbos_file *file)
{
	struct nimbos_slot *slot = nimbos_file_slot(file);

	return slot ? nimbos_slot_notify(slot) : -ENODATA;
}

/**
 * nimbos_legacy_ioctl() - the ioctls of the old drivers
 * @file: the open file
 * @cmd: NIMBOS_LEGACY_SETUP, NIMBOS_LEGACY_EXIT or NIMBOS_LEGACY_NOTIFY
 * @user: the argument
 *
 * Return: 0 or a negative errno, as linux/nimbos_legacy.h documents.
 */
long nimbos_legacy_ioctl(struct nimbos_file *file, unsigned int cmd, void __user *user)
{
	if (!nimbos_legacy_abi())
		return -ENOIOCTLCMD;
	switch (cmd) {
	case NIMBOS_LEGACY_SETUP:
		return set_up(file, user);
	case NIMBOS_LEGACY_EXIT:
		return end_signals(file);
	case NIMBOS_LEGACY_NOTIFY:
		return notify(file);
	default:
		return -ENOIOCTLCMD;
	}
}
