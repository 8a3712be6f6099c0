/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: what the files of the client library share.
 */
#ifndef NIMBOS_CLIENT_INTERNAL_H
#define NIMBOS_CLIENT_INTERNAL_H

#include "nimbos_client.h"
#include "nimbos_mem.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline __attribute__((__noinline__))
#define always_inline __attribute__((__always_inline__))

/* End of a list of calls; indexes are below NIMBOS_SCF_MAX_DEPTH. */
#define NO_CALL 0xffff

/**
 * nimbos_client_event() - notify nimbos.ko of something in the peer area
 * @client: the peer
 *
 * A full barrier, so that the caller's stores are seen by whoever is notified.
 */
void nimbos_client_event(struct nimbos_client *client);

/**
 * nimbos_client_kick() - notify the server of a lane
 * @slot: the slot
 * @no: number of the lane
 *
 * A full barrier.
 */
void nimbos_client_kick(struct nimbos_client_slot *slot, __u32 no);

/**
 * nimbos_client_post() - notify the worker that serves a lane by a user interrupt
 * @slot: the slot
 * @no: number of the lane
 *
 * A full barrier if the worker was notified.
 *
 * Return: false if it has no UPID, and is to be notified in another way.
 */
bool nimbos_client_post(struct nimbos_client_slot *slot, __u32 no);

/**
 * nimbos_client_take_posts() - take what was posted to the doorbell's UPID
 * @client: the peer
 *
 * A full barrier: what posters did before is seen by who looks now.
 *
 * Return: the user vectors, a bit for each; NIMBOS_SCF_DOORBELL_VECTOR() has whose they are.
 */
__u64 nimbos_client_take_posts(struct nimbos_client *client);

/**
 * nimbos_client_ack() - acknowledge the death of a slot that nobody uses any more
 * @client: the peer
 * @no: number of the slot
 * @epoch: its epoch, even
 */
void nimbos_client_ack(struct nimbos_client *client, __u32 no, __u32 epoch);

/**
 * nimbos_client_entry() - a consistent copy of a slot's entry on the board
 * @client: the peer
 * @no: number of the slot
 * @epoch: the epoch that it must have, odd
 * @copy: where the copy goes
 *
 * Return: 0, or -NIMBOS_ECONNRESET if the epoch is another, or -NIMBOS_EPROTO if a field leads
 * outside the region or is out of its range.
 */
int nimbos_client_entry(struct nimbos_client *client, __u32 no, __u32 epoch,
			struct nimbos_scf_slot_entry *copy);

/**
 * struct nimbos_wait - how long somebody waits
 * @poll_ns: how long to poll
 * @timeout_ns: how long to wait in all
 * @poll_until: when polling ends
 * @deadline: when waiting ends; 0 before the clock was read for the first time
 */
struct nimbos_wait {
	__u64 poll_ns;
	__u64 timeout_ns;
	__u64 poll_until;
	__u64 deadline;
};

/**
 * nimbos_lane_await() - wait until there is something in the ring of responses
 * @lane: the lane
 * @wait: how long; may be given again, to go on waiting with what is left
 *
 * Return: 0, -NIMBOS_ETIMEDOUT or -NIMBOS_ECONNRESET. Sleeps.
 */
int nimbos_lane_await(struct nimbos_client_lane *lane, struct nimbos_wait *wait);

static inline struct nimbos_scf_rsp *nimbos_lane_next(const struct nimbos_client_lane *lane)
{
	return &lane->rsps[lane->received & (lane->slot->depth - 1u)];
}

/* What @seq of that entry is before the response is there: the last one's, or still 0. */
static inline __u32 nimbos_lane_stale(const struct nimbos_client_lane *lane)
{
	__u32 depth = lane->slot->depth;

	return lane->received < depth ? 0 : (__u32)lane->received + 1 - depth;
}

/* Whether the server wants to know when calls were where. */
static inline bool nimbos_lane_is_traced(const struct nimbos_client_lane *lane)
{
	return NIMBOS_TRACEABLE && unlikely(nimbos_is_set(&lane->shared->trace));
}

static inline bool nimbos_slot_is_dead(const struct nimbos_client_slot *slot)
{
	/*
	 * Pairs with nimbos.ko's store of the new @epoch: all responses that the server gave before
	 * it died are seen after this.
	 */
	return unlikely(nimbos_load_acquire(&slot->entry->epoch) != slot->epoch);
}

#endif /* NIMBOS_CLIENT_INTERNAL_H */
