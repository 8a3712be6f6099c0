// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: client library, the doorbell: what Linux wants to tell.
 */
#include "internal.h"

static void wake_lanes(struct nimbos_client_slot *slot, bool all)
{
	const struct nimbos_client_ops *ops = slot->client->ops;
	struct nimbos_client_lane *lane;
	__u32 i, token;

	for (i = 0; i < slot->lanes; i++) {
		/* Pairs with nimbos_client_lane_open(): then the object is complete. */
		lane = nimbos_load_acquire(&slot->lane[i]);
		if (!lane)
			continue;
		token = nimbos_read(&lane->sleeping);
		/*
		 * Pairs with the server's store in nimbos_ring_need_notify(). Its answer to this
		 * sleep counts, not what is in the ring: it may have been for a response that the
		 * thread had taken before it slept, and there will be no other answer.
		 */
		if (token && (all || nimbos_load_acquire(&lane->shared->server_answered) == token))
			ops->wake(lane);
	}
}

/* Nobody is attached to a slot that lives: does its shadow want a process? */
static void offer_slot(struct nimbos_client *client, __u32 no, __u32 epoch)
{
	struct nimbos_scf_slot_entry entry;
	struct nimbos_scf_slot *control;

	if (nimbos_read(&client->started_epoch[no]) == epoch ||
	    nimbos_client_entry(client, no, epoch, &entry))
		return;
	control = (struct nimbos_scf_slot *)(client->region + entry.control_offset);
	/* Pairs with the server's store of @server_state; attach looks at what it covers. */
	if (nimbos_load_acquire(&control->server_state) != NIMBOS_SCF_SERVER_READY)
		return;
	nimbos_write(&client->started_epoch[no], epoch);
	client->ops->slot_ready(client, no, epoch);
}

static void look_after_slot(struct nimbos_client *client, __u32 no)
{
	/* Pairs with nimbos.ko's store of @epoch, as in nimbos_slot_is_dead(). */
	__u32 epoch = nimbos_load_acquire(&client->board->slot[no].epoch);
	struct nimbos_client_slot *slot;

	/*
	 * @epoch before who is attached, and who sleeps. Pairs with the barriers in
	 * nimbos_client_slot_attach() and nimbos_lane_await(), which say that they are there before
	 * they look at @epoch: either they see the death, or they are seen here.
	 */
	nimbos_mb();
	slot = nimbos_load_acquire(&client->slot[no]);
	if (!slot) {
		if (epoch & 1)
			offer_slot(client, no, epoch);
		else
			nimbos_client_ack(client, no, epoch);
		return;
	}
	wake_lanes(slot, epoch != slot->epoch);
	if (epoch != slot->epoch && !slot->reported) {
		slot->reported = true;
		if (client->ops->slot_dead)
			client->ops->slot_dead(slot);
	}
}

void nimbos_client_doorbell(struct nimbos_client *client)
{
	__u64 posts = nimbos_client_take_posts(client);
	__u32 no, kick;

	for (no = 0; no < client->nr_slots; no++) {
		/* Pairs with nimbos.ko's increment: what it is about is seen now. */
		kick = nimbos_load_acquire(&client->board->slot_kick[no]);
		if (likely(kick == client->seen_kick[no] &&
			   !(posts >> NIMBOS_SCF_DOORBELL_VECTOR(no) & 1)))
			continue;
		client->seen_kick[no] = kick;
		look_after_slot(client, no);
	}
}
