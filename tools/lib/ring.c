// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: a lane's rings, the server's side.
 *
 * The client is a foreign kernel that is trusted with nothing: shared memory is read once, into a
 * copy, and the positions in the rings are kept here, never read back.
 */
#include <errno.h>
#include <stddef.h>

#include "../../peer/lib/nimbos_mem.h"
#include "nimbos_ring.h"

void nimbos_ring_init(struct nimbos_ring *ring, struct nimbos_scf_slot *control, __u32 lane,
		      __u32 depth)
{
	struct nimbos_scf_lane *shared = nimbos_scf_slot_lane(control, lane, depth);

	*ring = (struct nimbos_ring){
		.shared = shared,
		.rsps = nimbos_scf_lane_rsps(shared, depth),
		.depth = depth,
	};
}

/* What @seq of the next request's entry is before that is there: its last request's, or still 0. */
static __u32 stale_seq(const struct nimbos_ring *ring)
{
	return ring->received < ring->depth ? 0 : (__u32)ring->received + 1 - ring->depth;
}

int nimbos_ring_receive(struct nimbos_ring *ring, struct nimbos_scf_req *req)
{
	const struct nimbos_scf_lane *shared = ring->shared;
	const struct nimbos_scf_req *entry = &shared->reqs[ring->received & (ring->depth - 1)];
	/* Pairs with the client's store of @seq in nimbos_client_submit(): the rest is there. */
	__u32 seq = nimbos_load_acquire(&entry->seq);

	if (__builtin_expect(seq != (__u32)ring->received + 1, 0)) {
		if (ring->failed || seq != stale_seq(ring))
			goto failed;
		return 0;
	}
	/* A client that keeps to its credit always leaves room for the response. */
	if (ring->failed || ring->received - ring->responded >= ring->depth)
		goto failed;
	req->args[0] = nimbos_read(&entry->args[0]);
	req->args[1] = nimbos_read(&entry->args[1]);
	req->args[2] = nimbos_read(&entry->args[2]);
	req->args[3] = nimbos_read(&entry->args[3]);
	req->args[4] = nimbos_read(&entry->args[4]);
	req->args[5] = nimbos_read(&entry->args[5]);
	req->cookie = nimbos_read(&entry->cookie);
	req->nr = nimbos_read(&entry->nr);
	req->prio = nimbos_read(&entry->prio);
	req->flags = nimbos_read(&entry->flags);
	req->seq = seq;
	ring->received++;
	/* After the request: whoever has seen that it is to be noted is noted. */
	if (NIMBOS_TRACEABLE && __builtin_expect(nimbos_is_set(&shared->trace), 0) && ring->taken)
		ring->taken(ring, req);
	return 1;
failed:
	ring->failed = true;
	return -EPROTO;
}

void nimbos_ring_respond(struct nimbos_ring *ring, __s64 result, __u64 aux, __u64 cookie)
{
	struct nimbos_scf_rsp *entry = &ring->rsps[ring->responded & (ring->depth - 1)];

	nimbos_write(&entry->result, result);
	nimbos_write(&entry->aux, aux);
	nimbos_write(&entry->cookie, cookie);
	nimbos_write(&entry->flags, 0);
	ring->responded++;
	/*
	 * Pairs with the client's load of @seq in nimbos_client_reap(). It also keeps the loads of
	 * the request ahead of the client's next use of its entry, which waits for this response.
	 */
	nimbos_store_release(&entry->seq, (__u32)ring->responded);
}

bool nimbos_ring_need_notify(struct nimbos_ring *ring)
{
	__u32 need;

	/*
	 * @seq of the response before @client_need. Pairs with the barrier in the client's
	 * nimbos_client_wait(), which stores @client_need before it looks at @seq: one of the two
	 * sees the other's store.
	 */
	nimbos_mb();
	/* Acquire, so that whoever hears of our answer also sees what the client did before. */
	need = nimbos_load_acquire(&ring->shared->client_need);
	if (__builtin_expect(!(need & 1) || need == ring->answered, 1))
		return false;
	ring->answered = need;
	/* Pairs with wake_lanes() in the client, which the doorbell that follows calls. */
	nimbos_store_release(&ring->shared->server_answered, need);
	return true;
}

bool nimbos_ring_prepare_sleep(struct nimbos_ring *ring)
{
	const struct nimbos_scf_req *entry =
		&ring->shared->reqs[ring->received & (ring->depth - 1)];

	nimbos_write(&ring->shared->server_need, ++ring->need);
	/*
	 * @server_need before @seq of the next request. Pairs with the barrier in the client's
	 * nimbos_client_flush(), which stores @seq before it looks at @server_need.
	 */
	nimbos_mb();
	return nimbos_read(&entry->seq) == stale_seq(ring);
}

void nimbos_ring_finish_sleep(struct nimbos_ring *ring)
{
	/* Nothing hangs on when the client sees it: at worst it notifies once without need. */
	nimbos_write(&ring->shared->server_need, ++ring->need);
}
