// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: what the module writes for the peer to read. The peer's writes never land here, nor do
 * those of user space: nothing on the board has to be checked. A legacy peer has no board, and is
 * told nothing.
 */
#include <linux/atomic.h>
#include <linux/string.h>

#include <asm/barrier.h>
#include <asm/tsc.h>

#include "apic.h"
#include "nimbos.h"

/**
 * nimbos_board_init() - make the board and the peer area ready for a start
 * @peer: with region and CPU, without an irqnum yet
 */
void nimbos_board_init(struct nimbos_peer *peer)
{
	struct nimbos_region *region = &peer->region;
	struct nimbos_scf_board *board = region->board;

	if (!board)
		return;
	nimbos_region_zero(region->upids.upids, NIMBOS_SCF_UPID_AREA_SIZE + NIMBOS_SCF_BOARD_SIZE +
							NIMBOS_SCF_PEER_AREA_SIZE);
	board->magic = NIMBOS_SCF_BOARD_MAGIC;
	board->version = NIMBOS_SCF_VERSION;
	board->nr_slots = NIMBOS_SCF_MAX_SLOTS;
	board->flags = nimbos_apic_x2apic() ? NIMBOS_SCF_BOARD_X2APIC : 0;
	/* It counts once nothing can keep the peer from being started. */
	board->incarnation = peer->incarnation + 1;
	board->features = NIMBOS_SCF_F_ALL;
	if (nimbos_uintr_state() == NIMBOS_UINTR_OK) {
		board->features |= NIMBOS_SCF_F_UPID;
		board->upid_offset = (void *)region->upids.upids - region->va;
		board->nr_upids = NIMBOS_SCF_MAX_UPIDS;
	}
	board->region_base = region->base;
	board->region_size = region->size;
	board->private_size = region->private_size;
	board->peer_offset = region->size - NIMBOS_SCF_PEER_AREA_SIZE;
	board->tsc_khz = tsc_khz;
	board->apicid = peer->apicid;
	board->serial_port = peer->serial_port;
	strscpy(board->cmdline, peer->cmdline, sizeof(board->cmdline));
}

/**
 * nimbos_board_open_slot() - tell the peer of a new slot
 * @slot: complete, but for its epoch, which becomes odd
 * @window_va: where the window is in the shadow
 *
 * Under peer->lock.
 */
void nimbos_board_open_slot(struct nimbos_slot *slot, u64 window_va)
{
	struct nimbos_peer *peer = slot->peer;
	struct nimbos_scf_board *board = peer->region.board;
	struct nimbos_scf_slot_entry *entry;

	slot->epoch = ++peer->slot_epoch[slot->nr];
	if (!board)
		return;
	entry = &board->slot[slot->nr];
	entry->lanes = slot->lanes;
	entry->depth = slot->depth;
	entry->control_offset = slot->control_offset;
	entry->control_size = slot->control_size;
	entry->window_offset = slot->window_offset;
	entry->window_size = slot->window_size;
	entry->window_va = window_va;

	slot->control->epoch = slot->epoch;
	/* Pairs with the peer's load of the epoch: with an odd one it sees the fields above. */
	smp_store_release(&entry->epoch, slot->epoch);
}

/**
 * nimbos_board_close_slot() - tell the peer that a slot is dead
 * @slot: its epoch becomes even
 *
 * Under peer->lock. The fields stay as they are: a peer that has not seen the new epoch goes on
 * writing to memory that stays the slot's until the peer acknowledges.
 */
void nimbos_board_close_slot(struct nimbos_slot *slot)
{
	struct nimbos_peer *peer = slot->peer;

	slot->epoch = ++peer->slot_epoch[slot->nr];
	if (!peer->region.board)
		return;
	WRITE_ONCE(peer->region.board->slot[slot->nr].epoch, slot->epoch);
	/* Before the fields change for the next slot: pairs with the peer's second look at it. */
	smp_wmb();
}

/**
 * nimbos_board_route() - tell the peer how to notify us
 * @peer: a peer with a region
 * @slot: for this slot; NULL for the peer's events
 * @route: NIMBOS_SCF_ROUTE()
 *
 * The caller looks at what the peer may have notified by the old route afterwards. Any context.
 */
void nimbos_board_route(struct nimbos_peer *peer, struct nimbos_slot *slot, u64 route)
{
	struct nimbos_scf_board *board = peer->region.board;

	if (!board)
		return;
	WRITE_ONCE(*(slot ? &board->slot[slot->nr].route : &board->event_route), route);
}

/**
 * nimbos_board_kick() - tell the peer that something has happened in a slot
 * @peer: a peer with a region
 * @slot_nr: a slot that it has
 *
 * What was stored before is visible to a peer that sees the kick. Any context.
 */
void nimbos_board_kick(struct nimbos_peer *peer, unsigned int slot_nr)
{
	struct nimbos_scf_board *board = peer->region.board;

	static_assert(sizeof(board->slot_kick[0]) == sizeof(atomic_t));
	if (board)
		atomic_inc((atomic_t *)&board->slot_kick[slot_nr]);
}

/**
 * nimbos_board_lane_upid() - tell the peer whether to post to a lane
 * @slot: of the peer
 * @lane: of the slot
 * @upid: index of the UPID that it shall post to; 0 for none
 *
 * Does not sleep.
 */
void nimbos_board_lane_upid(struct nimbos_slot *slot, unsigned int lane, unsigned int upid)
{
	struct nimbos_scf_board *board = slot->peer->region.board;

	if (!board)
		return;
	/* The peer that finds a UPID finds it initialised. */
	smp_store_release(&board->lane_upid[slot->nr][lane], upid);
}
