/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: peers, slots and lanes, for programs in Linux.
 *
 * Functions return 0 or more, or a negative errno; what an ioctl's errors mean is told in
 * linux/nimbos.h, and in words by nimbos_strerror(). Functions on one slot or one lane may be
 * called by one thread at a time; different lanes of a slot are independent of each other.
 */
#ifndef NIMBOS_NIMBOS_H
#define NIMBOS_NIMBOS_H

#include <stdint.h>

#include <linux/nimbos.h>
#include <linux/nimbos_scf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library is built with hidden symbols; what is declared here is what it exports. */
#pragma GCC visibility push(default)

/**
 * nimbos_open() - open the device
 * @path: its path; NULL for NIMBOS_DEVICE
 *
 * Return: a descriptor that is closed on exec, or a negative errno of open(2).
 */
int nimbos_open(const char *path);

/**
 * nimbos_query() - what there is to know of a peer
 * @dev: descriptor of the device
 * @peer: which peer, 0 to NIMBOS_MAX_PEERS - 1
 * @query: filled in
 *
 * Return: 0, or an error of NIMBOS_IOC_QUERY.
 */
int nimbos_query(int dev, unsigned int peer, struct nimbos_query *query);

/**
 * nimbos_peer_load() - give a peer its memory and an image
 * @dev: descriptor of the device
 * @load: what NIMBOS_IOC_PEER_LOAD takes, but for @size, @image and @image_size
 * @image: path of the flat image
 *
 * Return: 0, or an error of NIMBOS_IOC_PEER_LOAD, or of open(2) and mmap(2) for @image; -EISDIR
 * if it is a directory, -EINVAL if it is no regular file either, -ENODATA if it is empty. Sleeps.
 */
int nimbos_peer_load(int dev, const struct nimbos_peer_load *load, const char *image);

/**
 * nimbos_peer_start() - start a loaded peer on a CPU
 * @dev: descriptor of the device
 * @start: what NIMBOS_IOC_PEER_START takes, but for @size
 *
 * Return: 0, or an error of NIMBOS_IOC_PEER_START. Sleeps until the peer is up.
 */
int nimbos_peer_start(int dev, const struct nimbos_peer_start *start);

/**
 * nimbos_peer_stop() - stop a peer and give its CPU back
 * @dev: descriptor of the device
 * @peer: which peer
 *
 * Return: 0, or an error of NIMBOS_IOC_PEER_STOP. Sleeps.
 */
int nimbos_peer_stop(int dev, unsigned int peer);

/**
 * nimbos_peer_unload() - let a peer's memory go
 * @dev: descriptor of the device
 * @peer: which peer
 *
 * Return: 0, or an error of NIMBOS_IOC_PEER_UNLOAD. Sleeps.
 */
int nimbos_peer_unload(int dev, unsigned int peer);

/**
 * nimbos_strerror() - what an error of an ioctl means and what to do about it
 * @cmd: which ioctl: NIMBOS_CMD_*
 * @error: the error, positive or negative
 *
 * Return: a sentence without a full stop, never NULL; strerror(3)'s text if linux/nimbos.h says
 * nothing of this error.
 */
const char *nimbos_strerror(unsigned int cmd, int error);

/**
 * nimbos_peer_state_name() - a word for enum nimbos_peer_state
 * @state: the state
 *
 * Return: a word, never NULL.
 */
const char *nimbos_peer_state_name(unsigned int state);

/**
 * nimbos_uintr_state_name() - enum nimbos_uintr_state in words
 * @state: the state
 *
 * Return: "available", or what is missing; never NULL.
 */
const char *nimbos_uintr_state_name(unsigned int state);

/* A process of a peer, and one of its threads, as the Linux side sees them. */
struct nimbos_slot;
struct nimbos_lane;

/**
 * nimbos_slot_open() - take a slot and map it
 * @dev: descriptor of the device that has no slot yet; belongs to the slot afterwards
 * @shape: what NIMBOS_IOC_SLOT_ALLOC takes: @peer, @lanes, @depth, @window_size, @window_va
 * @slot: out: the slot
 *
 * The window is mapped at its address and has memory on both sides that nobody can touch, so that
 * an access beyond its ends cannot hit anything else. No mapping is inherited by fork(2).
 *
 * Return: 0, or an error of NIMBOS_IOC_SLOT_ALLOC or mmap(2); -EEXIST if something else lies
 * where the window should. On error @dev is still the caller's, but may have a slot.
 */
int nimbos_slot_open(int dev, const struct nimbos_slot_alloc *shape, struct nimbos_slot **slot);

/**
 * nimbos_slot_close() - let a slot go
 * @slot: the slot; no lane of it is used any more
 *
 * Unmaps it, closes its descriptor and frees the object.
 */
void nimbos_slot_close(struct nimbos_slot *slot);

/**
 * nimbos_slot_forget() - in the child of a fork(2), let go of the parent's slot
 * @slot: the slot of the parent
 *
 * As nimbos_slot_close(), except that there is nothing to unmap. Does not touch the parent's slot.
 */
void nimbos_slot_forget(struct nimbos_slot *slot);

/**
 * nimbos_slot_info() - number, epoch and shape of a slot
 * @slot: the slot
 *
 * Return: what NIMBOS_IOC_SLOT_ALLOC answered.
 */
const struct nimbos_slot_alloc *nimbos_slot_info(const struct nimbos_slot *slot);

/**
 * nimbos_slot_fd() - the slot's descriptor
 * @slot: the slot
 *
 * Return: a descriptor for poll(2): POLLHUP when the slot has died.
 */
int nimbos_slot_fd(const struct nimbos_slot *slot);

/**
 * nimbos_slot_window() - the slot's window
 * @slot: the slot
 *
 * Return: its address; its size is in nimbos_slot_info().
 */
void *nimbos_slot_window(const struct nimbos_slot *slot);

/**
 * nimbos_slot_control() - the slot's control area
 * @slot: the slot
 *
 * Return: its address; its size is in nimbos_slot_info(). Touching it, or the window, raises
 * SIGBUS once the slot has died.
 */
void *nimbos_slot_control(const struct nimbos_slot *slot);

/**
 * nimbos_slot_ready() - tell the peer that lane 0 is served
 * @slot: the slot
 * @features: NIMBOS_SCF_F_* offered
 * @state: NIMBOS_SCF_SERVER_READY or NIMBOS_SCF_SERVER_FORKED
 *
 * Return: 0, or an error of NIMBOS_IOC_SLOT_NOTIFY.
 */
int nimbos_slot_ready(struct nimbos_slot *slot, uint64_t features, uint32_t state);

/**
 * nimbos_slot_eventfd() - have an eventfd signalled whenever the peer notifies a lane
 * @slot: the slot
 * @lane: which lane
 * @fd: the eventfd; -1 for none any more
 *
 * Return: 0, or an error of NIMBOS_IOC_SLOT_EVENTFD.
 */
int nimbos_slot_eventfd(struct nimbos_slot *slot, unsigned int lane, int fd);

/**
 * nimbos_slot_lane() - a lane of a slot
 * @slot: the slot
 * @lane: which lane
 *
 * Return: the lane, which lasts as long as the slot; NULL if there is no such lane.
 */
struct nimbos_lane *nimbos_slot_lane(struct nimbos_slot *slot, unsigned int lane);

/**
 * nimbos_lane_receive() - take the next request if there is one
 * @lane: the lane
 * @req: where its copy goes; its contents are the peer's and have not been checked
 *
 * Return: 1 with a request, 0 without, -EPROTO if the peer has broken the ring's rules: the lane
 * is of no further use then; an error of NIMBOS_IOC_SLOT_NOTIFY.
 */
int nimbos_lane_receive(struct nimbos_lane *lane, struct nimbos_scf_req *req);

/**
 * nimbos_lane_wait() - wait for the next request
 * @lane: the lane
 * @req: where its copy goes
 * @poll_ns: how long to poll before sleeping, in ns; 0 not to poll, which is what a Linux with
 *	one CPU does anyway
 *
 * Sleeps until the interrupt by which the peer notifies Linux, or with nimbos_lane_uintr_start()
 * until the user interrupt.
 *
 * Return: 1 with a request, -EINTR if a signal came, -EPROTO as nimbos_lane_receive(), -ESHUTDOWN
 * if the slot has died. Sleeps.
 */
int nimbos_lane_wait(struct nimbos_lane *lane, struct nimbos_scf_req *req, uint64_t poll_ns);

/**
 * nimbos_lane_respond() - answer a request
 * @lane: the lane
 * @req: the request; exactly one answer each
 * @result: what the call returned: a value, or a negative errno
 * @aux: a second result, or 0
 *
 * A peer that polls sees it at once. A peer that sleeps is notified by the next
 * nimbos_lane_receive(), nimbos_lane_wait() or nimbos_lane_flush() on the lane, so that notifying
 * and waiting are one ioctl.
 */
void nimbos_lane_respond(struct nimbos_lane *lane, const struct nimbos_scf_req *req, int64_t result,
			 uint64_t aux);

/**
 * nimbos_lane_flush() - notify the peer of answers if it sleeps
 * @lane: the lane
 *
 * Calls that are traced, and that nobody has been shown yet, are shown: to be called before the
 * thread that serves the lane ends.
 *
 * Return: 0, or an error of NIMBOS_IOC_SLOT_NOTIFY.
 */
int nimbos_lane_flush(struct nimbos_lane *lane);

/**
 * nimbos_slot_trace_flush() - show calls that are traced and that nobody has been shown yet
 * @slot: the slot; of all its lanes
 *
 * To be called before the process ends. May be called while others serve the lanes.
 */
void nimbos_slot_trace_flush(struct nimbos_slot *slot);

/**
 * nimbos_lane_uintr_start() - wait and notify by user interrupts from now on
 * @lane: the lane
 * @spin_ns: how long to wait awake for one before sleeping, in ns; 0 not to
 *
 * For the calling thread, which is the only one that uses the lane until nimbos_lane_uintr_stop().
 * While it is awake, the peer notifies it, and it notifies the peer, without the kernel. Not in a
 * signal handler; the thread has no handler for user interrupts of its own.
 *
 * Return: 0, or an error of NIMBOS_IOC_UINTR_REGISTER_HANDLER or _SENDER: the lane works as before.
 * -EOPNOTSUPP if there are none here, of which NIMBOS_IOC_QUERY says more, or if the peer has not
 * accepted both features of NIMBOS_SCF_F_UPID.
 */
int nimbos_lane_uintr_start(struct nimbos_lane *lane, uint64_t spin_ns);

/**
 * nimbos_lane_uintr_stop() - go back to what was before nimbos_lane_uintr_start()
 * @lane: the lane; nothing happens if that was not called, or has failed
 *
 * For the thread that called it, which may also just exit if nobody uses the lane any more.
 */
void nimbos_lane_uintr_stop(struct nimbos_lane *lane);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* NIMBOS_NIMBOS_H */
