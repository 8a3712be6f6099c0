// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: client library, lanes: requests out, responses in.
 *
 * Positions in the rings are kept here and never read back from shared memory. A cookie is a serial
 * number and the index of the call's entry in @calls, so that a response is matched by one compare;
 * it is 0 in entries that wait for no response, so that none is matched twice.
 */
#include "internal.h"

#define COOKIE_INDEX_BITS 16

int nimbos_client_lane_open(struct nimbos_client_slot *slot, struct nimbos_client_lane *lane,
			    __u32 no, struct nimbos_client_call *calls, __u32 nr_calls)
{
	__u32 i;

	if (no >= slot->lanes || !nr_calls)
		return -NIMBOS_EINVAL;
	if (slot->lane[no])
		return -NIMBOS_EBUSY;
	/* One entry for each request without a response: that is all of the credit. */
	if (nr_calls > slot->depth)
		nr_calls = slot->depth;

	lane->slot = slot;
	lane->no = no;
	lane->prio = 0;
	lane->poll_ns = 0;
	lane->timeout_ns = NIMBOS_FOREVER;
	lane->data = NULL;
	lane->shared = nimbos_scf_slot_lane(slot->control, no, slot->depth);
	lane->rsps = nimbos_scf_lane_rsps(lane->shared, slot->depth);
	lane->calls = calls;
	lane->nr_calls = nr_calls;
	lane->free = 0;
	lane->done_first = NO_CALL;
	lane->done_last = NO_CALL;
	lane->submitted = 0;
	lane->received = 0;
	lane->serial = 0;
	lane->pending = 0;
	lane->need = 0;
	lane->answered = 0;
	lane->sleeping = 0;
	lane->error = 0;
	lane->unflushed = false;
	for (i = 0; i < nr_calls; i++) {
		calls[i].cookie = 0;
		calls[i].next = i + 1 < nr_calls ? i + 1 : NO_CALL;
	}
	/* Pairs with wake_lanes(), which reads the object. */
	nimbos_store_release(&slot->lane[no], lane);
	return 0;
}

static void free_call(struct nimbos_client_lane *lane, __u32 index)
{
	lane->calls[index].next = lane->free;
	lane->free = index;
}

static inline bool is_empty(const struct nimbos_client_lane *lane)
{
	/* Relaxed: take() loads @seq again, with acquire order. */
	return nimbos_read(&nimbos_lane_next(lane)->seq) ==
	       nimbos_lane_stale(lane);
}

/* Take a response that is there. Returns the index of the call's entry, or an error. */
static inline int take(struct nimbos_client_lane *lane)
{
	struct nimbos_scf_rsp *rsp = nimbos_lane_next(lane);
	/* Pairs with the server's store of @seq in nimbos_ring_respond(): the rest is there. */
	__u32 seq = nimbos_load_acquire(&rsp->seq);
	__u64 cookie = nimbos_read(&rsp->cookie);
	__u32 index = cookie & ((1U << COOKIE_INDEX_BITS) - 1);
	struct nimbos_client_call *call = &lane->calls[index];

	if (unlikely(lane->error))
		return lane->error;
	if (unlikely(seq != (__u32)lane->received + 1 || index >= lane->nr_calls || !cookie ||
		     call->cookie != cookie)) {
		lane->error = -NIMBOS_EPROTO;
		return lane->error;
	}
	call->cookie = 0;
	call->done.result = nimbos_read(&rsp->result);
	call->done.aux = nimbos_read(&rsp->aux);
	lane->received++;
	return (int)index;
}

/* A call has ended that nobody waits for at this moment. */
static void keep(struct nimbos_client_lane *lane, __u32 index)
{
	if (lane->calls[index].abandoned) {
		free_call(lane, index);
		return;
	}
	lane->pending--;
	lane->calls[index].next = NO_CALL;
	if (lane->done_first == NO_CALL)
		lane->done_first = index;
	else
		lane->calls[lane->done_last].next = index;
	lane->done_last = index;
}

/* Take all responses that are there. Returns 0, or the error that the lane has failed with. */
static int keep_all(struct nimbos_client_lane *lane)
{
	int index;

	while (!is_empty(lane)) {
		index = take(lane);
		if (index < 0)
			return index;
		keep(lane, index);
	}
	return lane->error;
}

/* Returns the index of the call's entry, or an error. */
static inline always_inline int
submit(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6], __u64 tag)
{
	__u32 at = lane->submitted & (lane->slot->depth - 1u);
	struct nimbos_scf_req *req = &lane->shared->reqs[at];
	struct nimbos_client_call *call;
	__u64 cookie;
	__u32 index;

	if (unlikely(lane->error))
		return lane->error;
	if (nimbos_slot_is_dead(lane->slot))
		return -NIMBOS_ECONNRESET;
	/* Late responses of calls that have timed out give credit back. */
	if (unlikely(lane->free == NO_CALL) && keep_all(lane))
		return lane->error;
	index = lane->free;
	if (unlikely(index == NO_CALL))
		return -NIMBOS_EAGAIN;

	call = &lane->calls[index];
	cookie = ++lane->serial << COOKIE_INDEX_BITS | index;
	lane->free = call->next;
	lane->pending++;
	lane->submitted++;
	lane->unflushed = true;
	call->cookie = cookie;
	call->done.tag = tag;
	call->abandoned = false;

	nimbos_write(&req->args[0], args[0]);
	nimbos_write(&req->args[1], args[1]);
	nimbos_write(&req->args[2], args[2]);
	nimbos_write(&req->args[3], args[3]);
	nimbos_write(&req->args[4], args[4]);
	nimbos_write(&req->args[5], args[5]);
	nimbos_write(&req->cookie, cookie);
	nimbos_write(&req->nr, nr);
	nimbos_write(&req->prio, lane->prio);
	nimbos_write(&req->flags, 0);
	/*
	 * Pairs with the server's load of @seq in nimbos_ring_receive(). The entry's last request
	 * has been copied by then: its credit came back with a response that the server gave later,
	 * which take() has seen with acquire order. And take() has copied the response whose entry
	 * the server may use for this request's: release keeps those loads ahead, too.
	 */
	nimbos_store_release(&req->seq, (__u32)lane->submitted);
	return (int)index;
}

int nimbos_client_submit(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6], __u64 tag)
{
	int ret = submit(lane, nr, args, tag);

	return ret < 0 ? ret : 0;
}

static inline void flush(struct nimbos_client_lane *lane)
{
	__u32 need;

	/*
	 * @seq of all requests before @server_need. Pairs with the barrier in the server's
	 * nimbos_ring_prepare_sleep(), which stores @server_need before it looks at @seq: one of
	 * the two sees the other's store.
	 */
	nimbos_mb();
	lane->unflushed = false;
	/* Acquire, so that the board's @lane_upid is no older than the sleep that it is for. */
	need = nimbos_load_acquire(&lane->shared->server_need);
	if (likely(!(need & 1) || need == lane->answered))
		return;
	lane->answered = need;
	nimbos_client_kick(lane->slot, lane->no);
}

void nimbos_client_flush(struct nimbos_client_lane *lane)
{
	if (lane->unflushed)
		flush(lane);
}

int nimbos_client_reap(struct nimbos_client_lane *lane, struct nimbos_client_result *results,
		       __u32 n)
{
	bool dead = nimbos_slot_is_dead(lane->slot);
	int ret = keep_all(lane);
	__u32 i, index;

	for (i = 0; i < n && lane->done_first != NO_CALL; i++) {
		index = lane->done_first;
		results[i] = lane->calls[index].done;
		lane->done_first = lane->calls[index].next;
		free_call(lane, index);
	}
	if (i || lane->done_first != NO_CALL)
		return (int)i;
	return dead ? -NIMBOS_ECONNRESET : ret;
}

int nimbos_client_wait(struct nimbos_client_lane *lane, __u64 poll_ns, __u64 timeout_ns)
{
	struct nimbos_wait wait = { .poll_ns = poll_ns, .timeout_ns = timeout_ns };
	int ret;

	nimbos_client_flush(lane);
	for (;;) {
		ret = keep_all(lane);
		if (lane->done_first != NO_CALL)
			return 0;
		if (ret)
			return ret;
		if (!lane->pending)
			return -NIMBOS_EAGAIN;
		ret = nimbos_lane_await(lane, &wait);
		if (ret)
			return ret;
	}
}

/* Tell the server when its last call was where. */
static void tell_stamps(struct nimbos_client_lane *lane, const struct nimbos_scf_stamps *stamps,
			__u32 seq)
{
	struct nimbos_scf_lane *shared = lane->shared;

	nimbos_write(&shared->client_stamps.begin, stamps->begin);
	nimbos_write(&shared->client_stamps.queued, stamps->queued);
	nimbos_write(&shared->client_stamps.notified, stamps->notified);
	nimbos_write(&shared->client_stamps.resumed, stamps->resumed);
	/* Pairs with the server's load of it, in nimbos_trace_taken() and nimbos_trace_show(). */
	nimbos_store_release(&shared->client_stamped, seq);
}

/* Wait for the response to a call that was submitted and flushed. */
static inline always_inline int
finish_call(struct nimbos_client_lane *lane, int mine, struct nimbos_wait *wait,
	    struct nimbos_client_result *result)
{
	int ret;

	for (;;) {
		ret = nimbos_lane_await(lane, wait);
		if (unlikely(ret))
			break;
		ret = take(lane);
		if (likely(ret == mine)) {
			*result = lane->calls[mine].done;
			lane->pending--;
			free_call(lane, mine);
			return 0;
		}
		if (ret < 0)
			break;
		keep(lane, ret);
	}
	lane->calls[mine].abandoned = true;
	lane->pending--;
	return ret;
}

/* @stamps: where to note when it was where, or NULL. */
static inline always_inline int
make_call(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6],
	  struct nimbos_client_result *result, struct nimbos_scf_stamps *stamps)
{
	struct nimbos_wait wait = { .poll_ns = lane->poll_ns, .timeout_ns = lane->timeout_ns };
	int mine, ret;

	if (stamps)
		stamps->begin = nimbos_cycles();
	while ((mine = submit(lane, nr, args, 0)) < 0) {
		/* All credit is with calls that have timed out or were not waited for yet. */
		if (mine != -NIMBOS_EAGAIN || lane->done_first != NO_CALL)
			return mine;
		nimbos_client_flush(lane);
		ret = nimbos_lane_await(lane, &wait);
		if (ret)
			return ret;
	}
	if (stamps)
		stamps->queued = nimbos_cycles();
	flush(lane);
	if (stamps)
		stamps->notified = nimbos_cycles();
	ret = finish_call(lane, mine, &wait, result);
	if (stamps)
		stamps->resumed = nimbos_cycles();
	return ret;
}

/* Beside the way of calls that nobody traces, which pays for one look and no more. */
static noinline int call_traced(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6],
				struct nimbos_client_result *result)
{
	struct nimbos_scf_stamps stamps;
	__u32 seq = (__u32)lane->submitted + 1;
	int ret = make_call(lane, nr, args, result, &stamps);

	if (!ret)
		tell_stamps(lane, &stamps, seq);
	return ret;
}

int nimbos_client_call(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6],
		       struct nimbos_client_result *result)
{
	if (nimbos_lane_is_traced(lane))
		return call_traced(lane, nr, args, result);
	return make_call(lane, nr, args, result, NULL);
}

__s64 nimbos_client_call6(struct nimbos_client_lane *lane, __u16 nr, __u64 a0, __u64 a1, __u64 a2,
			  __u64 a3, __u64 a4, __u64 a5)
{
	const __u64 args[6] = { a0, a1, a2, a3, a4, a5 };
	struct nimbos_client_result result;
	int ret = nimbos_client_call(lane, nr, args, &result);

	return ret ? ret : result.result;
}

__s64 nimbos_client_fork(struct nimbos_client_lane *lane, struct nimbos_client_slot *child)
{
	const __u64 args[6] = { 0 };
	__u64 timeout_ns = lane->timeout_ns;
	struct nimbos_client_result result;
	int ret;

	lane->timeout_ns = NIMBOS_FOREVER;
	ret = nimbos_client_call(lane, NIMBOS_SCF_NR_FORK, args, &result);
	lane->timeout_ns = timeout_ns;
	if (ret)
		return ret;
	if (result.result < 0)
		return result.result;
	ret = nimbos_client_slot_attach(lane->slot->client, child, (__u32)result.aux,
					(__u32)(result.aux >> 32));
	return ret ? ret : result.result;
}
