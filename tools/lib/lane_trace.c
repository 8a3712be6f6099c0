// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: calls of a lane for whoever traces them in Linux.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lane_trace.h"

static struct nimbos_call_record *last(struct nimbos_lane_trace *trace)
{
	return &trace->record[trace->count - 1];
}

static void set_count(struct nimbos_lane *lane, unsigned int count)
{
	lane->trace->count = count;
	/* The worker looks at it without the lock, and takes that if it is set. */
	nimbos_write(&lane->noted, count != 0);
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

static struct nimbos_lane_trace *make_trace(void)
{
	struct nimbos_lane_trace *trace = calloc(1, sizeof(*trace));

	if (trace)
		pthread_mutex_init(&trace->lock, NULL);
	return trace;
}

/* What is open stays, until it is answered. */
static void show(struct nimbos_lane *lane)
{
	struct nimbos_slot *slot = lane->slot;
	struct nimbos_lane_trace *trace = lane->trace;
	unsigned int answered = trace->count - trace->open;

	if (!answered)
		return;
	if (!trace->open)
		take_stamps(lane);
	/* If that fails, they are not seen: the worker has other things to do. */
	slot->transport->trace(slot, lane->no, trace->record, answered);
	if (trace->open)
		trace->record[0] = trace->record[answered];
	set_count(lane, trace->open);
}

void nimbos_trace_taken(struct nimbos_ring *ring, const struct nimbos_scf_req *req)
{
	uint64_t now = nimbos_cycles();
	struct nimbos_lane *lane =
		(struct nimbos_lane *)((char *)ring - offsetof(struct nimbos_lane, ring));
	struct nimbos_lane_trace *trace = lane->trace;

	if (!trace) {
		/* Calls are executed without it as well. */
		trace = make_trace();
		if (!trace)
			return;
		/* Pairs with the load in nimbos_slot_trace_flush(). */
		nimbos_store_release(&lane->trace, trace);
	}
	pthread_mutex_lock(&trace->lock);
	if (trace->count == NIMBOS_TRACE_RECORDS)
		show(lane);
	else if (trace->count)
		take_stamps(lane);
	/* Whoever takes several requests before it answers has the last one noted only. */
	if (!trace->open)
		set_count(lane, trace->count + 1);
	trace->open = true;
	trace->seq = req->seq;
	*last(trace) = (struct nimbos_call_record){
		.nr = req->nr,
		.waited = req->seq == lane->waited_for ? lane->waited : NIMBOS_WAITED_POLL,
		.taken = now,
	};
	memcpy(last(trace)->args, req->args, sizeof(req->args));
	pthread_mutex_unlock(&trace->lock);
}

void nimbos_trace_executed(struct nimbos_lane *lane, const struct nimbos_scf_req *req,
			   int64_t result)
{
	struct nimbos_lane_trace *trace = lane->trace;
	uint64_t now = nimbos_cycles();

	pthread_mutex_lock(&trace->lock);
	if (!trace->open || req->seq != trace->seq)
		return;
	last(trace)->executed = now;
	last(trace)->result = result;
}

void nimbos_trace_replied(struct nimbos_lane *lane)
{
	struct nimbos_lane_trace *trace = lane->trace;

	if (trace->open && last(trace)->executed) {
		last(trace)->replied = nimbos_cycles();
		trace->open = false;
	}
	pthread_mutex_unlock(&trace->lock);
}

void nimbos_trace_show(struct nimbos_lane *lane)
{
	pthread_mutex_lock(&lane->trace->lock);
	show(lane);
	pthread_mutex_unlock(&lane->trace->lock);
}

void nimbos_slot_trace_flush(struct nimbos_slot *slot)
{
	for (unsigned int i = 0; i < slot->info.lanes; i++) {
		/* Pairs with the store in nimbos_trace_taken(). */
		if (nimbos_load_acquire(&slot->lane[i].trace))
			nimbos_trace_show(&slot->lane[i]);
	}
}
