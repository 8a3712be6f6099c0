// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: serving the queues of legacy peers, and their lock.
 *
 * The byte lock is taken by the peer with its interrupts off, and here with ours off, for the few
 * loads and stores of one request: no holder is ever preempted or killed. Who waits for it does so
 * with interrupts on, and can be killed.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include <asm/msr.h>
#include <asm/tsc.h>

#include "nimbos.h"
#include "trace.h"

/* A peer has the lock for well under a microsecond, unless something keeps its CPU. */
#define SPIN_US 50
#define SLEEP_US 50
/* How long a slot that is closed waits for it. */
#define PATIENCE_US 1000000

typedef int critical_section(struct nimbos_legacy_queue *queue, void *arg);

/* Return: whether nobody else had the lock, and @section has returned @ret. */
static bool try_section(struct nimbos_slot *slot, critical_section *section, void *arg, int *ret)
{
	u8 *byte = nimbos_legacy_queue_lock(&slot->queue);
	bool locked;

	raw_spin_lock_irq(&slot->queue_lock);
	/* Acquire pairs with the peer's store when it gives the lock back. */
	locked = !xchg_acquire(byte, 1);
	if (locked) {
		*ret = section(&slot->queue, arg);
		/* Release pairs with the peer's exchange when it takes the lock. */
		smp_store_release(byte, 0);
	}
	raw_spin_unlock_irq(&slot->queue_lock);
	return locked;
}

/*
 * Nobody tells us when the peer gives the lock back. Return: what @section has returned, -ESHUTDOWN
 * when the peer never will; -ETIME after @patience_us, or -EINTR by a fatal signal if that is 0.
 */
static int run_section(struct nimbos_slot *slot, critical_section *section, void *arg,
		       s64 patience_us)
{
	ktime_t since = ktime_get();
	s64 waited;
	int ret;

	for (;;) {
		if (READ_ONCE(slot->dead))
			return -ESHUTDOWN;
		if (try_section(slot, section, arg, &ret))
			return ret;
		waited = ktime_us_delta(ktime_get(), since);
		if (patience_us && waited > patience_us)
			return -ETIME;
		if (!patience_us && fatal_signal_pending(current))
			return -EINTR;
		if (waited < SPIN_US)
			cpu_relax();
		else
			usleep_range(SLEEP_US, 2 * SLEEP_US);
	}
}

static int take(struct nimbos_legacy_queue *queue, void *arg)
{
	return nimbos_legacy_queue_take(queue, arg);
}

static int answer(struct nimbos_legacy_queue *queue, void *arg)
{
	const struct nimbos_legacy_answer *what = arg;

	return nimbos_legacy_queue_answer(queue, what->request, what->result);
}

static int abandon(struct nimbos_legacy_queue *queue, void *arg)
{
	nimbos_legacy_queue_abandon(queue, -ECONNRESET);
	return 0;
}

/**
 * nimbos_legacy_serve_begin() - begin to serve the queue of a slot
 * @slot: a new slot of a legacy peer
 */
void nimbos_legacy_serve_begin(struct nimbos_slot *slot)
{
	raw_spin_lock_init(&slot->queue_lock);
	nimbos_legacy_queue_init(&slot->queue, slot->peer->region.va + slot->control_offset,
				 slot->peer->legacy);
}

/**
 * nimbos_legacy_serve_end() - answer for a shadow that is gone what it has taken
 * @slot: a slot of a legacy peer that is about to be closed; without requests in flight nothing
 *	happens. Sleeps.
 *
 * While the peer has the queue's lock for too long, it is left as it is.
 */
void nimbos_legacy_serve_end(struct nimbos_slot *slot)
{
	if (bitmap_empty(slot->queue.in_flight, NIMBOS_LEGACY_MAX_CAPACITY))
		return;
	if (run_section(slot, abandon, NULL, PATIENCE_US) == -ETIME)
		pr_warn("peer %u keeps the lock of slot %u's queue: what a shadow that is gone has taken stays unanswered\n",
			slot->peer->id, slot->nr);
}

/**
 * nimbos_legacy_take() - take a request
 * @slot: the file's slot, of a legacy peer
 * @arg: as NIMBOS_IOC_LEGACY_TAKE documents
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_legacy_take(struct nimbos_slot *slot, struct nimbos_legacy_take *arg)
{
	if (READ_ONCE(slot->dead))
		return -ESHUTDOWN;
	if (nimbos_legacy_queue_is_empty(&slot->queue))
		return -EAGAIN;
	arg->traced = trace_nimbos_call_enabled();
	arg->pad = 0;
	return run_section(slot, take, arg, 0);
}

/**
 * nimbos_legacy_answer() - answer a request
 * @slot: the file's slot, of a legacy peer
 * @arg: as NIMBOS_IOC_LEGACY_ANSWER documents, flags checked
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_legacy_answer(struct nimbos_slot *slot, struct nimbos_legacy_answer *arg)
{
	int err = run_section(slot, answer, arg, 0);

	arg->replied = rdtsc_ordered();
	if (!err && arg->flags & NIMBOS_LEGACY_ANSWER_NOTIFY)
		err = nimbos_slot_notify(slot);
	return err;
}
