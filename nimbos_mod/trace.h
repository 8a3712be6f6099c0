/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: trace points.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nimbos

#if !defined(NIMBOS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NIMBOS_TRACE_H

#include <linux/tracepoint.h>

#include <linux/nimbos_scf.h>

DECLARE_EVENT_CLASS(nimbos_slot_life,
	TP_PROTO(unsigned int peer, unsigned int slot, u32 epoch),
	TP_ARGS(peer, slot, epoch),
	TP_STRUCT__entry(
		__field(unsigned int, peer)
		__field(unsigned int, slot)
		__field(u32, epoch)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->slot = slot;
		__entry->epoch = epoch;
	),
	TP_printk("peer=%u slot=%u epoch=%u", __entry->peer, __entry->slot, __entry->epoch)
);

/* A slot has been given to an open file. */
DEFINE_EVENT(nimbos_slot_life, nimbos_slot_alloc,
	TP_PROTO(unsigned int peer, unsigned int slot, u32 epoch),
	TP_ARGS(peer, slot, epoch)
);

/* A slot has come back to the pool. */
DEFINE_EVENT(nimbos_slot_life, nimbos_slot_free,
	TP_PROTO(unsigned int peer, unsigned int slot, u32 epoch),
	TP_ARGS(peer, slot, epoch)
);

/* Linux notifies a peer. */
TRACE_EVENT(nimbos_notify,
	TP_PROTO(unsigned int peer, unsigned int slot),
	TP_ARGS(peer, slot),
	TP_STRUCT__entry(
		__field(unsigned int, peer)
		__field(unsigned int, slot)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->slot = slot;
	),
	TP_printk("peer=%u slot=%u", __entry->peer, __entry->slot)
);

/* A peer has notified a lane. */
TRACE_EVENT(nimbos_wake,
	TP_PROTO(unsigned int peer, unsigned int slot, unsigned int lane),
	TP_ARGS(peer, slot, lane),
	TP_STRUCT__entry(
		__field(unsigned int, peer)
		__field(unsigned int, slot)
		__field(unsigned int, lane)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->slot = slot;
		__entry->lane = lane;
	),
	TP_printk("peer=%u slot=%u lane=%u", __entry->peer, __entry->slot, __entry->lane)
);

/* Linux has moved an irqnum; peers notify by the new route from now on. */
TRACE_EVENT(nimbos_route,
	TP_PROTO(unsigned int peer, unsigned int irqnum, u64 route),
	TP_ARGS(peer, irqnum, route),
	TP_STRUCT__entry(
		__field(unsigned int, peer)
		__field(unsigned int, irqnum)
		__field(u64, route)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->irqnum = irqnum;
		__entry->route = route;
	),
	TP_printk("peer=%u irqnum=%u vector=%u apicid=%u", __entry->peer, __entry->irqnum,
		  NIMBOS_SCF_ROUTE_VECTOR(__entry->route), NIMBOS_SCF_ROUTE_APICID(__entry->route))
);

DECLARE_EVENT_CLASS(nimbos_uintr_thread,
	TP_PROTO(pid_t pid),
	TP_ARGS(pid),
	TP_STRUCT__entry(
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->pid = pid;
	),
	TP_printk("pid=%d", __entry->pid)
);

/* A thread begins to receive user interrupts. */
DEFINE_EVENT(nimbos_uintr_thread, nimbos_uintr_register,
	TP_PROTO(pid_t pid),
	TP_ARGS(pid)
);

/* A thread ends to receive user interrupts, for whatever reason. */
DEFINE_EVENT(nimbos_uintr_thread, nimbos_uintr_unregister,
	TP_PROTO(pid_t pid),
	TP_ARGS(pid)
);

/* A thread begins to wait for a user interrupt. */
DEFINE_EVENT(nimbos_uintr_thread, nimbos_uintr_wait,
	TP_PROTO(pid_t pid),
	TP_ARGS(pid)
);

/* A user interrupt has come for a thread that waits. */
DEFINE_EVENT(nimbos_uintr_thread, nimbos_uintr_wake,
	TP_PROTO(pid_t pid),
	TP_ARGS(pid)
);

/* The slot has died that a thread receives user interrupts for. */
DEFINE_EVENT(nimbos_uintr_thread, nimbos_uintr_revoke,
	TP_PROTO(pid_t pid),
	TP_ARGS(pid)
);

TRACE_DEFINE_ENUM(NIMBOS_PEER_OFFLINE);
TRACE_DEFINE_ENUM(NIMBOS_PEER_LOADED);
TRACE_DEFINE_ENUM(NIMBOS_PEER_RUNNING);
TRACE_DEFINE_ENUM(NIMBOS_PEER_STOPPED);
TRACE_DEFINE_ENUM(NIMBOS_PEER_FAILED);

/* A peer has entered a state: enum nimbos_peer_state. */
TRACE_EVENT(nimbos_peer_state,
	TP_PROTO(unsigned int peer, u32 state),
	TP_ARGS(peer, state),
	TP_STRUCT__entry(
		__field(unsigned int, peer)
		__field(u32, state)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->state = state;
	),
	TP_printk("peer=%u state=%s", __entry->peer,
		  __print_symbolic(__entry->state,
				   { NIMBOS_PEER_OFFLINE, "offline" },
				   { NIMBOS_PEER_LOADED, "loaded" },
				   { NIMBOS_PEER_RUNNING, "running" },
				   { NIMBOS_PEER_STOPPED, "stopped" },
				   { NIMBOS_PEER_FAILED, "failed" }))
);

#endif /* NIMBOS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
