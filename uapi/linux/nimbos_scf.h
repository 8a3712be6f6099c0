/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * nimbos: system-call forwarding (SCF) version 3, the shared memory between Linux and a peer
 * kernel.
 *
 * A *region* is physically contiguous memory that belongs to one peer:
 *
 *	base                                                              base + size
 *	| private: image, data | arena: control areas, windows | UPIDs | board | peer area |
 *
 * The *board* is written by nimbos.ko alone and the *peer area* by the peer alone; the *UPIDs* are
 * written by both sides and by processors. None of them is ever mapped into user space. A *slot*
 * is one process of the peer paired with one shadow process in Linux: a control area, which both
 * of them write, and a window, the memory that pointers in requests may name. A *lane* is one
 * thread of the peer paired with one worker of the shadow: a ring of requests and a ring of
 * responses.
 *
 * Nobody writes to a cache line that the other side writes; every word has one writer. Lines that
 * two sides write in turn lie in different 128-byte pairs, since processors fetch lines by pairs.
 *
 * Rings. Both rings of a lane have the same depth, a power of two. Entry number n (counted from 0,
 * modulo 2^32) lives at index n & (depth - 1) and is valid once its @seq equals n + 1, which the
 * producer stores last, with release order; the consumer loads @seq with acquire order. There are
 * no shared indexes. A client may have at most @depth requests without a response: that credit
 * alone guarantees that neither ring is overrun, because every request has exactly one response,
 * and a response that the client has consumed frees both its own entry and one request entry. A
 * polled call thus moves two cache lines: the request's and the response's.
 *
 * Sleeping. Each side has a @need word in each lane. A consumer that is about to sleep stores a new
 * odd value, executes a full barrier, looks at its ring once more, and sleeps only if that is
 * empty; awake again, it stores an even value. A producer that has stored a @seq executes a full
 * barrier and loads the other side's @need; if it is odd and not the value that it answered last,
 * it notifies, once. Values only ever grow (modulo 2^32), so that a new sleep is a new value.
 * Whoever is notified wakes up, whether or not its ring is empty: the notification may be for an
 * entry that it had taken before it slept, and the next comes only for a new value. All lanes of a
 * slot share the peer's doorbell; so that the peer knows whom to wake, the server stores the value
 * that it answers in @server_answered before it notifies.
 *
 * Notifications. A peer notifies Linux by adding one to the lane's @kick word in the slot's control
 * area, executing a full barrier, loading the slot's @route, and sending that vector to that APIC
 * ID. nimbos.ko stores a new @route before it executes a full barrier and looks at all @kick words;
 * so a notification is seen either way when Linux moves the interrupt. Linux notifies the peer by
 * adding one to @slot_kick on the board and sending the peer's doorbell vector to the peer's CPU.
 *
 * User interrupts. A worker of the shadow may receive Intel's user interrupts: then its lane has a
 * UPID, whose index is @lane_upid on the board. A peer that has accepted NIMBOS_SCF_F_LANE_UPID
 * loads the index after the same full barrier, and if it is not 0, posts NIMBOS_SCF_LANE_VECTOR to
 * that UPID in place of the kick and the interrupt: by SENDUIPI, or by hand, see struct
 * nimbos_scf_upid. In the other direction, the shadow's workers may post the vector
 * NIMBOS_SCF_DOORBELL_VECTOR(slot) to UPID 0 in place of the raised @slot_kick, if the peer has
 * accepted NIMBOS_SCF_F_DOORBELL_UPID. Its notification is the peer's ordinary doorbell interrupt,
 * whose handler clears ON, then takes PIR, then looks at its slots: in another order notifications
 * stop for ever.
 *
 * Tracing. While somebody in Linux traces calls, @trace of each lane is not 0, and both sides note
 * when a call passes them, in cycles of the time-stamp counter. The client tells the server by
 * @client_stamps, once it has the response; a client that does not is served all the same.
 *
 * Lifetime. A slot's @epoch on the board is odd while it lives and even when it is dead or free. It
 * is raised when the slot is given out and when its shadow is gone. A peer that sees an even epoch
 * must stop using the slot, then store that epoch in its @ack_epoch and notify through
 * @event_route; only then is the slot's memory used again.
 */
#ifndef _UAPI_LINUX_NIMBOS_SCF_H
#define _UAPI_LINUX_NIMBOS_SCF_H

#if defined(__KERNEL__) || defined(__linux__)
#include <linux/types.h>
#else
#include <stdint.h>
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int64_t __s64;
#endif

#ifdef __cplusplus
#define NIMBOS_SCF_ASSERT(cond) static_assert(cond, #cond)
#else
#define NIMBOS_SCF_ASSERT(cond) _Static_assert(cond, #cond)
#endif
#define NIMBOS_SCF_AT(type, member, offset) \
	NIMBOS_SCF_ASSERT(__builtin_offsetof(struct type, member) == (offset))

#define NIMBOS_SCF_VERSION 3

#define NIMBOS_SCF_BOARD_MAGIC 0x4453424eU /* "NBSD" */
#define NIMBOS_SCF_PEER_MAGIC 0x5250424eU /* "NBPR" */
#define NIMBOS_SCF_SLOT_MAGIC 0x4c53424eU /* "NBSL" */

#define NIMBOS_SCF_MAX_SLOTS 256
#define NIMBOS_SCF_MAX_LANES 64
#define NIMBOS_SCF_MIN_DEPTH 2
#define NIMBOS_SCF_MAX_DEPTH 1024

/*
 * Feature bits. The board and the slot's server line offer a set, the peer area and the slot's
 * client line accept a subset of it; what both have is in force. Unknown bits are ignored.
 */
#define NIMBOS_SCF_F_PRIORITY (1ULL << 0) /* requests carry a priority that the worker takes over */
#define NIMBOS_SCF_F_FORK (1ULL << 1) /* NIMBOS_SCF_NR_FORK is served */
#define NIMBOS_SCF_F_LANE_UPID (1ULL << 2) /* the peer posts to the UPIDs of lanes that have one */
#define NIMBOS_SCF_F_DOORBELL_UPID (1ULL << 3) /* Linux may post to the peer's doorbell UPID */
/* What every transport offers; and what needs processors with user interrupts on both sides. */
#define NIMBOS_SCF_F_ALL (NIMBOS_SCF_F_PRIORITY | NIMBOS_SCF_F_FORK)
#define NIMBOS_SCF_F_UPID (NIMBOS_SCF_F_LANE_UPID | NIMBOS_SCF_F_DOORBELL_UPID)

/**
 * struct nimbos_scf_req - one request, one cache line, written by the client
 * @args: the call's arguments, as the x86-64 system-call ABI has them; pointers are addresses in
 *	the slot's window
 * @cookie: the client's, returned with the response
 * @nr: a Linux x86-64 system-call number, or one of enum nimbos_scf_nr
 * @prio: priority of the calling thread: 0 for none, else 1 to 99, higher is more urgent, as in
 *	SCHED_FIFO
 * @flags: 0
 * @seq: number of this request plus one; stored last, with release order
 */
struct nimbos_scf_req {
	__u64 args[6];
	__u64 cookie;
	__u16 nr;
	__u8 prio;
	__u8 flags;
	__u32 seq;
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_req) == 64);
NIMBOS_SCF_AT(nimbos_scf_req, cookie, 48);
NIMBOS_SCF_AT(nimbos_scf_req, nr, 56);
NIMBOS_SCF_AT(nimbos_scf_req, prio, 58);
NIMBOS_SCF_AT(nimbos_scf_req, flags, 59);
NIMBOS_SCF_AT(nimbos_scf_req, seq, 60);

/**
 * struct nimbos_scf_rsp - one response, half a cache line, written by the server
 * @result: what the call returned: a value, or a negative errno
 * @aux: a second result where the call has one (NIMBOS_SCF_NR_FORK), else 0
 * @cookie: the request's
 * @flags: 0
 * @seq: number of this response plus one; stored last, with release order
 *
 * Responses come in the order in which calls end. A worker executes the calls of its lane in
 * the order in which they were submitted, but no client may rely on that: it goes by @cookie.
 */
struct nimbos_scf_rsp {
	__s64 result;
	__u64 aux;
	__u64 cookie;
	__u32 flags;
	__u32 seq;
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_rsp) == 32);
NIMBOS_SCF_AT(nimbos_scf_rsp, aux, 8);
NIMBOS_SCF_AT(nimbos_scf_rsp, cookie, 16);
NIMBOS_SCF_AT(nimbos_scf_rsp, flags, 24);
NIMBOS_SCF_AT(nimbos_scf_rsp, seq, 28);

/**
 * struct nimbos_scf_stamps - when a call's client was where, in cycles of the time-stamp counter
 * @begin: it was asked to make the call
 * @queued: the request was in the ring
 * @notified: the server had been notified, if that was necessary
 * @resumed: it had the response
 */
struct nimbos_scf_stamps {
	__u64 begin;
	__u64 queued;
	__u64 notified;
	__u64 resumed;
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_stamps) == 32);

/**
 * struct nimbos_scf_lane - a lane: its head and its requests; its responses follow
 * @client_need: written by the client: odd while it sleeps and wants to hear of responses
 * @client_stamped: written by the client, with release order: @seq of the request that
 *	@client_stamps are of. They stay until the next response has been given
 * @client_stamps: written by the client, while calls are traced
 * @client_pad: 0
 * @server_need: written by the server: odd while it sleeps and wants to hear of requests
 * @server_answered: written by the server, with release order: the @client_need that it notified
 *	the peer for last
 * @trace: written by nimbos.ko: not 0 while somebody traces calls
 * @server_pad: 0
 * @reqs: the ring of requests
 *
 * @trace is where both sides look for each call: in a line that the client reads anyway, and that
 * changes only when the server sleeps or notifies.
 */
struct nimbos_scf_lane {
	__u32 client_need;
	__u32 client_stamped;
	struct nimbos_scf_stamps client_stamps;
	__u32 client_pad[22];
	__u32 server_need;
	__u32 server_answered;
	__u32 trace;
	__u32 server_pad[29];

	struct nimbos_scf_req reqs[];
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_lane) == 256);
NIMBOS_SCF_AT(nimbos_scf_lane, client_stamped, 4);
NIMBOS_SCF_AT(nimbos_scf_lane, client_stamps, 8);
NIMBOS_SCF_AT(nimbos_scf_lane, server_need, 128);
NIMBOS_SCF_AT(nimbos_scf_lane, server_answered, 132);
NIMBOS_SCF_AT(nimbos_scf_lane, trace, 136);
NIMBOS_SCF_AT(nimbos_scf_lane, reqs, 256);

#define NIMBOS_SCF_LANE_ALIGN 128
/* Where a lane's parts lie, in bytes from the lane; @depth is the depth of its rings. */
#define NIMBOS_SCF_LANE_REQS ((__u32)sizeof(struct nimbos_scf_lane))
#define NIMBOS_SCF_LANE_RSPS(depth) \
	(NIMBOS_SCF_LANE_REQS + (__u32)(depth) * (__u32)sizeof(struct nimbos_scf_req))
#define NIMBOS_SCF_LANE_STRIDE(depth)                                                          \
	((NIMBOS_SCF_LANE_RSPS(depth) + (__u32)(depth) * (__u32)sizeof(struct nimbos_scf_rsp) + \
	  NIMBOS_SCF_LANE_ALIGN - 1) & ~(__u32)(NIMBOS_SCF_LANE_ALIGN - 1))

/**
 * enum nimbos_scf_server_state - what the shadow says of itself in a slot
 * @NIMBOS_SCF_SERVER_NONE: it has mapped nothing yet
 * @NIMBOS_SCF_SERVER_READY: it serves lane 0, and others as they are cloned; the peer starts a
 *	process on the slot, which asks for its arguments by NIMBOS_SCF_NR_PROCINFO
 * @NIMBOS_SCF_SERVER_FORKED: as READY, but the slot belongs to the child of a fork: whoever gets
 *	its number in the response to NIMBOS_SCF_NR_FORK attaches to it, and nobody else
 */
enum nimbos_scf_server_state {
	NIMBOS_SCF_SERVER_NONE = 0,
	NIMBOS_SCF_SERVER_READY = 1,
	NIMBOS_SCF_SERVER_FORKED = 2,
};

/**
 * enum nimbos_scf_client_state - what the peer says of itself in a slot
 * @NIMBOS_SCF_CLIENT_NONE: nobody has attached yet
 * @NIMBOS_SCF_CLIENT_ATTACHED: a process of the peer uses the slot
 * @NIMBOS_SCF_CLIENT_DETACHED: it has ended, and will submit nothing more
 */
enum nimbos_scf_client_state {
	NIMBOS_SCF_CLIENT_NONE = 0,
	NIMBOS_SCF_CLIENT_ATTACHED = 1,
	NIMBOS_SCF_CLIENT_DETACHED = 2,
};

/**
 * struct nimbos_scf_slot - head of a slot's control area; the lanes follow
 * @magic: NIMBOS_SCF_SLOT_MAGIC
 * @version: NIMBOS_SCF_VERSION
 * @lanes: number of lanes, 1 to NIMBOS_SCF_MAX_LANES
 * @depth: entries in each ring, a power of two
 * @reserved0: 0
 * @epoch: the slot's epoch on the board when it was given out
 * @lane_offset: of lane 0 from this structure, in bytes
 * @lane_stride: from one lane to the next, in bytes
 * @pad0: 0
 * @server_features: written by the server: NIMBOS_SCF_F_* offered
 * @server_state: written by the server, with release order: enum nimbos_scf_server_state
 * @server_pid: written by the server: its process ID in Linux
 * @pad1: 0
 * @client_features: written by the client: NIMBOS_SCF_F_* accepted
 * @client_state: written by the client, with release order: enum nimbos_scf_client_state
 * @client_version: written by the client: NIMBOS_SCF_VERSION
 * @pad2: 0
 * @kick: written by the client, a word per lane: notifications sent, modulo 2^32
 *
 * nimbos.ko fills the first part in when it gives the slot out, as a courtesy to debuggers: the
 * shadow goes by what the ioctl told it, the peer by the board.
 */
struct nimbos_scf_slot {
	__u32 magic;
	__u16 version;
	__u16 lanes;
	__u16 depth;
	__u16 reserved0;
	__u32 epoch;
	__u32 lane_offset;
	__u32 lane_stride;
	__u32 pad0[26];

	__u64 server_features;
	__u32 server_state;
	__u32 server_pid;
	__u32 pad1[28];

	__u64 client_features;
	__u32 client_state;
	__u32 client_version;
	__u32 pad2[28];

	__u32 kick[NIMBOS_SCF_MAX_LANES];
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_slot) == 640);
NIMBOS_SCF_AT(nimbos_scf_slot, lanes, 6);
NIMBOS_SCF_AT(nimbos_scf_slot, depth, 8);
NIMBOS_SCF_AT(nimbos_scf_slot, epoch, 12);
NIMBOS_SCF_AT(nimbos_scf_slot, lane_offset, 16);
NIMBOS_SCF_AT(nimbos_scf_slot, lane_stride, 20);
NIMBOS_SCF_AT(nimbos_scf_slot, server_features, 128);
NIMBOS_SCF_AT(nimbos_scf_slot, server_state, 136);
NIMBOS_SCF_AT(nimbos_scf_slot, server_pid, 140);
NIMBOS_SCF_AT(nimbos_scf_slot, client_features, 256);
NIMBOS_SCF_AT(nimbos_scf_slot, client_state, 264);
NIMBOS_SCF_AT(nimbos_scf_slot, client_version, 268);
NIMBOS_SCF_AT(nimbos_scf_slot, kick, 384);

/**
 * nimbos_scf_slot_lane() - where a lane is
 * @slot: the slot
 * @no: number of the lane
 * @depth: entries in each ring, as the slot was made, not as shared memory says
 * Return: the lane.
 */
static inline struct nimbos_scf_lane *nimbos_scf_slot_lane(struct nimbos_scf_slot *slot, __u32 no,
							   __u32 depth)
{
	return (struct nimbos_scf_lane *)((char *)(slot + 1) +
					  (__u64)no * NIMBOS_SCF_LANE_STRIDE(depth));
}

/**
 * nimbos_scf_lane_rsps() - where a lane's ring of responses is
 * @lane: the lane
 * @depth: entries in each ring
 * Return: the ring.
 */
static inline struct nimbos_scf_rsp *nimbos_scf_lane_rsps(struct nimbos_scf_lane *lane, __u32 depth)
{
	return (struct nimbos_scf_rsp *)((char *)lane + NIMBOS_SCF_LANE_RSPS(depth));
}

/* Bytes of control area that a slot with @lanes lanes of @depth entries needs. */
#define NIMBOS_SCF_CONTROL_SIZE(lanes, depth) \
	((__u32)sizeof(struct nimbos_scf_slot) + (__u32)(lanes) * NIMBOS_SCF_LANE_STRIDE(depth))

/**
 * struct nimbos_scf_slot_entry - a slot as the board tells it to the peer, one cache line
 * @epoch: odd while the slot lives, even when it is dead or free; stored after the other fields,
 *	with release order
 * @lanes: number of lanes
 * @depth: entries in each ring
 * @route: how to notify the slot: NIMBOS_SCF_ROUTE(); 0 while there is none. One store, so that it
 *	is never read half-changed
 * @control_offset: of the control area from the region's base, in bytes, page-aligned
 * @control_size: of the control area, in bytes, page-aligned
 * @window_offset: of the window from the region's base, in bytes, page-aligned
 * @window_size: of the window, in bytes, page-aligned
 * @window_va: the address of the window in the shadow, and so in the peer's process
 * @reserved: 0
 *
 * A reader loads @epoch with acquire order, copies the fields, and loads @epoch once more: if it
 * has changed, the copy is worth nothing.
 */
struct nimbos_scf_slot_entry {
	__u32 epoch;
	__u16 lanes;
	__u16 depth;
	__u64 route;
	__u64 control_offset;
	__u64 control_size;
	__u64 window_offset;
	__u64 window_size;
	__u64 window_va;
	__u64 reserved;
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_slot_entry) == 64);
NIMBOS_SCF_AT(nimbos_scf_slot_entry, route, 8);
NIMBOS_SCF_AT(nimbos_scf_slot_entry, control_offset, 16);
NIMBOS_SCF_AT(nimbos_scf_slot_entry, window_offset, 32);
NIMBOS_SCF_AT(nimbos_scf_slot_entry, window_va, 48);

/* A route: the vector in bits 7:0, the physical APIC ID in bits 63:32. A vector is never 0. */
#define NIMBOS_SCF_ROUTE(vector, apicid) (((__u64)(apicid) << 32) | (__u8)(vector))
#define NIMBOS_SCF_ROUTE_VECTOR(route) ((__u8)(route))
#define NIMBOS_SCF_ROUTE_APICID(route) ((__u32)((route) >> 32))

/**
 * struct nimbos_scf_upid - a user posted-interrupt descriptor (Intel's manual, volume 3, "User
 *	Interrupts"), on a cache line of its own
 * @control: ON, SN, NV and NDST as below; all other bits 0
 * @pir: posted-interrupt requests, a bit for each of the 64 user vectors
 * @reserved: 0
 *
 * To post vector V by hand: set bit V of @pir by a locked operation; then load @control, and unless
 * ON or SN is set, set ON by a locked compare and exchange and send the vector NV to the local APIC
 * NDST. All that is what SENDUIPI does.
 */
struct nimbos_scf_upid {
	__u64 control;
	__u64 pir;
	__u64 reserved[6];
};
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_upid) == 64);
NIMBOS_SCF_AT(nimbos_scf_upid, pir, 8);

#define NIMBOS_SCF_UPID_ON (1ULL << 0) /* a notification is under way */
#define NIMBOS_SCF_UPID_SN (1ULL << 1) /* send none */
#define NIMBOS_SCF_UPID_NV(control) ((__u8)((control) >> 16)) /* vector of the notification */
/* The local APIC's ID: all 32 bits in x2APIC mode, else bits 15:8 of them. */
#define NIMBOS_SCF_UPID_NDST(control) ((__u32)((control) >> 32))
#define NIMBOS_SCF_UPID_CONTROL(vector, ndst) \
	(((__u64)(ndst) << 32) | ((__u64)(__u8)(vector) << 16))

#define NIMBOS_SCF_UPID_AREA_SIZE 0x20000
#define NIMBOS_SCF_MAX_UPIDS (NIMBOS_SCF_UPID_AREA_SIZE / 64)
/* Index of the peer's own UPID, by which Linux notifies it. */
#define NIMBOS_SCF_UPID_DOORBELL 0
/* The user vector by which a peer notifies a worker, and a worker of a slot the peer. */
#define NIMBOS_SCF_LANE_VECTOR 0
#define NIMBOS_SCF_DOORBELL_VECTOR(slot) ((slot) % 64)

#define NIMBOS_SCF_BOARD_SIZE 0x10000
#define NIMBOS_SCF_PEER_AREA_SIZE 0x10000
#define NIMBOS_SCF_CMDLINE_SIZE 512

#define NIMBOS_SCF_BOARD_X2APIC (1U << 0) /* Linux uses its local APICs in x2APIC mode */

/**
 * struct nimbos_scf_board - what Linux tells the peer; a native start passes its address in EBX
 * @magic: NIMBOS_SCF_BOARD_MAGIC
 * @version: NIMBOS_SCF_VERSION
 * @nr_slots: number of slots that this peer can have, 1 to NIMBOS_SCF_MAX_SLOTS
 * @flags: NIMBOS_SCF_BOARD_*
 * @incarnation: how often this peer has been started
 * @features: NIMBOS_SCF_F_* offered
 * @region_base: physical address of the region
 * @region_size: of the region, in bytes
 * @private_size: of the peer's own memory at the start of the region, in bytes
 * @peer_offset: of the peer area (struct nimbos_scf_peer) from the region's base
 * @tsc_khz: frequency of the time-stamp counter, in kHz; 0 if not known
 * @apicid: physical ID of the local APIC of the peer's CPU
 * @serial_port: I/O address of the 16550 that the peer may use as its console; 0 for none
 * @reserved0: 0
 * @event_route: how the peer notifies nimbos.ko itself (state, acknowledgements), as @route of
 *	a slot
 * @upid_offset: of the UPIDs (an array of struct nimbos_scf_upid) from the region's base, in bytes
 * @nr_upids: how many UPIDs there are; 0 for none, and then neither feature with UPIDs is offered
 * @reserved4: 0
 * @reserved1: 0
 * @cmdline: the peer's command line, ends with a NUL
 * @reserved2: 0
 * @slot_kick: a word per slot, raised when the slot is given out, when its shadow notifies the
 *	peer, and when it has died
 * @reserved3: 0
 * @slot: the slots
 * @lane_upid: for each lane of each slot, the index of the UPID of the worker that serves it now; 0
 *	for none
 */
struct nimbos_scf_board {
	__u32 magic;
	__u16 version;
	__u16 nr_slots;
	__u32 flags;
	__u32 incarnation;
	__u64 features;
	__u64 region_base;
	__u64 region_size;
	__u64 private_size;
	__u64 peer_offset;
	__u32 tsc_khz;
	__u32 apicid;
	__u32 serial_port;
	__u32 reserved0;
	__u64 event_route;
	__u64 upid_offset;
	__u32 nr_upids;
	__u32 reserved4;
	__u64 reserved1[4];
	char cmdline[NIMBOS_SCF_CMDLINE_SIZE];
	__u64 reserved2[48];
	__u32 slot_kick[NIMBOS_SCF_MAX_SLOTS];
	__u64 reserved3[256];
	struct nimbos_scf_slot_entry slot[NIMBOS_SCF_MAX_SLOTS];
	__u16 lane_upid[NIMBOS_SCF_MAX_SLOTS][NIMBOS_SCF_MAX_LANES];
};
NIMBOS_SCF_AT(nimbos_scf_board, features, 16);
NIMBOS_SCF_AT(nimbos_scf_board, peer_offset, 48);
NIMBOS_SCF_AT(nimbos_scf_board, tsc_khz, 56);
NIMBOS_SCF_AT(nimbos_scf_board, event_route, 72);
NIMBOS_SCF_AT(nimbos_scf_board, upid_offset, 80);
NIMBOS_SCF_AT(nimbos_scf_board, cmdline, 128);
NIMBOS_SCF_AT(nimbos_scf_board, slot_kick, 1024);
NIMBOS_SCF_AT(nimbos_scf_board, slot, 4096);
NIMBOS_SCF_AT(nimbos_scf_board, lane_upid, 4096 + 64 * NIMBOS_SCF_MAX_SLOTS);
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_board) <= NIMBOS_SCF_BOARD_SIZE);

/**
 * enum nimbos_scf_peer_state - what the peer says of itself
 * @NIMBOS_SCF_PEER_NONE: nothing yet
 * @NIMBOS_SCF_PEER_BOOTING: it runs and has found its board
 * @NIMBOS_SCF_PEER_UP: it takes slots, and its @doorbell_vector is valid
 * @NIMBOS_SCF_PEER_FAILED: it has given up; @message says why
 */
enum nimbos_scf_peer_state {
	NIMBOS_SCF_PEER_NONE = 0,
	NIMBOS_SCF_PEER_BOOTING = 1,
	NIMBOS_SCF_PEER_UP = 2,
	NIMBOS_SCF_PEER_FAILED = 3,
};

#define NIMBOS_SCF_MESSAGE_SIZE 128
#define NIMBOS_SCF_CONSOLE_SIZE 0xe000

/**
 * struct nimbos_scf_peer - what the peer tells Linux; zeroed before each start
 * @magic: NIMBOS_SCF_PEER_MAGIC
 * @version: NIMBOS_SCF_VERSION
 * @reserved0: 0
 * @state: enum nimbos_scf_peer_state, stored last with release order, then notified through
 *	@event_route
 * @doorbell_vector: the vector by which Linux notifies the peer, 32 to 255; 0 if it polls
 * @features: NIMBOS_SCF_F_* accepted
 * @reserved1: 0
 * @message: one line of text for people, ends with a NUL
 * @reserved2: 0
 * @heartbeat: raised at least ten times a second while the peer is well
 * @reserved3: 0
 * @ack_epoch: a word per slot: the even epoch that the peer has seen and will not touch the slot
 *	after
 * @reserved4: 0
 * @console_head: bytes ever written to @console; byte number n is at n % NIMBOS_SCF_CONSOLE_SIZE
 * @reserved5: 0
 * @console: the peer's console output, for whoever reads it in Linux, a crash included
 */
struct nimbos_scf_peer {
	__u32 magic;
	__u16 version;
	__u16 reserved0;
	__u32 state;
	__u32 doorbell_vector;
	__u64 features;
	__u64 reserved1[5];
	char message[NIMBOS_SCF_MESSAGE_SIZE];
	__u64 reserved2[40];
	__u64 heartbeat;
	__u64 reserved3[63];
	__u32 ack_epoch[NIMBOS_SCF_MAX_SLOTS];
	__u64 reserved4[256];
	__u64 console_head;
	__u64 reserved5[511];
	__u8 console[NIMBOS_SCF_CONSOLE_SIZE];
};
NIMBOS_SCF_AT(nimbos_scf_peer, state, 8);
NIMBOS_SCF_AT(nimbos_scf_peer, features, 16);
NIMBOS_SCF_AT(nimbos_scf_peer, message, 64);
NIMBOS_SCF_AT(nimbos_scf_peer, heartbeat, 512);
NIMBOS_SCF_AT(nimbos_scf_peer, ack_epoch, 1024);
NIMBOS_SCF_AT(nimbos_scf_peer, console_head, 4096);
NIMBOS_SCF_AT(nimbos_scf_peer, console, 8192);
NIMBOS_SCF_ASSERT(sizeof(struct nimbos_scf_peer) == NIMBOS_SCF_PEER_AREA_SIZE);

/**
 * enum nimbos_scf_nr - calls that both sides take part in, numbered outside Linux's range
 * @NIMBOS_SCF_NR_NOP: (): does nothing; 0
 * @NIMBOS_SCF_NR_PROCINFO: (buf, len): writes the process's arguments, each ending with a NUL; the
 *	number of bytes that they take, which may be more than @len
 * @NIMBOS_SCF_NR_FORK: (): the shadow forks, its child takes a slot of its own with as many lanes,
 *	as deep, and a window as large and at the same address; the child's process ID, and in @aux
 *	its slot number (bits 31:0) and epoch (bits 63:32). The client copies the window and
 *	attaches the child to lane 0 of that slot
 * @NIMBOS_SCF_NR_CLONE: (lane): a worker for a new thread, serving lane @lane; its thread ID
 * @NIMBOS_SCF_NR_EXEC: (name): descriptors that are close-on-exec are closed, the shadow takes
 *	the name; 0
 * @NIMBOS_SCF_NR_EXIT: (): the calling thread ends, and so does its worker once it has answered; 0.
 *	The lane may be cloned again. Lane 0 may not exit but by NIMBOS_SCF_NR_EXIT_GROUP: EINVAL
 * @NIMBOS_SCF_NR_EXIT_GROUP: (status): the process ends; answered with 0, then the shadow exits
 *	with @status & 0xff, and the slot dies
 * @NIMBOS_SCF_NR_MMAP: (addr, len, prot, flags, fd, offset): the client has chosen @addr in the
 *	window, page-aligned; the shadow fills it with zeroes, or with the file's bytes; @addr.
 *	Writable shared mappings of files: ENODEV
 * @NIMBOS_SCF_NR_MUNMAP: (addr, len): the client gives the pages back; 0
 */
enum nimbos_scf_nr {
	NIMBOS_SCF_NR_NOP = 0x8000,
	NIMBOS_SCF_NR_PROCINFO = 0x8001,
	NIMBOS_SCF_NR_FORK = 0x8002,
	NIMBOS_SCF_NR_CLONE = 0x8003,
	NIMBOS_SCF_NR_EXEC = 0x8004,
	NIMBOS_SCF_NR_EXIT = 0x8005,
	NIMBOS_SCF_NR_EXIT_GROUP = 0x8006,
	NIMBOS_SCF_NR_MMAP = 0x8007,
	NIMBOS_SCF_NR_MUNMAP = 0x8008,
};

/*
 * Where windows lie unless the shadow asks for another address: above what AddressSanitizer uses,
 * below everything that Linux maps by itself.
 */
#define NIMBOS_SCF_WINDOW_VA 0x200000000000ULL

#endif /* _UAPI_LINUX_NIMBOS_SCF_H */
