/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: a lane's rings, the server's side. For a worker that serves one lane:
 *
 *	for (;;) {
 *		while ((ret = nimbos_ring_receive(ring, &req)) == 1) {
 *			execute the call;
 *			nimbos_ring_respond(ring, result, aux, req.cookie);
 *			if (nimbos_ring_need_notify(ring))
 *				ring the peer's doorbell;
 *		}
 *		if (ret < 0)
 *			the lane has failed;
 *		if (polled for long enough) {
 *			if (nimbos_ring_prepare_sleep(ring))
 *				wait on the device;
 *			nimbos_ring_finish_sleep(ring);
 *		}
 *	}
 *
 * One thread at a time. A ring object must be kept as long as its slot lives, also while no worker
 * serves the lane: the next worker goes on where the last one stopped.
 */
#ifndef NIMBOS_RING_H
#define NIMBOS_RING_H

#include <stdbool.h>

#include <linux/nimbos_scf.h>

/**
 * struct nimbos_ring - a lane as its server knows it; private
 * @shared: the lane in shared memory
 * @rsps: the ring of responses
 * @received: requests ever received; the low half is the number of the next
 * @responded: responses ever given; the low half is the number of the next
 * @depth: entries in each of the rings
 * @need: the last value stored in @server_need
 * @answered: the last value of @client_need that was answered by a notification
 * @failed: the client wrote what it must not
 * @taken: called for each request that is received while somebody traces calls; NULL for nobody
 */
struct nimbos_ring {
	struct nimbos_scf_lane *shared;
	struct nimbos_scf_rsp *rsps;
	__u64 received;
	__u64 responded;
	__u32 depth;
	__u32 need;
	__u32 answered;
	bool failed;
	void (*taken)(struct nimbos_ring *ring, const struct nimbos_scf_req *req);
};

/**
 * nimbos_ring_init() - a lane of a slot that was just given out
 * @ring: memory for the object
 * @control: the slot's control area, all zero but for its head and its lanes' @trace
 * @lane: number of the lane
 * @depth: entries in each ring, as the slot was made, not as shared memory says
 */
void nimbos_ring_init(struct nimbos_ring *ring, struct nimbos_scf_slot *control, __u32 lane,
		      __u32 depth);

/**
 * nimbos_ring_receive() - take the next request
 * @ring: the lane
 * @req: where its copy goes; nothing in it has been checked, and nothing in it changes any more
 *
 * Return: 1 with a request, 0 without, -EPROTO if the client has written a sequence number that is
 * neither the next nor the last of that entry, or has more requests without a response than the
 * ring is deep. The lane is of no further use then, and this is what it returns from then on.
 *
 * With a request, and while @trace of the lane is set, which the client can do as well, @taken is
 * called before this returns. It must not receive, nor respond.
 */
int nimbos_ring_receive(struct nimbos_ring *ring, struct nimbos_scf_req *req);

/**
 * nimbos_ring_respond() - answer a request
 * @ring: the lane
 * @result: what the call returned, or a negative errno
 * @aux: its second result, or 0
 * @cookie: the request's
 *
 * Exactly once for every request that was received. A client that polls sees it at once; after one
 * or several, nimbos_ring_need_notify() says whether it sleeps.
 */
void nimbos_ring_respond(struct nimbos_ring *ring, __s64 result, __u64 aux, __u64 cookie);

/**
 * nimbos_ring_need_notify() - whether the client sleeps and has not been notified yet
 * @ring: the lane
 *
 * A full barrier. The caller notifies the peer if this returns true; it will not return true again
 * before the client has slept again.
 */
bool nimbos_ring_need_notify(struct nimbos_ring *ring);

/**
 * nimbos_ring_prepare_sleep() - tell the client that it must notify from now on
 * @ring: the lane
 *
 * A full barrier. nimbos_ring_finish_sleep() must follow, whether or not the caller has slept.
 *
 * Return: whether the ring is empty, so that the caller may sleep until it is notified.
 */
bool nimbos_ring_prepare_sleep(struct nimbos_ring *ring);

/**
 * nimbos_ring_finish_sleep() - tell the client that it need not notify any more
 * @ring: the lane
 */
void nimbos_ring_finish_sleep(struct nimbos_ring *ring);

#endif /* NIMBOS_RING_H */
