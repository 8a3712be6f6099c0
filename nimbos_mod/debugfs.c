// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: state for people and tests, in debugfs. Not an interface: it may change at any time.
 *
 *	nimbos/pools		irqnums, slots and what is for user interrupts: in use, given out,
 *				taken back
 *	nimbos/peerN/slots	the slots of a peer
 *	nimbos/peerN/console	what its console holds, also after a crash; who reads on follows
 *				it, through starts of the peer, too
 *	nimbos/peerN/region	its memory
 */
#include <linux/bits.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/genalloc.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "nimbos.h"

static struct dentry *root;

/**
 * nimbos_account_show() - write an account
 * @m: where to
 * @what: of what
 * @account: the numbers
 */
void nimbos_account_show(struct seq_file *m, const char *what, const struct nimbos_account *account)
{
	seq_printf(m, "%s: used %llu allocated %llu freed %llu\n", what,
		   account->allocated - account->freed, account->allocated, account->freed);
}

static int pools_show(struct seq_file *m, void *unused)
{
	struct nimbos_peer *peer;

	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		mutex_lock(&peer->lock);
		if (peer->region.va)
			seq_printf(m, "peer %u: slots: used %u allocated %llu freed %llu arena: size %zu free %zu\n",
				   peer->id, bitmap_weight(peer->slot_map, NIMBOS_SCF_MAX_SLOTS),
				   peer->slot_account.allocated, peer->slot_account.freed,
				   peer->legacy ? 0 : gen_pool_size(peer->region.arena),
				   peer->legacy ? 0 : gen_pool_avail(peer->region.arena));
		if (peer->region.upids.upids) {
			seq_printf(m, "peer %u: ", peer->id);
			nimbos_upid_show(m, &peer->region.upids);
		}
		mutex_unlock(&peer->lock);
	}
	nimbos_irqnum_show(m);
	nimbos_uintr_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pools);

static int slots_show(struct seq_file *m, void *unused)
{
	struct nimbos_peer *peer = m->private;
	const struct nimbos_slot *slot;
	unsigned int nr;

	mutex_lock(&peer->lock);
	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS) {
		slot = peer->slot[nr];
		if (peer->legacy) {
			seq_printf(m, "slot %u: epoch %u %s irqnum %u irq%u\n", nr, slot->epoch,
				   slot->dead ? "dead" : "live", slot->irqnum->nr,
				   NIMBOS_LEGACY_IRQ + nr);
			continue;
		}
		seq_printf(m, "slot %u: epoch %u %s lanes %u depth %u irqnum %u server %u pid %u client %u\n",
			   nr, slot->epoch,
			   slot->closed ? "dying" : slot->dead ? "dead" : "live", slot->lanes,
			   slot->depth, slot->irqnum->nr, READ_ONCE(slot->control->server_state),
			   READ_ONCE(slot->control->server_pid),
			   READ_ONCE(slot->control->client_state));
	}
	mutex_unlock(&peer->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(slots);

/* A position in the file says of which start, and how much had been written by then. */
#define CONSOLE_POS_BITS 40
#define CONSOLE_POS_MASK GENMASK_ULL(CONSOLE_POS_BITS - 1, 0)

static u64 console_pos(const struct nimbos_peer *peer, u64 written)
{
	return ((u64)peer->incarnation << CONSOLE_POS_BITS | (written & CONSOLE_POS_MASK)) &
	       S64_MAX;
}

/* The peer may write meanwhile: what it overwrites is lost to a slow reader. */
static ssize_t console_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct nimbos_peer *peer = file->private_data;
	const struct nimbos_scf_peer *area;
	ssize_t ret = 0;
	u64 head, from;
	size_t at;

	mutex_lock(&peer->lock);
	area = peer->region.peer_area;
	if (area) {
		head = READ_ONCE(area->console_head) & CONSOLE_POS_MASK;
		from = *pos & CONSOLE_POS_MASK;
		/* Of another start, or overwritten already. */
		if (*pos != console_pos(peer, from) || from > head ||
		    head - from > NIMBOS_SCF_CONSOLE_SIZE)
			from = head - min_t(u64, head, NIMBOS_SCF_CONSOLE_SIZE);
		at = from % NIMBOS_SCF_CONSOLE_SIZE;
		len = min3(len, (size_t)(head - from), (size_t)NIMBOS_SCF_CONSOLE_SIZE - at);
		if (copy_to_user(buf, &area->console[at], len)) {
			ret = -EFAULT;
		} else {
			*pos = console_pos(peer, from + len);
			ret = len;
		}
	}
	mutex_unlock(&peer->lock);
	return ret;
}

static const struct file_operations console_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = console_read,
	.llseek = default_llseek,
};

static ssize_t region_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct nimbos_peer *peer = file->private_data;
	ssize_t ret = 0;

	/* What is pinned may be copied from one huge page at a time. */
	len = min_t(u64, len, NIMBOS_REGION_ALIGN - (*pos & (NIMBOS_REGION_ALIGN - 1)));
	mutex_lock(&peer->lock);
	if (peer->region.va)
		ret = simple_read_from_buffer(buf, len, pos, peer->region.va, peer->region.size);
	mutex_unlock(&peer->lock);
	return ret;
}

static const struct file_operations region_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = region_read,
	.llseek = default_llseek,
};

/**
 * nimbos_debugfs_init() - create the files; without debugfs there are none
 */
void nimbos_debugfs_init(void)
{
	struct nimbos_peer *peer;
	char name[16];

	root = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("pools", 0400, root, NULL, &pools_fops);
	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		snprintf(name, sizeof(name), "peer%u", peer->id);
		peer->debugfs = debugfs_create_dir(name, root);
		debugfs_create_file("slots", 0400, peer->debugfs, peer, &slots_fops);
		debugfs_create_file("console", 0400, peer->debugfs, peer, &console_fops);
		debugfs_create_file("region", 0400, peer->debugfs, peer, &region_fops);
	}
}

/**
 * nimbos_debugfs_exit() - remove the files
 */
void nimbos_debugfs_exit(void)
{
	debugfs_remove(root);
}
