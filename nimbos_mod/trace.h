/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: trace points.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nimbos

#if !defined(NIMBOS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NIMBOS_TRACE_H

#include <linux/tracepoint.h>

#include <linux/nimbos.h>
#include <linux/nimbos_scf.h>

#ifndef NIMBOS_CALLS_TRACE
#define NIMBOS_CALLS_TRACE
/* calls.c */
int nimbos_calls_trace_begin(void);
void nimbos_calls_trace_end(void);
s64 nimbos_calls_stage_ns(u64 begin, u64 end);
#endif

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

TRACE_DEFINE_ENUM(NIMBOS_WAITED_POLL);
TRACE_DEFINE_ENUM(NIMBOS_WAITED_UINTR);
TRACE_DEFINE_ENUM(NIMBOS_WAITED_SLEEP);

/*
 * A call has been answered. Its stages, in ns, -1 where the peer has told nothing of it:
 * enqueue, until the request was in the ring; notify, until the worker had been notified, if that
 * was necessary; wake, until it had the request, which is less than nothing if it was awake and
 * faster than the notification; execute; reply, until the response was in the ring; resume, until
 * the peer's thread had it. Shown when all is known, which may be when the next call comes.
 * waited: how its worker had waited for it.
 */
TRACE_EVENT_FN(nimbos_call,
	TP_PROTO(unsigned int peer, unsigned int slot, unsigned int lane,
		 const struct nimbos_call_record *record),
	TP_ARGS(peer, slot, lane, record),
	TP_STRUCT__entry(
		__field(unsigned int, peer)
		__field(unsigned int, slot)
		__field(unsigned int, lane)
		__field(u32, nr)
		__array(u64, args, 6)
		__field(s64, result)
		__field(u64, begin)
		__field(u64, taken)
		__field(s64, enqueue)
		__field(s64, notify)
		__field(s64, wake)
		__field(s64, execute)
		__field(s64, reply)
		__field(s64, resume)
		__field(u32, waited)
	),
	TP_fast_assign(
		const struct nimbos_scf_stamps *stamps = &record->stamps;

		__entry->peer = peer;
		__entry->slot = slot;
		__entry->lane = lane;
		__entry->nr = record->nr;
		memcpy(__entry->args, record->args, sizeof(record->args));
		__entry->result = record->result;
		__entry->begin = stamps->begin;
		__entry->taken = record->taken;
		__entry->enqueue = nimbos_calls_stage_ns(stamps->begin, stamps->queued);
		__entry->notify = nimbos_calls_stage_ns(stamps->queued, stamps->notified);
		__entry->wake = nimbos_calls_stage_ns(stamps->notified, record->taken);
		__entry->execute = nimbos_calls_stage_ns(record->taken, record->executed);
		__entry->reply = nimbos_calls_stage_ns(record->executed, record->replied);
		__entry->resume = stamps->begin ?
			nimbos_calls_stage_ns(record->replied, stamps->resumed) : -1;
		__entry->waited = record->waited;
	),
	TP_printk("peer=%u slot=%u lane=%u nr=%u args=%#llx,%#llx,%#llx,%#llx,%#llx,%#llx result=%lld enqueue=%lld notify=%lld wake=%lld execute=%lld reply=%lld resume=%lld waited=%s",
		  __entry->peer, __entry->slot, __entry->lane, __entry->nr,
		  __entry->args[0], __entry->args[1], __entry->args[2], __entry->args[3],
		  __entry->args[4], __entry->args[5], __entry->result, __entry->enqueue,
		  __entry->notify, __entry->wake, __entry->execute, __entry->reply,
		  __entry->resume,
		  __print_symbolic(__entry->waited, { NIMBOS_WAITED_POLL, "poll" },
				   { NIMBOS_WAITED_UINTR, "uintr" },
				   { NIMBOS_WAITED_SLEEP, "sleep" })),
	nimbos_calls_trace_begin, nimbos_calls_trace_end
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
