// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench guest: many slots, all in use.
 *
 * Each has a process of the peer that runs "cat" and is blocked in a read. A shadow of their own
 * for all of them would take more memory than a guest has: here one process has all slots, tells
 * each program its name and leaves every other call unanswered.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/nimbos/nimbos.h"
#include "guest.h"

#define WINDOW_SIZE 0x40000
/* One window after another, with room between them for what nobody may touch. */
#define WINDOW_VA(i) (NIMBOS_SCF_WINDOW_VA + ((uint64_t)(i) + 1) * 0x10000000)
#define LANES 16
#define DEPTH 64
#define TIMEOUT_MS 20000

static const char program[] = "cat";

static struct nimbos_slot *held[NIMBOS_SCF_MAX_SLOTS];
static unsigned int nr_held;

static int complain(const char *what, int error)
{
	fprintf(stderr, "nimbos-bench: slot %u of those to be held: %s: %s\n", nr_held, what,
		strerror(-error));
	return -1;
}

static int next_request(struct nimbos_slot *slot, struct nimbos_scf_req *req)
{
	return nimbos_lane_wait(nimbos_slot_lane(slot, 0), req, 0);
}

/* Until the program is blocked in a read. */
static int serve(struct nimbos_slot *slot)
{
	struct nimbos_lane *lane = nimbos_slot_lane(slot, 0);
	struct nimbos_scf_req req;
	int ret;

	ret = next_request(slot, &req);
	if (ret < 0)
		return ret;
	if (req.nr != NIMBOS_SCF_NR_PROCINFO || req.args[1] < sizeof(program) ||
	    req.args[0] < (uintptr_t)nimbos_slot_window(slot) ||
	    req.args[0] > (uintptr_t)nimbos_slot_window(slot) + WINDOW_SIZE - sizeof(program))
		return -EPROTO;
	memcpy((void *)(uintptr_t)req.args[0], program, sizeof(program));
	nimbos_lane_respond(lane, &req, sizeof(program), 0);
	ret = next_request(slot, &req);
	if (ret < 0)
		return ret;
	return req.nr ? -EPROTO : 0;
}

static int hold_one_more(void)
{
	struct nimbos_slot_alloc shape = {
		.lanes = LANES,
		.depth = DEPTH,
		.window_size = WINDOW_SIZE,
		.window_va = WINDOW_VA(nr_held),
	};
	int dev = nimbos_open(NULL);
	int ret;

	if (dev < 0)
		return complain(NIMBOS_DEVICE, dev);
	ret = nimbos_slot_open(dev, &shape, &held[nr_held]);
	if (ret) {
		close(dev);
		return complain(nimbos_strerror(NIMBOS_CMD_SLOT_ALLOC, ret), ret);
	}
	ret = nimbos_slot_ready(held[nr_held], 0, NIMBOS_SCF_SERVER_READY);
	if (!ret)
		ret = serve(held[nr_held]);
	nr_held++;
	return ret ? complain("its program did not come to its read", ret) : 0;
}

/* The peer lets go of slots when it finds the time. What is measured next must not pay for it. */
static int wait_for_peer(void)
{
	struct nimbos_query query;
	int dev = nimbos_open(NULL);
	unsigned int i;

	if (dev < 0)
		return complain(NIMBOS_DEVICE, dev);
	for (i = 0; i < TIMEOUT_MS; i++) {
		nimbos_query(dev, 0, &query);
		if (!query.slots_dying)
			break;
		poll(NULL, 0, 1);
	}
	close(dev);
	return query.slots_dying ? complain("the peer does not let go of it", -ETIMEDOUT) : 0;
}

int hold_slots(unsigned int n)
{
	if (n < nr_held) {
		while (nr_held > n)
			nimbos_slot_close(held[--nr_held]);
		return wait_for_peer();
	}
	while (nr_held < n)
		if (hold_one_more())
			return -1;
	return 0;
}
