// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: user interrupts of peers from before SCF version 3. linux/nimbos_legacy.h has the facts.
 *
 * Such a peer posts to descriptors in the first of two pages before its region, whose addresses
 * its shadows tell it, and has one of its own in the second. A slot's descriptor is found by the
 * slot's number alone, and is never used for anything else: the peer hears nothing of a slot's end,
 * and may post to it at any time. While no thread receives, it notifies nobody (SN).
 *
 * The peer's own descriptor is posted to by hand, to the CPU that we know the peer to have,
 * whatever the peer has written there.
 */
#include <linux/bitops.h>
#include <linux/io.h>
#include <linux/ioport.h>

#include "apic.h"
#include "nimbos.h"

#define UPIDS_PER_PAGE (PAGE_SIZE / sizeof(struct nimbos_scf_upid))
#define PEER_UPID UPIDS_PER_PAGE
#define ON_BIT 0 /* NIMBOS_SCF_UPID_ON */
static_assert(NIMBOS_LEGACY_MAX_SLOTS < UPIDS_PER_PAGE);

/**
 * nimbos_legacy_uintr_claim() - take the pages of a legacy peer's descriptors
 * @region: the peer's, of version 2; its memory is mapped
 *
 * Where they are not reserved, or have an owner, the peer has no user interrupts. Sleeps.
 */
void nimbos_legacy_uintr_claim(struct nimbos_region *region)
{
	phys_addr_t base = region->base - NIMBOS_LEGACY_UPIDS_BELOW;
	const u64 size = NIMBOS_LEGACY_UPIDS_BELOW;

	if (!nimbos_legacy_abi() || region->base < size || !nimbos_region_is_reserved(base, size) ||
	    !request_mem_region(base, size, "nimbos peer"))
		return;
	region->upids.upids = memremap(base, size, MEMREMAP_WB);
	if (!region->upids.upids) {
		release_mem_region(base, size);
		return;
	}
	region->upids.base = base;
	nimbos_region_zero(region->upids.upids, size);
}

/**
 * nimbos_legacy_uintr_release() - zero these pages and let them go
 * @region: the peer's; without these pages nothing happens. Sleeps.
 */
void nimbos_legacy_uintr_release(struct nimbos_region *region)
{
	if (!region->upids.base)
		return;
	nimbos_region_zero(region->upids.upids, NIMBOS_LEGACY_UPIDS_BELOW);
	memunmap(region->upids.upids);
	release_mem_region(region->upids.base, NIMBOS_LEGACY_UPIDS_BELOW);
	region->upids.upids = NULL;
	region->upids.base = 0;
}

/**
 * nimbos_legacy_uintr_begin() - make the descriptors of a legacy peer ready
 * @region: the peer's, which is about to start; without these pages nothing happens
 */
void nimbos_legacy_uintr_begin(struct nimbos_region *region)
{
	struct nimbos_scf_upid *upids = region->upids.upids;
	unsigned int i;

	if (!region->upids.base)
		return;
	nimbos_region_zero(upids, NIMBOS_LEGACY_UPIDS_BELOW);
	for (i = 0; i < UPIDS_PER_PAGE; i++)
		upids[i].control = NIMBOS_SCF_UPID_SN;
}

/**
 * nimbos_legacy_uintr_check() - may a thread receive for a slot?
 * @slot: of a legacy peer
 *
 * Return: 0 or an error as linux/nimbos_legacy.h documents for NIMBOS_IOC_UINTR_REGISTER_HANDLER.
 */
int nimbos_legacy_uintr_check(const struct nimbos_slot *slot)
{
	if (slot->peer->legacy == NIMBOS_LEGACY_V1)
		return -EOPNOTSUPP;
	if (!nimbos_legacy_abi())
		return -EACCES;
	return slot->peer->region.upids.base ? 0 : -EADDRNOTAVAIL;
}

/**
 * nimbos_legacy_uintr_upid() - which descriptor is a slot's
 * @slot: of a legacy peer
 *
 * Return: its index among those of the peer, not 0.
 */
unsigned int nimbos_legacy_uintr_upid(const struct nimbos_slot *slot)
{
	return slot->nr + 1;
}

/**
 * nimbos_legacy_uintr_post() - notify a legacy peer by its own descriptor
 * @peer: one whose doorbell is connected, under rcu_read_lock()
 * @slot_nr: the slot in which something has happened
 *
 * Any context.
 *
 * Return: false if the peer has no descriptor, so that it has to be notified otherwise.
 */
bool nimbos_legacy_uintr_post(struct nimbos_peer *peer, unsigned int slot_nr)
{
	struct nimbos_scf_upid *upid = peer->region.upids.upids + PEER_UPID;
	unsigned long *control = (unsigned long *)&upid->control;
	unsigned long *pir = (unsigned long *)&upid->pir;

	static_assert(sizeof(*control) == sizeof(upid->control));
	if (!peer->region.upids.base || !nimbos_legacy_abi())
		return false;
	if (NIMBOS_SCF_UPID_NV(READ_ONCE(*control)) != NIMBOS_LEGACY_UINTR_VECTOR)
		return false;
	/* As SENDUIPI does it, but in two steps. */
	set_bit(slot_nr, pir);
	/* Pairs with the peer's locked access: who clears ON later finds the request. */
	smp_mb__after_atomic();
	if (!(READ_ONCE(*control) & NIMBOS_SCF_UPID_SN) && !test_and_set_bit(ON_BIT, control))
		nimbos_apic_send_vector(peer->apicid, NIMBOS_LEGACY_UINTR_VECTOR);
	return true;
}
