// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: waiting for requests and notifying of answers.
 */
#include <errno.h>

#include "../../peer/lib/nimbos_mem.h"
#include "clock.h"
#include "slot.h"
#include "lane_trace.h"
#include "uintr.h"

/* How often one looks at the ring, or whatever it is, between two looks at the clock. */
#define POLLS_PER_CLOCK 32

void nimbos_lane_init(struct nimbos_lane *lane, struct nimbos_slot *slot, unsigned int no)
{
	*lane = (struct nimbos_lane){ .slot = slot, .no = no };
	nimbos_ring_init(&lane->ring, slot->control, no, slot->info.depth);
	/* Where there is nobody to show calls to, none are noted, whatever the peer has written. */
	if (slot->transport->trace)
		lane->ring.taken = nimbos_trace_taken;
}

/* Whether the peer waits to be notified of answers; asked once, the caller must notify if so. */
static bool must_notify(struct nimbos_lane *lane)
{
	if (!lane->unflushed)
		return false;
	lane->unflushed = false;
	return nimbos_ring_need_notify(&lane->ring);
}

static int notify(struct nimbos_lane *lane)
{
	if (!must_notify(lane))
		return 0;
	if (!lane->uintr)
		return lane->slot->transport->notify(lane->slot);
	nimbos_uintr_send(lane->doorbell);
	return 0;
}

int nimbos_lane_flush(struct nimbos_lane *lane)
{
	int error = notify(lane);

	if (nimbos_trace_is_due(lane))
		nimbos_trace_show(lane);
	return error;
}

static int look_at_ring(struct nimbos_lane *lane, struct nimbos_scf_req *req)
{
	return nimbos_ring_receive(&lane->ring, req);
}

/*
 * The answer to the last request is flushed before the next one is returned, since its caller may
 * take any time over that.
 */
int nimbos_lane_receive(struct nimbos_lane *lane, struct nimbos_scf_req *req)
{
	int error = notify(lane);

	return error ? error : nimbos_ring_receive(&lane->ring, req);
}

static int look_at_thread(struct nimbos_lane *lane, struct nimbos_scf_req *req)
{
	(void)lane;
	(void)req;
	return nimbos_read(&nimbos_uintr_self.arrived) != 0;
}

/* Look until there is something, or the time is over: what was seen, or 0. */
static int poll_for(uint64_t poll_ns, int (*look)(struct nimbos_lane *, struct nimbos_scf_req *),
		    struct nimbos_lane *lane, struct nimbos_scf_req *req)
{
	uint64_t start = 0;

	for (;;) {
		for (int i = 0; i < POLLS_PER_CLOCK; i++) {
			int ret = look(lane, req);

			if (ret)
				return ret;
			nimbos_relax();
		}
		if (!start)
			start = nimbos_now_ns();
		else if (nimbos_now_ns() - start >= poll_ns)
			return 0;
	}
}

/* The next request that is taken counts as the one that it was told of. */
static int was_told(struct nimbos_lane *lane, enum nimbos_waited how)
{
	lane->waited = how;
	lane->waited_for = (uint32_t)lane->ring.received + 1;
	return 0;
}

/* Calls that nobody has been shown yet are shown when there is time for it. */
static int64_t longest_sleep(const struct nimbos_lane *lane)
{
	return nimbos_trace_is_due(lane) ? NIMBOS_TRACE_IDLE_NS : -1;
}

/*
 * Sleep until notified. With user interrupts a thread that is awake is told without the kernel, so
 * it may stay awake for a while; it is asleep for the kernel's interrupt only.
 */
static int sleep_until_notified(struct nimbos_lane *lane)
{
	struct nimbos_slot *slot = lane->slot;
	int error;

	if (lane->uintr) {
		error = notify(lane);
		if (error)
			return error;
		if (lane->spin_ns && poll_for(lane->spin_ns, look_at_thread, lane, NULL))
			return was_told(lane, NIMBOS_WAITED_UINTR);
		error = nimbos_uintr_wait(slot->fd, longest_sleep(lane));
	} else {
		error = slot->transport->wait(slot, lane->no, must_notify(lane),
					      longest_sleep(lane));
	}
	if (error == -ETIMEDOUT && lane->trace) {
		nimbos_trace_show(lane);
		return 0;
	}
	return error ? error : was_told(lane, NIMBOS_WAITED_SLEEP);
}

int nimbos_lane_wait(struct nimbos_lane *lane, struct nimbos_scf_req *req, uint64_t poll_ns)
{
	struct nimbos_slot *slot = lane->slot;
	int ret;

	if (poll_ns && !slot->single_cpu) {
		ret = notify(lane);
		if (!ret)
			ret = poll_for(poll_ns, look_at_ring, lane, req);
		if (ret)
			return ret;
	}
	for (;;) {
		ret = nimbos_ring_receive(&lane->ring, req);
		if (ret) {
			int error = notify(lane);

			return error ? error : ret;
		}
		/* What has arrived so far has told of what the ring shows from here on. */
		if (lane->uintr)
			nimbos_write(&nimbos_uintr_self.arrived, 0);
		if (nimbos_ring_prepare_sleep(&lane->ring))
			ret = sleep_until_notified(lane);
		nimbos_ring_finish_sleep(&lane->ring);
		if (ret)
			return ret;
	}
}

/* Beside the way of calls that nobody traces, which pays for one look. */
static __attribute__((noinline)) void respond_traced(struct nimbos_lane *lane,
						    const struct nimbos_scf_req *req,
						    int64_t result, uint64_t aux)
{
	nimbos_trace_executed(lane, req, result);
	nimbos_ring_respond(&lane->ring, result, aux, req->cookie);
	nimbos_trace_replied(lane);
}

void nimbos_lane_respond(struct nimbos_lane *lane, const struct nimbos_scf_req *req, int64_t result,
			 uint64_t aux)
{
	lane->unflushed = true;
	if (nimbos_trace_is_due(lane))
		respond_traced(lane, req, result, aux);
	else
		nimbos_ring_respond(&lane->ring, result, aux, req->cookie);
}

int nimbos_lane_uintr_start(struct nimbos_lane *lane, uint64_t spin_ns)
{
	struct nimbos_slot *slot = lane->slot;
	int doorbell, error;

	if (!slot->transport->uintr)
		return -EOPNOTSUPP;
	doorbell = nimbos_uintr_register_sender(slot->fd, NIMBOS_UINTR_DOORBELL, -1);
	if (doorbell < 0)
		return doorbell;
	error = nimbos_uintr_register(slot->fd, (uintptr_t)nimbos_uintr_ignore, NIMBOS_UINTR_LANE,
				      lane->no);
	if (error) {
		nimbos_uintr_unregister_sender(slot->fd, (uint32_t)doorbell);
		return error;
	}
	nimbos_uintr_enable();
	lane->uintr = true;
	lane->doorbell = (uint32_t)doorbell;
	lane->spin_ns = spin_ns;
	return 0;
}

void nimbos_lane_uintr_stop(struct nimbos_lane *lane)
{
	if (!lane->uintr)
		return;
	lane->uintr = false;
	nimbos_uintr_unregister(lane->slot->fd);
	nimbos_uintr_unregister_sender(lane->slot->fd, lane->doorbell);
}
