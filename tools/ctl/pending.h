/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: calls that have not been answered.
 */
#ifndef NIMBOS_CTL_PENDING_H
#define NIMBOS_CTL_PENDING_H

#include "call_trace.h"

/**
 * struct pending - who wants to know which calls have not been answered
 * @peer: of which peer, which is no legacy peer
 * @region: descriptor that reads as its region
 * @region_size: of that, in bytes
 * @filter: which calls are wanted; not by their peer
 * @take: is given the calls, by slot and lane, in the order in which they were submitted
 * @to: for @take
 */
struct pending {
	uint32_t peer;
	int region;
	uint64_t region_size;
	const struct call_filter *filter;
	void (*take)(const struct call_event *event, void *to);
	void *to;
};

/**
 * pending_calls() - take a peer's calls that have not been answered at this moment
 * @pending: who wants to know
 *
 * Calls that come or go during this may be missing. The peer writes the memory that is read here:
 * what makes no sense in a ring is no call.
 *
 * Return: 0, or a negative errno, with the calls of all slots that could be read: -EPROTO if the
 * board makes no sense, as a whole or in a slot's entry; -ENODATA if the peer's memory ends before.
 */
int pending_calls(const struct pending *pending);

#endif /* NIMBOS_CTL_PENDING_H */
