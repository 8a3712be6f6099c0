// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: /dev/nimbos, an open file and its life.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "nimbos.h"

/**
 * nimbos_file_keep_slot() - a new slot is an open file's from now on
 * @file: under its lock, without a slot
 * @slot: the slot
 * @err: why the caller could not be told of it, so that it is closed; 0 if he was
 *
 * Sleeps.
 *
 * Return: @err.
 */
int nimbos_file_keep_slot(struct nimbos_file *file, struct nimbos_slot *slot, int err)
{
	lockdep_assert_held(&file->lock);
	if (err)
		nimbos_slot_close(slot);
	else
		/* Pairs with the acquires of those who find it without the lock. */
		smp_store_release(&file->slot, slot);
	return err;
}

static int chardev_open(struct inode *inode, struct file *file)
{
	struct nimbos_file *nfile = kzalloc(sizeof(*nfile), GFP_KERNEL);

	if (!nfile)
		return -ENOMEM;
	mutex_init(&nfile->lock);
	init_waitqueue_head(&nfile->pollers);
	nfile->file = file;
	nfile->mapping = file->f_mapping;
	file->private_data = nfile;
	return nonseekable_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct nimbos_file *nfile = file->private_data;

	nimbos_uintr_close_file(nfile);
	if (nfile->slot)
		nimbos_slot_close(nfile->slot);
	mutex_destroy(&nfile->lock);
	kfree(nfile);
	return 0;
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct nimbos_slot *slot = nimbos_file_slot(file->private_data);

	return slot ? nimbos_slot_mmap(slot, vma) : -ENODATA;
}

/* EPOLLPRI if there is something new of a peer since the file was used to ask for it. */
static __poll_t peer_events(const struct nimbos_file *nfile)
{
	unsigned int i;
	u64 seen;

	for (i = 0; i < NIMBOS_MAX_PEERS; i++) {
		seen = READ_ONCE(nfile->seen[i]);
		if (seen && seen != READ_ONCE(nimbos_peers[i].changes))
			return EPOLLPRI;
	}
	return 0;
}

static __poll_t chardev_poll(struct file *file, struct poll_table_struct *table)
{
	struct nimbos_file *nfile = file->private_data;
	struct nimbos_slot *slot;
	__poll_t events;

	poll_wait(file, &nfile->pollers, table);
	/* Who does not want to know of peers is not woken by this one. */
	poll_wait(file, &nimbos_peers_changed, table);
	events = peer_events(nfile);
	/* Pairs with wq_has_sleeper() in nimbos_slot_scan(). */
	smp_mb();
	slot = nimbos_file_slot(nfile);
	return slot ? events | nimbos_slot_events(slot) : events;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.unlocked_ioctl = nimbos_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = chardev_mmap,
	.poll = chardev_poll,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nimbos",
	.fops = &chardev_fops,
	.mode = 0660,
};

/**
 * nimbos_chardev_init() - create the device
 *
 * Return: 0 or a negative errno.
 */
int nimbos_chardev_init(void)
{
	return misc_register(&chardev);
}

/**
 * nimbos_chardev_exit() - remove the device
 */
void nimbos_chardev_exit(void)
{
	misc_deregister(&chardev);
}
