// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: client library, slots: taking part in one, and letting go of it.
 */
#include "internal.h"

#define PAGE_MASK 4095ULL

/* Whether an area lies in the arena, which follows the peer's own memory. */
static bool in_arena(const struct nimbos_client *client, __u64 offset, __u64 size)
{
	return size && !((offset | size) & PAGE_MASK) && offset >= client->arena_start &&
	       offset <= client->arena_end && size <= client->arena_end - offset;
}

static bool entry_fits(const struct nimbos_client *client,
		       const struct nimbos_scf_slot_entry *entry)
{
	if (!entry->lanes || entry->lanes > NIMBOS_SCF_MAX_LANES)
		return false;
	if (entry->depth < NIMBOS_SCF_MIN_DEPTH || entry->depth > NIMBOS_SCF_MAX_DEPTH ||
	    (entry->depth & (entry->depth - 1)))
		return false;
	if (!in_arena(client, entry->control_offset, entry->control_size) ||
	    entry->control_size < NIMBOS_SCF_CONTROL_SIZE(entry->lanes, entry->depth))
		return false;
	if (!in_arena(client, entry->window_offset, entry->window_size))
		return false;
	if (entry->control_offset < entry->window_offset + entry->window_size &&
	    entry->window_offset < entry->control_offset + entry->control_size)
		return false;
	return entry->window_va && !(entry->window_va & PAGE_MASK) &&
	       entry->window_size <= -entry->window_va;
}

int nimbos_client_entry(struct nimbos_client *client, __u32 no, __u32 epoch,
			struct nimbos_scf_slot_entry *copy)
{
	const struct nimbos_scf_slot_entry *entry = &client->board->slot[no];

	/* Pairs with nimbos.ko's store of @epoch: the fields are this epoch's, or later ones'. */
	copy->epoch = nimbos_load_acquire(&entry->epoch);
	copy->lanes = nimbos_load_acquire(&entry->lanes);
	copy->depth = nimbos_load_acquire(&entry->depth);
	copy->control_offset = nimbos_load_acquire(&entry->control_offset);
	copy->control_size = nimbos_load_acquire(&entry->control_size);
	copy->window_offset = nimbos_load_acquire(&entry->window_offset);
	copy->window_size = nimbos_load_acquire(&entry->window_size);
	copy->window_va = nimbos_load_acquire(&entry->window_va);
	/*
	 * The loads above are acquires to keep this one behind them. nimbos.ko raises @epoch before
	 * it changes a field: a later epoch's field means a later epoch here.
	 */
	if (!(epoch & 1) || copy->epoch != epoch || nimbos_read(&entry->epoch) != epoch)
		return -NIMBOS_ECONNRESET;
	return entry_fits(client, copy) ? 0 : -NIMBOS_EPROTO;
}

void nimbos_client_ack(struct nimbos_client *client, __u32 no, __u32 epoch)
{
	if (nimbos_read(&client->peer->ack_epoch[no]) == epoch)
		return;
	/* Pairs with nimbos.ko's load of @ack_epoch: the slot's memory is used no more. */
	nimbos_store_release(&client->peer->ack_epoch[no], epoch);
	nimbos_client_event(client);
}

void nimbos_client_kick(struct nimbos_client_slot *slot, __u32 no)
{
	__u32 *kick = &slot->control->kick[no];
	__u64 route;

	if (nimbos_client_post(slot, no))
		return;
	/* Release: whoever sees the notification sees the requests that it is for. */
	nimbos_store_release(kick, nimbos_read(kick) + 1);
	/*
	 * @kick before @route. Pairs with nimbos.ko's barrier between its store of a new @route and
	 * its look at all @kick words: either this sees the new route, or nimbos.ko sees the kick.
	 */
	nimbos_mb();
	route = nimbos_read(&slot->entry->route);
	if (NIMBOS_SCF_ROUTE_VECTOR(route))
		slot->client->ops->send_ipi(slot->client, route, slot->lane[no]);
}

bool nimbos_client_slot_alive(const struct nimbos_client_slot *slot)
{
	return !nimbos_slot_is_dead(slot);
}

/* Nobody is attached from here on: if the slot is dead, or dies now, it may be used again. */
static void let_go(struct nimbos_client_slot *slot)
{
	struct nimbos_client *client = slot->client;
	__u32 epoch;

	nimbos_store_release(&client->slot[slot->no], NULL);
	/*
	 * Nobody attached, before @epoch. Pairs with the barrier in look_after_slot(): either that
	 * finds nobody attached and acknowledges the death, or this sees it, or both.
	 */
	nimbos_mb();
	epoch = nimbos_load_acquire(&slot->entry->epoch);
	if (!(epoch & 1))
		nimbos_client_ack(client, slot->no, epoch);
}

/* The slot is known to be alive and registered: see whether its server is, too, and say hello. */
static int greet(struct nimbos_client_slot *slot)
{
	struct nimbos_scf_slot *control = slot->control;
	/* Pairs with the server's store of @server_state: then @server_features is valid. */
	__u32 state = nimbos_load_acquire(&control->server_state);

	if (state == NIMBOS_SCF_SERVER_NONE)
		return -NIMBOS_EAGAIN;
	if (state != NIMBOS_SCF_SERVER_READY && state != NIMBOS_SCF_SERVER_FORKED)
		return -NIMBOS_EPROTO;
	slot->features = nimbos_read(&control->server_features) & slot->client->features;
	nimbos_write(&control->client_features, slot->features);
	nimbos_write(&control->client_version, NIMBOS_SCF_VERSION);
	/* Pairs with the server's load of @client_state: then the two words above are valid. */
	nimbos_store_release(&control->client_state, NIMBOS_SCF_CLIENT_ATTACHED);
	return 0;
}

int nimbos_client_slot_attach(struct nimbos_client *client, struct nimbos_client_slot *slot,
			      __u32 no, __u32 epoch)
{
	struct nimbos_scf_slot_entry entry;
	__u32 i;
	int ret;

	if (no >= client->nr_slots)
		return -NIMBOS_EINVAL;
	if (nimbos_read(&client->slot[no]))
		return -NIMBOS_EBUSY;
	ret = nimbos_client_entry(client, no, epoch, &entry);
	if (ret)
		return ret;

	slot->client = client;
	slot->no = no;
	slot->epoch = epoch;
	slot->lanes = entry.lanes;
	slot->depth = entry.depth;
	slot->reported = false;
	slot->features = 0;
	slot->entry = &client->board->slot[no];
	slot->control = (struct nimbos_scf_slot *)(client->region + entry.control_offset);
	slot->window = client->region + entry.window_offset;
	slot->window_size = entry.window_size;
	slot->window_va = entry.window_va;
	slot->data = NULL;
	for (i = 0; i < NIMBOS_SCF_MAX_LANES; i++)
		slot->lane[i] = NULL;

	nimbos_store_release(&client->slot[no], slot);
	/*
	 * Somebody attached, before @epoch. Pairs with the barrier in look_after_slot(): either
	 * this sees that the slot has died, or that finds somebody attached and does not
	 * acknowledge. Only then may the control area be touched.
	 */
	nimbos_mb();
	ret = nimbos_slot_is_dead(slot) ? -NIMBOS_ECONNRESET : greet(slot);
	if (ret) {
		let_go(slot);
		return ret;
	}
	nimbos_write(&client->started_epoch[no], epoch);
	return 0;
}

void nimbos_client_slot_detach(struct nimbos_client_slot *slot)
{
	if (!nimbos_slot_is_dead(slot)) {
		/* Pairs with the server's load of @client_state: all requests are there by then. */
		nimbos_store_release(&slot->control->client_state, NIMBOS_SCF_CLIENT_DETACHED);
		nimbos_client_kick(slot, 0);
	}
	let_go(slot);
}
