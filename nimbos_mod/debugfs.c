// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: state for people and tests, in debugfs. Not an interface: it may change at any time.
 *
 *	nimbos/pools		irqnums and slots: in use, given out, taken back
 *	nimbos/peerN/slots	the slots of a peer
 *	nimbos/peerN/console	what its console holds, also after a crash
 */
#include <linux/debugfs.h>
#include <linux/genalloc.h>
#include <linux/seq_file.h>

#include "nimbos.h"

static struct dentry *root;

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
		mutex_unlock(&peer->lock);
	}
	nimbos_irqnum_show(m);
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

static int console_show(struct seq_file *m, void *unused)
{
	struct nimbos_peer *peer = m->private;
	const struct nimbos_scf_peer *area;
	u64 head, pos;

	mutex_lock(&peer->lock);
	area = peer->region.peer_area;
	if (area) {
		head = READ_ONCE(area->console_head);
		for (pos = head - min_t(u64, head, NIMBOS_SCF_CONSOLE_SIZE); pos != head; pos++)
			seq_putc(m, READ_ONCE(area->console[pos % NIMBOS_SCF_CONSOLE_SIZE]));
	}
	mutex_unlock(&peer->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(console);

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
	}
}

/**
 * nimbos_debugfs_exit() - remove the files
 */
void nimbos_debugfs_exit(void)
{
	debugfs_remove(root);
}
