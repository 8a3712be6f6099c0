// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: client library, waiting for a response: poll first, then sleep.
 */
#include "internal.h"

/* How often to look at the ring between two looks at the clock and at the server's health. */
#define POLLS 64

static __u64 later(__u64 now, __u64 ns)
{
	return ns < NIMBOS_FOREVER - now ? now + ns : NIMBOS_FOREVER;
}

/* Say that the thread sleeps, make sure that it may, sleep, and say that it does not any more. */
static void sleep_once(struct nimbos_client_lane *lane, const __u32 *seq, __u32 stale,
		       __u64 deadline)
{
	struct nimbos_client_slot *slot = lane->slot;

	lane->need++;
	nimbos_write(&lane->sleeping, lane->need);
	/* Release, so that the doorbell that answers it finds @sleeping set. */
	nimbos_store_release(&lane->shared->client_need, lane->need);
	/*
	 * @client_need and @sleeping before @seq and @epoch. Pairs with the barrier in the server's
	 * nimbos_ring_need_notify(), which stores @seq before it looks at @client_need, and with
	 * the one in look_after_slot(), which looks at @epoch before it looks at @sleeping: what is
	 * missed here is notified.
	 */
	nimbos_mb();
	if (nimbos_read(seq) == stale && !nimbos_slot_is_dead(slot))
		slot->client->ops->sleep(lane, deadline);
	/* Nothing hangs on when the others see these: at worst somebody notifies in vain. */
	nimbos_write(&lane->shared->client_need, ++lane->need);
	nimbos_write(&lane->sleeping, 0);
}

int nimbos_lane_await(struct nimbos_client_lane *lane, struct nimbos_wait *wait)
{
	const __u32 *seq = &nimbos_lane_next(lane)->seq;
	__u32 stale = nimbos_lane_stale(lane);
	struct nimbos_client *client = lane->slot->client;
	/* Who does not want to poll looks once. */
	int polls = wait->poll_ns ? POLLS : 1;
	__u64 now;
	int i;

	for (;;) {
		for (i = 0; i < polls; i++) {
			/* Relaxed: take() loads it again, with acquire order. */
			if (nimbos_read(seq) != stale)
				return 0;
			nimbos_relax();
		}
		if (nimbos_slot_is_dead(lane->slot))
			/* What the server wrote before it died is seen now. */
			return nimbos_read(seq) != stale ? 0 : -NIMBOS_ECONNRESET;

		now = client->ops->now_ns(client);
		if (!wait->deadline) {
			wait->poll_until = later(now, wait->poll_ns);
			wait->deadline = later(now, wait->timeout_ns);
		}
		if (now >= wait->deadline)
			return -NIMBOS_ETIMEDOUT;
		if (now >= wait->poll_until)
			sleep_once(lane, seq, stale, wait->deadline);
	}
}
