// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: calls of a lane for whoever traces them in Linux.
 */
#include <stdlib.h>
#include <string.h>

#include "lane_trace.h"

static struct nimbos_call_record *last(struct nimbos_lane_trace *trace)
{
	return &trace->record[trace->count - 1];
}

/* What the client has noted of the last call, if it has: nothing of it has been checked. */
static void take_stamps(const struct nimbos_lane *lane)
{
	const struct nimbos_scf_lane *shared = lane->ring.shared;
	struct nimbos_scf_stamps *stamps = &last(lane->trace)->stamps;

	/*
	 * Pairs with the client's store in tell_stamps(). It writes the next ones when it has the
	 * response to its next request, which has not been given yet.
	 */
	if (nimbos_load_acquire(&shared->client_stamped) != lane->trace->seq)
		return;
	stamps->begin = nimbos_read(&shared->client_stamps.begin);
	stamps->queued = nimbos_read(&shared->client_stamps.queued);
	stamps->notified = nimbos_read(&shared->client_stamps.notified);
	stamps->resumed = nimbos_read(&shared->client_stamps.resumed);
}

void nimbos_trace_taken(struct nimbos_lane *lane, const struct nimbos_scf_req *req)
{
	struct nimbos_lane_trace *trace = lane->trace;
	uint64_t now = nimbos_cycles();

	/* There is nobody to show it to, whatever the peer has written. */
	if (!lane->slot->transport->trace)
		return;
	if (!trace) {
		/* Calls are executed without it as well. */
		trace = calloc(1, sizeof(*trace));
		if (!trace)
			return;
		lane->trace = trace;
	}
	if (trace->count == NIMBOS_TRACE_RECORDS)
		nimbos_trace_show(lane);
	else if (trace->count)
		take_stamps(lane);
	/* Whoever takes several requests before it answers has the last one noted only. */
	if (!trace->open)
		trace->count++;
	trace->open = true;
	trace->seq = req->seq;
	*last(trace) = (struct nimbos_call_record){ .nr = req->nr, .taken = now };
	memcpy(last(trace)->args, req->args, sizeof(req->args));
}

void nimbos_trace_executed(struct nimbos_lane *lane, const struct nimbos_scf_req *req,
			   int64_t result)
{
	struct nimbos_lane_trace *trace = lane->trace;

	if (!trace->open || req->seq != trace->seq)
		return;
	last(trace)->executed = nimbos_cycles();
	last(trace)->result = result;
}

void nimbos_trace_replied(struct nimbos_lane *lane)
{
	struct nimbos_lane_trace *trace = lane->trace;

	if (!trace->open || !last(trace)->executed)
		return;
	last(trace)->replied = nimbos_cycles();
	trace->open = false;
}

void nimbos_trace_show(struct nimbos_lane *lane)
{
	struct nimbos_slot *slot = lane->slot;
	struct nimbos_lane_trace *trace = lane->trace;

	if (trace->open)
		return;
	take_stamps(lane);
	/* If that fails, they are not seen: the worker has other things to do. */
	slot->transport->trace(slot, lane->no, trace->record, trace->count);
	trace->count = 0;
}
