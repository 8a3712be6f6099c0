// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: client library, the peer as a whole: its board, its state, its console.
 */
#include "internal.h"

/* The peer area must lie in the region, as linux/nimbos_scf.h draws it. */
static bool layout_fits(__u64 region_size, __u64 private_size, __u64 peer_offset)
{
	return !(peer_offset & 4095) && private_size <= peer_offset &&
	       region_size >= NIMBOS_SCF_PEER_AREA_SIZE &&
	       peer_offset <= region_size - NIMBOS_SCF_PEER_AREA_SIZE;
}

/* UPIDs, if there are any, follow the arena, ahead of the board and the peer area. */
static bool upids_fit(__u64 upid_offset, __u32 nr_upids, __u64 private_size, __u64 peer_offset)
{
	__u64 size = (__u64)nr_upids * sizeof(struct nimbos_scf_upid);

	return nr_upids <= NIMBOS_SCF_MAX_UPIDS && !(upid_offset & 4095) &&
	       upid_offset >= private_size && upid_offset <= peer_offset &&
	       size <= peer_offset - upid_offset;
}

int nimbos_client_init(struct nimbos_client *client, const struct nimbos_client_ops *ops,
		       struct nimbos_scf_board *board, void *region, void *data)
{
	__u64 peer_offset = nimbos_read(&board->peer_offset);
	__u64 upid_offset = nimbos_read(&board->upid_offset);
	__u32 i;

	if (nimbos_read(&board->magic) != NIMBOS_SCF_BOARD_MAGIC ||
	    nimbos_read(&board->version) != NIMBOS_SCF_VERSION)
		return -NIMBOS_ENODEV;

	client->ops = ops;
	client->board = board;
	client->region = region;
	client->region_size = nimbos_read(&board->region_size);
	client->arena_start = nimbos_read(&board->private_size);
	client->arena_end = peer_offset;
	client->nr_slots = nimbos_read(&board->nr_slots);
	client->nr_upids = nimbos_read(&board->nr_upids);
	client->x2apic = nimbos_read(&board->flags) & NIMBOS_SCF_BOARD_X2APIC;
	client->upids = NULL;
	client->uitt = NULL;
	client->features = nimbos_read(&board->features) & NIMBOS_SCF_F_ALL;
	client->data = data;
	if (!layout_fits(client->region_size, client->arena_start, peer_offset) ||
	    !client->nr_slots || client->nr_slots > NIMBOS_SCF_MAX_SLOTS)
		return -NIMBOS_EPROTO;
	if (client->nr_upids) {
		if (!upids_fit(upid_offset, client->nr_upids, client->arena_start, peer_offset))
			return -NIMBOS_EPROTO;
		client->upids = (struct nimbos_scf_upid *)(client->region + upid_offset);
		client->arena_end = upid_offset;
	}

	client->peer = (struct nimbos_scf_peer *)(client->region + peer_offset);
	for (i = 0; i < NIMBOS_SCF_MAX_SLOTS; i++) {
		client->slot[i] = NULL;
		client->seen_kick[i] = 0;
		client->started_epoch[i] = 0;
	}

	nimbos_write(&client->peer->magic, NIMBOS_SCF_PEER_MAGIC);
	nimbos_write(&client->peer->version, NIMBOS_SCF_VERSION);
	nimbos_write(&client->peer->features, client->features);
	/* Pairs with nimbos.ko's load of @state: then the rest is valid. */
	nimbos_store_release(&client->peer->state, NIMBOS_SCF_PEER_BOOTING);
	return 0;
}

void nimbos_client_event(struct nimbos_client *client)
{
	__u64 route;

	/*
	 * What is to be seen before @event_route. Pairs with nimbos.ko's barrier between its store
	 * of a new @event_route and its look at the peer area.
	 */
	nimbos_mb();
	route = nimbos_read(&client->board->event_route);
	if (NIMBOS_SCF_ROUTE_VECTOR(route))
		client->ops->send_ipi(client, route, NULL);
}

void nimbos_client_up(struct nimbos_client *client, __u8 doorbell_vector)
{
	/* Who polls has no vector for a post to raise. */
	if (!doorbell_vector)
		client->features &= ~NIMBOS_SCF_F_DOORBELL_UPID;
	nimbos_write(&client->peer->features, client->features);
	nimbos_write(&client->peer->doorbell_vector, doorbell_vector);
	/* Pairs with nimbos.ko's load of @state: then the two words above are valid. */
	nimbos_store_release(&client->peer->state, NIMBOS_SCF_PEER_UP);
	nimbos_client_event(client);
}

void nimbos_client_fail(struct nimbos_client *client, const char *message)
{
	char *to = client->peer->message;
	__u32 i;

	for (i = 0; i < NIMBOS_SCF_MESSAGE_SIZE - 1 && message[i]; i++)
		nimbos_write(&to[i], message[i]);
	nimbos_write(&to[i], 0);
	/* Pairs with nimbos.ko's load of @state: then @message is complete. */
	nimbos_store_release(&client->peer->state, NIMBOS_SCF_PEER_FAILED);
	nimbos_client_event(client);
}

void nimbos_client_heartbeat(struct nimbos_client *client)
{
	nimbos_write(&client->peer->heartbeat, nimbos_read(&client->peer->heartbeat) + 1);
}

void nimbos_client_console_write(struct nimbos_client *client, const void *text, size_t len)
{
	struct nimbos_scf_peer *peer = client->peer;
	__u64 head = nimbos_read(&peer->console_head);
	__u32 at = head % NIMBOS_SCF_CONSOLE_SIZE;
	const __u8 *from = text;
	size_t i;

	for (i = 0; i < len; i++) {
		nimbos_write(&peer->console[at], from[i]);
		at = at + 1 < NIMBOS_SCF_CONSOLE_SIZE ? at + 1 : 0;
	}
	/* Pairs with a reader's load of @console_head: then the bytes before it are there. */
	nimbos_store_release(&peer->console_head, head + len);
}
