// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: forwarded calls, for whoever traces them. The module does not see calls: those who make
 * and execute them note the time, as long as the lanes tell them to, and the shadow shows what has
 * become of them by an ioctl. While the trace point is disabled, all of that is a look, on each
 * side, at a word that does not change.
 */
#include <linux/math64.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <asm/tsc.h>

#include "nimbos.h"
#include "trace.h"

/* Protects @live: work is queued only while the module is there to do it. */
static DEFINE_SPINLOCK(live_lock);
static bool live;

/* The trace point is enabled. Who changes it queues work, which takes each peer's lock. */
static bool traced;

static void tell_slots(struct work_struct *work)
{
	struct nimbos_peer *peer = container_of(work, struct nimbos_peer, trace_work);
	unsigned int nr;

	mutex_lock(&peer->lock);
	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS)
		nimbos_calls_tell(peer->slot[nr]);
	mutex_unlock(&peer->lock);
}

/**
 * nimbos_calls_tell() - tell both sides of a slot whether calls are traced
 * @slot: which; under its peer's lock
 */
void nimbos_calls_tell(struct nimbos_slot *slot)
{
	u32 trace = READ_ONCE(traced);
	unsigned int i;

	/* A legacy peer has no word for it. */
	if (!slot->control)
		return;
	for (i = 0; i < slot->lanes; i++)
		WRITE_ONCE(nimbos_scf_slot_lane(slot->control, i, slot->depth)->trace, trace);
}

static void set_traced(bool is_traced)
{
	unsigned int i;

	spin_lock(&live_lock);
	WRITE_ONCE(traced, is_traced);
	for (i = 0; i < NIMBOS_MAX_PEERS && live; i++)
		nimbos_peer_queue(&nimbos_peers[i].trace_work);
	spin_unlock(&live_lock);
}

/**
 * nimbos_calls_trace_begin() - somebody enables the trace point, and nobody has before
 *
 * May come before the module's init function. Does not sleep.
 *
 * Return: 0.
 */
int nimbos_calls_trace_begin(void)
{
	set_traced(true);
	return 0;
}

/**
 * nimbos_calls_trace_end() - nobody has enabled the trace point any more
 *
 * May come after the module's exit function. Does not sleep.
 */
void nimbos_calls_trace_end(void)
{
	set_traced(false);
}

/**
 * nimbos_calls_init() - from now on there are peers
 */
void nimbos_calls_init(void)
{
	unsigned int i;

	for (i = 0; i < NIMBOS_MAX_PEERS; i++)
		INIT_WORK(&nimbos_peers[i].trace_work, tell_slots);
	spin_lock(&live_lock);
	live = true;
	spin_unlock(&live_lock);
}

/**
 * nimbos_calls_exit() - there will be no peers any more; sleeps
 */
void nimbos_calls_exit(void)
{
	unsigned int i;

	spin_lock(&live_lock);
	live = false;
	spin_unlock(&live_lock);
	for (i = 0; i < NIMBOS_MAX_PEERS; i++)
		cancel_work_sync(&nimbos_peers[i].trace_work);
}

/* Whatever the number is: it is user space's, or the peer's. */
static u64 to_ns(u64 cycles)
{
	u32 rest;
	u64 ms = div_u64_rem(cycles, tsc_khz, &rest);

	return ms * USEC_PER_SEC + div_u64((u64)rest * USEC_PER_SEC, tsc_khz);
}

/**
 * nimbos_calls_stage_ns() - how long a stage took
 * @begin: when it began, in cycles
 * @end: when it ended; before @begin if two sides did it at the same time
 *
 * Return: the time in ns, which may be negative; -1 if one of them is 0, which is not known.
 */
s64 nimbos_calls_stage_ns(u64 begin, u64 end)
{
	u64 cycles = end - begin;

	if (!begin || !end || !tsc_khz)
		return -1;
	if ((s64)cycles < 0)
		return -(s64)to_ns(-cycles);
	return to_ns(cycles);
}

/**
 * nimbos_calls_show() - show calls of a lane
 * @slot: the file's slot
 * @arg: as NIMBOS_IOC_SLOT_TRACE documents, flags checked
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_calls_show(struct nimbos_slot *slot, const struct nimbos_slot_trace *arg)
{
	const struct nimbos_call_record __user *records = u64_to_user_ptr(arg->records);
	struct nimbos_call_record record;
	u32 i;

	if (arg->lane >= slot->lanes || arg->count > NIMBOS_TRACE_RECORDS)
		return -EINVAL;
	if (READ_ONCE(slot->dead))
		return -ESHUTDOWN;
	if (!trace_nimbos_call_enabled())
		return 0;
	for (i = 0; i < arg->count; i++) {
		if (copy_from_user(&record, &records[i], sizeof(record)))
			return -EFAULT;
		if (record.waited > NIMBOS_WAITED_SLEEP)
			return -EINVAL;
		trace_nimbos_call(slot->peer->id, slot->nr, arg->lane, &record);
	}
	return 0;
}
