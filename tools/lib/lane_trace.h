/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: calls of a lane for whoever traces them in Linux.
 *
 * They are noted one by one, and shown several at once, or when the worker has had nothing to do
 * for a while, so that who is traced is hardly slower: of a busy worker's calls, one in
 * NIMBOS_TRACE_RECORDS waits until the others have been shown. When the peer's thread had the
 * response to a call is known only when the next request comes, or later: until then the call is
 * not complete.
 */
#ifndef NIMBOS_LANE_TRACE_H
#define NIMBOS_LANE_TRACE_H

#include <pthread.h>

#include "../../peer/lib/nimbos_mem.h"
#include "slot.h"

/* How long a worker has had nothing to do when it shows what it has noted. */
#define NIMBOS_TRACE_IDLE_NS 20000000

/**
 * struct nimbos_lane_trace - calls that have not been shown
 * @lock: protects all else, and writes to the lane's @noted: beside the lane's worker, who ends
 *	the process shows its calls. It is held while a response is put into the ring: whoever has
 *	seen that finds the call complete
 * @count: how many
 * @seq: of the last one: @seq of its request
 * @open: the last one has not been answered
 * @record: the calls
 */
struct nimbos_lane_trace {
	pthread_mutex_t lock; /* see above */
	unsigned int count;
	uint32_t seq;
	bool open;
	struct nimbos_call_record record[NIMBOS_TRACE_RECORDS];
};

/* Whether there is something to show, or to complete. */
static inline bool nimbos_trace_is_due(const struct nimbos_lane *lane)
{
	return NIMBOS_TRACEABLE && __builtin_expect(nimbos_is_set(&lane->noted), 0);
}

/**
 * nimbos_trace_taken() - note a call, now that its request has been taken
 * @ring: that of the lane
 * @req: the request
 */
void nimbos_trace_taken(struct nimbos_ring *ring, const struct nimbos_scf_req *req);

/**
 * nimbos_trace_executed() - note that a call has been executed
 * @lane: the lane, with something to complete; its trace is locked until nimbos_trace_replied()
 * @req: its request
 * @result: what the call returned
 */
void nimbos_trace_executed(struct nimbos_lane *lane, const struct nimbos_scf_req *req,
			   int64_t result);

/**
 * nimbos_trace_replied() - note that the response is in the ring
 * @lane: the lane, after nimbos_trace_executed()
 */
void nimbos_trace_replied(struct nimbos_lane *lane);

/**
 * nimbos_trace_show() - show all calls that have been noted and answered
 * @lane: the lane, with something to show
 */
void nimbos_trace_show(struct nimbos_lane *lane);

#endif /* NIMBOS_LANE_TRACE_H */
