// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: client library, user interrupts: posts to workers, and those of workers to the peer.
 *
 * A UPID belongs to Linux, which may take it from a worker at any time: a post that comes too late
 * finds SN set, or no slot that it is for. So nothing here has to be locked.
 */
#include "internal.h"

#define UITTE_VALID 1
#define UITTE_VECTOR(vector) ((__u64)(vector) << 8)

__u64 nimbos_client_uintr(struct nimbos_client *client, struct nimbos_client_uitte *uitt)
{
	__u64 offered = nimbos_read(&client->board->features) & NIMBOS_SCF_F_UPID;
	__u32 i;

	if (!client->nr_upids)
		return 0;
	client->features |= offered;
	if (!uitt)
		return offered;
	for (i = 0; i < client->nr_upids; i++) {
		uitt[i].control = UITTE_VALID | UITTE_VECTOR(NIMBOS_SCF_LANE_VECTOR);
		uitt[i].upid = (__u64)&client->upids[i];
	}
	/* The peer does not notify itself. */
	uitt[NIMBOS_SCF_UPID_DOORBELL].control = 0;
	client->uitt = uitt;
	return offered;
}

/* The local APIC's ID as routes have it: all of it, in either mode. */
static __u32 destination(const struct nimbos_client *client, __u64 control)
{
	__u32 ndst = NIMBOS_SCF_UPID_NDST(control);

	return client->x2apic ? ndst : ndst >> 8 & 0xff;
}

/* What SENDUIPI does. */
static void post_by_hand(struct nimbos_client *client, struct nimbos_scf_upid *upid,
			 struct nimbos_client_lane *lane)
{
	__u64 control;

	nimbos_fetch_or(&upid->pir, 1ULL << NIMBOS_SCF_LANE_VECTOR);
	control = nimbos_read(&upid->control);
	do {
		/* Whoever clears ON or SN looks at @pir next. */
		if (control & (NIMBOS_SCF_UPID_ON | NIMBOS_SCF_UPID_SN))
			return;
	} while (!nimbos_compare_exchange(&upid->control, &control, control | NIMBOS_SCF_UPID_ON));
	client->ops->send_ipi(client,
			      NIMBOS_SCF_ROUTE(NIMBOS_SCF_UPID_NV(control),
					       destination(client, control)),
			      lane);
}

bool nimbos_client_post(struct nimbos_client_slot *slot, __u32 no)
{
	struct nimbos_client *client = slot->client;
	__u32 index;

	if (!(client->features & NIMBOS_SCF_F_LANE_UPID))
		return false;
	/* Pairs with nimbos.ko's store of it: then the UPID is complete. */
	index = nimbos_load_acquire(&client->board->lane_upid[slot->no][no]);
	if (!index || index >= client->nr_upids)
		return false;
	if (client->uitt)
		nimbos_senduipi(index);
	else
		post_by_hand(client, &client->upids[index], slot->lane[no]);
	return true;
}

__u64 nimbos_client_take_posts(struct nimbos_client *client)
{
	struct nimbos_scf_upid *upid;

	if (!(client->features & NIMBOS_SCF_F_DOORBELL_UPID))
		return 0;
	upid = &client->upids[NIMBOS_SCF_UPID_DOORBELL];
	/*
	 * ON before @pir: a post that comes in between is taken here, and notified once more. The
	 * other way round, an ON that is about to go would keep it from being notified.
	 */
	nimbos_fetch_and(&upid->control, ~NIMBOS_SCF_UPID_ON);
	return nimbos_exchange(&upid->pir, 0);
}
