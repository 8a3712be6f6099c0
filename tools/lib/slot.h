/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: what a slot is made of. A transport says how its memory was got, and how the two sides
 * notify each other; everything above is the same for all transports.
 */
#ifndef NIMBOS_SLOT_H
#define NIMBOS_SLOT_H

#include <stdbool.h>

#include "nimbos/nimbos.h"
#include "nimbos_ring.h"

struct nimbos_lane_trace;
struct nimbos_slot;

/**
 * struct nimbos_transport - how the sides of a slot notify each other
 * @announce: tell the peer that the slot is ready; once. 0 or a negative errno
 * @wait: sleep until the peer has notified @lane since the last wait on it; with @notify, notify
 *	the peer first. 0, or -EINTR, or -ESHUTDOWN when the slot has died; or -ETIMEDOUT after
 *	@timeout_ns, which is negative, for ever, unless there is a @trace
 * @notify: notify the peer. 0, or -ESHUTDOWN
 * @eventfd: as NIMBOS_IOC_SLOT_EVENTFD
 * @trace: as NIMBOS_IOC_SLOT_TRACE; NULL where nobody traces calls
 * @close: close what belongs to the transport and free the slot
 * @uintr: the slot's @fd takes the ioctls of user interrupts
 */
struct nimbos_transport {
	int (*announce)(struct nimbos_slot *slot);
	int (*wait)(struct nimbos_slot *slot, unsigned int lane, bool notify, int64_t timeout_ns);
	int (*notify)(struct nimbos_slot *slot);
	int (*eventfd)(struct nimbos_slot *slot, unsigned int lane, int fd);
	int (*trace)(struct nimbos_slot *slot, unsigned int lane,
		     const struct nimbos_call_record *records, unsigned int count);
	void (*close)(struct nimbos_slot *slot);
	bool uintr;
};

/**
 * struct nimbos_lane - a lane, used by one worker
 * @ring: its rings
 * @slot: its slot
 * @no: its number
 * @unflushed: there are answers after which nobody has looked whether the peer sleeps
 * @uintr: its worker waits and notifies by user interrupts
 * @doorbell: with @uintr: what nimbos_uintr_send() takes to notify the peer
 * @spin_ns: with @uintr: how long its worker waits for one before it sleeps, in ns
 * @waited: how its worker last came to be told of something
 * @waited_for: @seq of the next request then
 * @noted: there are calls in @trace
 * @trace: calls that are to be shown to who traces them; NULL until there was one
 */
struct nimbos_lane {
	struct nimbos_ring ring;
	struct nimbos_slot *slot;
	unsigned int no;
	bool unflushed;
	bool uintr;
	uint32_t doorbell;
	uint64_t spin_ns;
	enum nimbos_waited waited;
	uint32_t waited_for;
	uint32_t noted;
	struct nimbos_lane_trace *trace;
} __attribute__((aligned(128)));

/**
 * struct nimbos_slot - a slot, mapped
 * @transport: how to notify
 * @info: as NIMBOS_IOC_SLOT_ALLOC answered
 * @fd: reports POLLHUP when the slot has died
 * @single_cpu: Linux has one CPU, on which polling would keep the peer's messenger away
 * @control: the control area
 * @window: the window
 * @lane: the lanes
 */
struct nimbos_slot {
	const struct nimbos_transport *transport;
	struct nimbos_slot_alloc info;
	int fd;
	bool single_cpu;
	struct nimbos_scf_slot *control;
	void *window;
	struct nimbos_lane *lane;
};

/**
 * nimbos_lane_init() - a lane of a slot that was just given out
 * @lane: memory for the object
 * @slot: its slot: @transport, @info and @control are set
 * @no: its number
 */
void nimbos_lane_init(struct nimbos_lane *lane, struct nimbos_slot *slot, unsigned int no);

/**
 * nimbos_slot_map() - map a slot's memory and make its lanes
 * @slot: the slot: @transport, @info and @fd are set, the rest is zero
 * @memory: descriptor to map, at the offsets in @info
 *
 * Return: 0, or a negative errno, with nothing left behind.
 */
int nimbos_slot_map(struct nimbos_slot *slot, int memory);

#endif /* NIMBOS_SLOT_H */
