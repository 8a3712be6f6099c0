// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: waiting for requests and notifying of answers.
 */
#include <errno.h>
#include <time.h>

#include "../../peer/lib/nimbos_mem.h"
#include "slot.h"

/* How often the ring is looked at between two looks at the clock. */
#define POLLS_PER_CLOCK 32

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Whether the peer waits to be notified of answers; asked once, the caller must notify if so. */
static bool must_notify(struct nimbos_lane *lane)
{
	if (!lane->unflushed)
		return false;
	lane->unflushed = false;
	return nimbos_ring_need_notify(&lane->ring);
}

int nimbos_lane_flush(struct nimbos_lane *lane)
{
	return must_notify(lane) ? lane->slot->transport->notify(lane->slot) : 0;
}

/*
 * The answer to the last request is flushed before the next one is returned, since its caller may
 * take any time over that.
 */
int nimbos_lane_receive(struct nimbos_lane *lane, struct nimbos_scf_req *req)
{
	int error = nimbos_lane_flush(lane);

	return error ? error : nimbos_ring_receive(&lane->ring, req);
}

static int poll_ring(struct nimbos_lane *lane, struct nimbos_scf_req *req, uint64_t poll_ns)
{
	uint64_t start = 0;

	for (;;) {
		for (int i = 0; i < POLLS_PER_CLOCK; i++) {
			int ret = nimbos_ring_receive(&lane->ring, req);

			if (ret)
				return ret;
			nimbos_relax();
		}
		if (!start)
			start = now_ns();
		else if (now_ns() - start >= poll_ns)
			return 0;
	}
}

int nimbos_lane_wait(struct nimbos_lane *lane, struct nimbos_scf_req *req, uint64_t poll_ns)
{
	struct nimbos_slot *slot = lane->slot;
	int ret;

	if (poll_ns && !slot->single_cpu) {
		ret = nimbos_lane_flush(lane);
		if (!ret)
			ret = poll_ring(lane, req, poll_ns);
		if (ret)
			return ret;
	}
	for (;;) {
		ret = nimbos_ring_receive(&lane->ring, req);
		if (ret) {
			int error = nimbos_lane_flush(lane);

			return error ? error : ret;
		}
		if (nimbos_ring_prepare_sleep(&lane->ring))
			ret = slot->transport->wait(slot, lane->no, must_notify(lane));
		nimbos_ring_finish_sleep(&lane->ring);
		if (ret)
			return ret;
	}
}

void nimbos_lane_respond(struct nimbos_lane *lane, const struct nimbos_scf_req *req, int64_t result,
			 uint64_t aux)
{
	nimbos_ring_respond(&lane->ring, result, aux, req->cookie);
	lane->unflushed = true;
}
