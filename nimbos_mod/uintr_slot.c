// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: user interrupts of peers: what becomes of a slot's lanes and of the doorbell when a slot,
 * or its peer, comes and goes.
 *
 * A lane keeps its UPID as long as the slot lives, whichever threads come and go: the peer may post
 * to it at any time, and what it posts while there is none is for the next. It is used for
 * something else when the slot has been reaped, that is, when the peer has let go of it.
 */
#include <linux/sched.h>

#include "apic.h"
#include "trace.h"
#include "uintr.h"

/**
 * nimbos_uintr_connect_doorbell() - let shadows post to a peer
 * @peer: one that begins to run and takes user interrupts; under its lock
 * @vector: of its doorbell
 */
void nimbos_uintr_connect_doorbell(struct nimbos_peer *peer, u8 vector)
{
	struct nimbos_scf_upid *upid = &peer->region.upids.upids[NIMBOS_SCF_UPID_DOORBELL];

	WRITE_ONCE(upid->control, NIMBOS_SCF_UPID_CONTROL(vector, nimbos_apic_ndst(peer->apicid)));
}

/**
 * nimbos_uintr_disconnect_doorbell() - let nobody post to a peer any more
 * @peer: which; under its lock. Nothing is under way to it when this returns.
 */
void nimbos_uintr_disconnect_doorbell(struct nimbos_peer *peer)
{
	unsigned int nr;

	if (!(peer->features & NIMBOS_SCF_F_DOORBELL_UPID))
		return;
	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS) {
		raw_spin_lock(&nimbos_uintr_lock);
		nimbos_uintr_target_close(&peer->slot[nr]->doorbell);
		raw_spin_unlock(&nimbos_uintr_lock);
	}
	nimbos_uintr_sync();
}

/**
 * nimbos_uintr_open_slot() - prepare a slot for user interrupts
 * @slot: a new one in its peer's table; under the peer's lock
 */
void nimbos_uintr_open_slot(struct nimbos_slot *slot)
{
	struct nimbos_peer *peer = slot->peer;
	struct nimbos_scf_upid *doorbell = NULL;

	if (peer->features & NIMBOS_SCF_F_DOORBELL_UPID)
		doorbell = &peer->region.upids.upids[NIMBOS_SCF_UPID_DOORBELL];
	nimbos_uintr_target_init(&slot->doorbell, doorbell);
}

/**
 * nimbos_uintr_close_slot() - no user interrupts go from or to a slot any more
 * @slot: one that has been marked dead; under its peer's lock
 *
 * Threads that wait for them are woken.
 */
void nimbos_uintr_close_slot(struct nimbos_slot *slot)
{
	struct nimbos_uintr *thread;
	unsigned int i;

	raw_spin_lock(&nimbos_uintr_lock);
	nimbos_uintr_target_close(&slot->doorbell);
	for (i = 0; i < slot->lanes; i++) {
		thread = slot->lane[i].uintr;
		if (!thread)
			continue;
		nimbos_board_lane_upid(slot, i, 0);
		trace_nimbos_uintr_revoke(thread->task->pid);
		WRITE_ONCE(thread->dead, true);
		wake_up_process(thread->task);
	}
	raw_spin_unlock(&nimbos_uintr_lock);
	nimbos_uintr_sync();
}

/**
 * nimbos_uintr_reap_slot() - take a slot's UPIDs back
 * @slot: one whose file is closed, and that the peer has let go of; under the peer's lock
 */
void nimbos_uintr_reap_slot(struct nimbos_slot *slot)
{
	unsigned int i;

	/* A legacy peer's stay with the slot's number. */
	if (slot->peer->legacy)
		return;
	raw_spin_lock(&nimbos_uintr_lock);
	for (i = 0; i < slot->lanes; i++)
		if (slot->lane[i].upid)
			nimbos_upid_free(&slot->peer->region.upids, slot->lane[i].upid);
	raw_spin_unlock(&nimbos_uintr_lock);
}

/**
 * nimbos_uintr_lanes() - count a peer's lanes that are served by user interrupts
 * @peer: whose; under its lock
 */
unsigned int nimbos_uintr_lanes(const struct nimbos_peer *peer)
{
	const struct nimbos_slot *slot;
	unsigned int nr, i, lanes = 0;

	raw_spin_lock(&nimbos_uintr_lock);
	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS) {
		slot = peer->slot[nr];
		for (i = 0; i < slot->lanes; i++)
			lanes += !!slot->lane[i].uintr;
	}
	raw_spin_unlock(&nimbos_uintr_lock);
	return lanes;
}
