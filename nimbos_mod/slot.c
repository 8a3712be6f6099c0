// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: slots, their life and their events. How they are mapped is in slot_map.c.
 *
 * A slot lives until its file is closed or its peer has stopped. Then it is dead: its epoch on the
 * board is even, who waits is woken, its mappings are gone. Its number, memory and irqnum come back
 * once the file is closed and the peer runs no more or has acknowledged the epoch: until then a
 * peer that has not heard of it may write to the memory.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/genalloc.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "compat.h"
#include "nimbos.h"
#include "slot_map.h"
#include "trace.h"

static int check_arg(const struct nimbos_slot_alloc *arg)
{
	if (arg->lanes < 1 || arg->lanes > NIMBOS_SCF_MAX_LANES)
		return -EINVAL;
	if (!is_power_of_2(arg->depth) || arg->depth < NIMBOS_SCF_MIN_DEPTH ||
	    arg->depth > NIMBOS_SCF_MAX_DEPTH)
		return -EINVAL;
	if (!arg->window_size || !IS_ALIGNED(arg->window_size | arg->window_va, PAGE_SIZE))
		return -EINVAL;
	if (arg->window_va >= TASK_SIZE_MAX || arg->window_size > TASK_SIZE_MAX - arg->window_va)
		return -EINVAL;
	return 0;
}

static struct nimbos_slot *create(struct nimbos_file *file, unsigned int lanes)
{
	struct nimbos_slot *slot = kzalloc(struct_size(slot, lane, lanes), GFP_KERNEL);
	unsigned int i;

	if (!slot)
		return NULL;
	init_rwsem(&slot->map_lock);
	slot->mapping = file->mapping;
	slot->pollers = &file->pollers;
	slot->lanes = lanes;
	for (i = 0; i < slot->lanes; i++)
		init_waitqueue_head(&slot->lane[i].wait);
	return slot;
}

static void destroy(struct nimbos_slot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->lanes; i++)
		if (slot->lane[i].eventfd)
			eventfd_ctx_put(slot->lane[i].eventfd);
	nimbos_legacy_signal_free(slot->signal);
	kfree(slot);
}

static void *arena_alloc(struct nimbos_region *region, u64 size, u64 *offset)
{
	void *va = (void *)gen_pool_alloc(region->arena, size);

	if (va)
		*offset = va - region->va;
	return va;
}

/* All memory of the arena that is not given out is zero: that is done once, here. */
static void arena_free(struct nimbos_region *region, u64 offset, u64 size)
{
	void *va = region->va + offset;

	nimbos_region_zero(va, size);
	gen_pool_free(region->arena, (unsigned long)va, size);
}

static int take_memory(struct nimbos_slot *slot, struct nimbos_region *region)
{
	if (!region->arena) {
		/* A legacy peer has its queues where they are; no slot has memory for itself. */
		slot->control_offset = nimbos_legacy_queue_offset(slot->peer, slot->nr);
		slot->control_size = NIMBOS_LEGACY_QUEUE_SIZE;
		slot->window_size = region->size;
		nimbos_legacy_serve_begin(slot);
		return 0;
	}
	slot->control = arena_alloc(region, slot->control_size, &slot->control_offset);
	if (!slot->control)
		return -ENOSPC;
	if (!arena_alloc(region, slot->window_size, &slot->window_offset)) {
		arena_free(region, slot->control_offset, slot->control_size);
		return -ENOSPC;
	}
	slot->control->magic = NIMBOS_SCF_SLOT_MAGIC;
	slot->control->version = NIMBOS_SCF_VERSION;
	slot->control->lanes = slot->lanes;
	slot->control->depth = slot->depth;
	slot->control->lane_offset = sizeof(*slot->control);
	slot->control->lane_stride = NIMBOS_SCF_LANE_STRIDE(slot->depth);
	nimbos_calls_tell(slot);
	return 0;
}

static void give_memory_back(struct nimbos_slot *slot, struct nimbos_region *region)
{
	if (!region->arena)
		return;
	arena_free(region, slot->window_offset, slot->window_size);
	arena_free(region, slot->control_offset, slot->control_size);
}

static int enter_table(struct nimbos_slot *slot, struct nimbos_peer *peer, bool legacy,
		       u64 window_va)
{
	int err;

	lockdep_assert_held(&peer->lock);
	if (peer->state != NIMBOS_PEER_RUNNING)
		return -ENOTCONN;
	if (legacy != !!peer->legacy)
		return -EPROTONOSUPPORT;
	slot->nr = find_first_zero_bit(peer->slot_map, peer->slots_max);
	if (slot->nr == peer->slots_max)
		return -ENOSPC;
	slot->peer = peer;
	err = take_memory(slot, &peer->region);
	if (err)
		return err;
	err = nimbos_irqnum_attach(slot);
	if (err) {
		give_memory_back(slot, &peer->region);
		return err;
	}
	__set_bit(slot->nr, peer->slot_map);
	peer->slot[slot->nr] = slot;
	peer->slot_account.allocated++;
	nimbos_uintr_open_slot(slot);
	nimbos_board_open_slot(slot, window_va);
	trace_nimbos_slot_alloc(peer->id, slot->nr, slot->epoch);
	return 0;
}

static void leave_table(struct nimbos_slot *slot)
{
	struct nimbos_peer *peer = slot->peer;

	lockdep_assert_held(&peer->lock);
	trace_nimbos_slot_free(peer->id, slot->nr, slot->epoch);
	nimbos_irqnum_detach(slot);
	nimbos_uintr_reap_slot(slot);
	give_memory_back(slot, &peer->region);
	peer->slot[slot->nr] = NULL;
	__clear_bit(slot->nr, peer->slot_map);
	peer->slot_account.freed++;
	if (bitmap_empty(peer->slot_map, NIMBOS_SCF_MAX_SLOTS))
		nimbos_peer_changed(peer);
	destroy(slot);
}

/**
 * nimbos_slot_alloc() - give an open file a slot
 * @peer: of which peer
 * @file: the open file
 * @arg: as NIMBOS_IOC_SLOT_ALLOC documents; the results are filled in
 *
 * Sleeps.
 *
 * Return: the slot, which is the file's until nimbos_slot_close(); or an ERR_PTR as
 * NIMBOS_IOC_SLOT_ALLOC documents.
 */
struct nimbos_slot *nimbos_slot_alloc(struct nimbos_peer *peer, struct nimbos_file *file,
				      struct nimbos_slot_alloc *arg)
{
	struct nimbos_slot *slot;
	int err;

	if (!arg->window_va)
		arg->window_va = NIMBOS_SCF_WINDOW_VA;
	err = check_arg(arg);
	if (err)
		return ERR_PTR(err);
	slot = create(file, arg->lanes);
	if (!slot)
		return ERR_PTR(-ENOMEM);
	slot->depth = arg->depth;
	slot->control_size = PAGE_ALIGN(NIMBOS_SCF_CONTROL_SIZE(arg->lanes, arg->depth));
	slot->window_size = arg->window_size;

	mutex_lock(&peer->lock);
	err = enter_table(slot, peer, false, arg->window_va);
	if (err) {
		mutex_unlock(&peer->lock);
		destroy(slot);
		return ERR_PTR(err);
	}
	nimbos_peer_ring(peer, slot->nr);

	arg->slot = slot->nr;
	arg->epoch = slot->epoch;
	arg->control_size = slot->control_size;
	arg->control_offset = nimbos_slot_map_offset(slot, NIMBOS_SLOT_CONTROL);
	arg->window_offset = nimbos_slot_map_offset(slot, NIMBOS_SLOT_WINDOW);
	mutex_unlock(&peer->lock);
	return slot;
}

/**
 * nimbos_slot_alloc_legacy() - give an open file a slot of a legacy peer
 * @peer: of which peer
 * @file: the open file
 *
 * The peer hears nothing of it. Sleeps.
 *
 * Return: as nimbos_slot_alloc(), with the errors of NIMBOS_IOC_LEGACY_ATTACH.
 */
struct nimbos_slot *nimbos_slot_alloc_legacy(struct nimbos_peer *peer, struct nimbos_file *file)
{
	struct nimbos_slot *slot = create(file, 1);
	int err;

	if (!slot)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&peer->lock);
	err = enter_table(slot, peer, true, 0);
	mutex_unlock(&peer->lock);
	if (err) {
		destroy(slot);
		return ERR_PTR(err);
	}
	return slot;
}

/* Tells everybody who waits for a lane; the caller has said why, in @pending or @dead. */
static void wake_lane(struct nimbos_slot *slot, unsigned int i)
{
	struct nimbos_slot_lane *lane = &slot->lane[i];

	lockdep_assert_held(&slot->irqnum->lock);
	wake_up(&lane->wait);
	if (lane->eventfd)
		nimbos_eventfd_signal(lane->eventfd);
}

static void kill_slot(struct nimbos_slot *slot)
{
	struct nimbos_peer *peer = slot->peer;
	unsigned int i;

	lockdep_assert_held(&peer->lock);
	if (slot->dead)
		return;
	/* A fault that has not seen this has mapped its page before we take the pages away. */
	down_write(&slot->map_lock);
	WRITE_ONCE(slot->dead, true);
	up_write(&slot->map_lock);
	if (!slot->closed)
		nimbos_slot_map_revoke(slot);

	nimbos_uintr_close_slot(slot);
	nimbos_board_close_slot(slot);
	nimbos_peer_ring(peer, slot->nr);

	spin_lock_irq(&slot->irqnum->lock);
	for (i = 0; i < slot->lanes; i++)
		wake_lane(slot, i);
	wake_up(slot->pollers);
	spin_unlock_irq(&slot->irqnum->lock);
}

/**
 * nimbos_slots_kill() - all slots of a peer die
 * @peer: one that will answer no more; under its lock. Sleeps.
 */
void nimbos_slots_kill(struct nimbos_peer *peer)
{
	unsigned int nr;

	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS)
		kill_slot(peer->slot[nr]);
}

/**
 * nimbos_slots_reap() - take back the slots that nobody uses any more
 * @peer: whose; under its lock. Sleeps.
 */
void nimbos_slots_reap(struct nimbos_peer *peer)
{
	const struct nimbos_scf_peer *area = peer->region.peer_area;
	struct nimbos_slot *slot;
	unsigned int nr;

	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS) {
		slot = peer->slot[nr];
		if (!slot->closed)
			continue;
		/* A legacy peer has memory of its own in use there, and is not waited for. */
		if (peer->executing && area) {
			/* Pairs with the peer's release after its last access to the slot. */
			if (smp_load_acquire(&area->ack_epoch[nr]) != slot->epoch)
				continue;
		}
		leave_table(slot);
	}
}

/* The file and its wait queue go away, the slot may stay until the peer has let go of it. */
static void forget_pollers(struct nimbos_slot *slot)
{
	spin_lock_irq(&slot->irqnum->lock);
	slot->pollers = NULL;
	spin_unlock_irq(&slot->irqnum->lock);
}

/**
 * nimbos_slot_close() - the file of a slot is gone
 * @slot: from nimbos_slot_alloc(); not to be used afterwards. Sleeps.
 */
void nimbos_slot_close(struct nimbos_slot *slot)
{
	struct nimbos_peer *peer = slot->peer;

	if (peer->legacy)
		nimbos_legacy_serve_end(slot);
	mutex_lock(&peer->lock);
	slot->closed = true;
	kill_slot(slot);
	forget_pollers(slot);
	nimbos_slots_reap(peer);
	mutex_unlock(&peer->lock);
}

/* Whether the peer has announced something in a lane since this was asked last. */
static bool has_kicked(struct nimbos_slot *slot, unsigned int i)
{
	u32 kick;

	/* All that a legacy peer says is its interrupt. */
	if (!slot->control)
		return true;
	kick = READ_ONCE(slot->control->kick[i]);
	if (kick == slot->lane[i].seen)
		return false;
	slot->lane[i].seen = kick;
	return true;
}

/**
 * nimbos_slot_scan() - look at what the peer has announced in a slot
 * @slot: under its irqnum's lock. Any context.
 */
void nimbos_slot_scan(struct nimbos_slot *slot)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < slot->lanes; i++) {
		if (!has_kicked(slot, i))
			continue;
		/* wake_lane() orders it before its look at who waits. */
		WRITE_ONCE(slot->lane[i].pending, 1);
		trace_nimbos_wake(slot->peer->id, slot->nr, i);
		wake_lane(slot, i);
		any = true;
	}
	if (any && slot->signal)
		nimbos_legacy_signal_send(slot->signal);
	/* Pairs with the barrier in chardev_poll(): a poller is on the queue, or sees @pending. */
	if (any && slot->pollers && wq_has_sleeper(slot->pollers))
		wake_up(slot->pollers);
}

static bool consume(struct nimbos_slot *slot, struct nimbos_slot_lane *lane)
{
	return READ_ONCE(slot->dead) || (READ_ONCE(lane->pending) && xchg(&lane->pending, 0));
}

/**
 * nimbos_slot_wait() - wait for a lane
 * @slot: the file's slot
 * @arg: as NIMBOS_IOC_SLOT_WAIT documents, flags checked
 *
 * Sleeps.
 *
 * Return: 0, -EINVAL, -ESHUTDOWN, -ETIMEDOUT or -EINTR as documented there.
 */
int nimbos_slot_wait(struct nimbos_slot *slot, const struct nimbos_slot_wait *arg)
{
	ktime_t timeout = arg->timeout_ns < 0 ? KTIME_MAX : ns_to_ktime(arg->timeout_ns);
	struct nimbos_slot_lane *lane;
	int err;

	if (arg->lane >= slot->lanes)
		return -EINVAL;
	lane = &slot->lane[array_index_nospec(arg->lane, slot->lanes)];
	if (arg->flags & NIMBOS_WAIT_NOTIFY) {
		err = nimbos_slot_notify(slot);
		if (err)
			return err;
	}
	if (!timeout)
		err = consume(slot, lane) ? 0 : -ETIME;
	else
		err = wait_event_interruptible_hrtimeout(lane->wait, consume(slot, lane), timeout);
	if (READ_ONCE(slot->dead))
		return -ESHUTDOWN;
	if (err == -ETIME)
		return -ETIMEDOUT;
	/* Not to be restarted: the time that has passed, and the notification, would be lost. */
	return err == -ERESTARTSYS ? -EINTR : err;
}

/**
 * nimbos_slot_notify() - notify the peer that a slot has responses
 * @slot: the file's slot
 *
 * Return: 0, or -ESHUTDOWN.
 */
int nimbos_slot_notify(struct nimbos_slot *slot)
{
	if (READ_ONCE(slot->dead))
		return -ESHUTDOWN;
	nimbos_peer_ring(slot->peer, slot->nr);
	return 0;
}

/**
 * nimbos_slot_set_eventfd() - bind an eventfd to a lane, or unbind it
 * @slot: the file's slot
 * @lane: which lane
 * @fd: a descriptor, or -1
 *
 * Sleeps.
 *
 * Return: 0 or an error as NIMBOS_IOC_SLOT_EVENTFD documents.
 */
int nimbos_slot_set_eventfd(struct nimbos_slot *slot, unsigned int lane, int fd)
{
	struct eventfd_ctx *ctx = NULL;
	struct nimbos_peer *peer = slot->peer;
	int err = 0;

	if (lane >= slot->lanes || fd < -1)
		return -EINVAL;
	lane = array_index_nospec(lane, slot->lanes);
	if (fd >= 0) {
		ctx = eventfd_ctx_fdget(fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
	}
	/* Death signals what is bound: what is bound after it would never be signalled. */
	mutex_lock(&peer->lock);
	if (slot->dead) {
		err = -ESHUTDOWN;
	} else {
		spin_lock_irq(&slot->irqnum->lock);
		swap(slot->lane[lane].eventfd, ctx);
		spin_unlock_irq(&slot->irqnum->lock);
	}
	mutex_unlock(&peer->lock);
	if (ctx)
		eventfd_ctx_put(ctx);
	return err;
}

/**
 * nimbos_slot_events() - what poll() of the file of a slot reports
 * @slot: the file's slot
 *
 * Return: EPOLLIN while a lane has a notification that no wait has consumed, EPOLLHUP when dead.
 */
__poll_t nimbos_slot_events(struct nimbos_slot *slot)
{
	__poll_t events = 0;
	unsigned int i;

	for (i = 0; i < slot->lanes; i++)
		if (READ_ONCE(slot->lane[i].pending))
			events = EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(slot->dead))
		events |= EPOLLHUP;
	return events;
}
