// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: the ways in which the two sides of a call can wait for each other.
 */
#include "guest.h"

/* A shadow that takes user interrupts stays awake for them. */
const struct way ways[NR_WAYS] = {
	[WAY_POLL] = { "poll", "--wait=poll", "poll", true },
	[WAY_UINTR] = { "uintr", "--wait=uintr --poll-us=60000000", "irq", false },
	[WAY_IRQ] = { "irq", "--wait=irq --poll-us=0", "irq", false },
};

int run_way(const struct way *way, const int cpus[2], unsigned int calls)
{
	int ret;

	if (start_peer(cpus[1]) || (way->polled && set_third_cpu(true)))
		return -1;
	ret = run("nimbos-shadow %s steady %u %s > /dev/null", way->shadow, calls, way->peer);
	if (way->polled && set_third_cpu(false))
		ret = -1;
	return stop_peer() ? -1 : ret;
}
