// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: irqnums, the Linux interrupts by which peers notify us.
 *
 * They are interrupts of the local APICs' own domain: no device and no IO-APIC pin stands behind
 * them, a peer raises one by sending its vector to its CPU. The pair of them is the route. It
 * changes when Linux moves the interrupt, and then it is published again.
 *
 * No notification is lost on the way. Linux moves an interrupt of this kind when the next one
 * arrives, before its handler runs, and the old vector stays good until the first one has come by
 * the new: so the handler publishes. Or a CPU goes offline, which takes away vectors on it, and old
 * vectors of interrupts that were moving to or from it: so the hotplug callback publishes. Whoever
 * publishes then looks at all that the irqnum serves. A peer announces (stores its kick word)
 * before it loads the route, with a full barrier between: if it loaded the old one, the look that
 * follows the publication sees what it announced.
 *
 * Legacy peers are told the route once, and never hear of another, nor of a slot's end: their
 * irqnums stay on the boot CPU, which does not go offline, and with their slot's number until the
 * peer stops. So an interrupt for a shadow that is gone finds nobody, or the next one, and no other
 * device.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <asm/hw_irq.h>
#include <asm/irqdomain.h>

#include "apic.h"
#include "compat.h"
#include "nimbos.h"
#include "trace.h"

#define IRQNUMS_MAX 1024
#define BOOT_CPU 0

static unsigned int irqnums = 128;
module_param(irqnums, uint, 0444);
MODULE_PARM_DESC(irqnums, "How many interrupts all peers together may use (1 to 1024); beyond that, slots share them");

/* Protects the map, the account and the numbers, and keeps attaching and detaching slots apart. */
static DEFINE_MUTEX(irqnum_mutex);
static DECLARE_BITMAP(irqnum_map, IRQNUMS_MAX);
static struct nimbos_account irqnum_account;
/* Those of CPUs have no number in the map, and are counted here. */
static unsigned int cpu_irqnums;

/* Those in use, for whoever walks them. Changed under irqnum_mutex and this lock. */
static LIST_HEAD(irqnum_list);
static DEFINE_SPINLOCK(irqnum_list_lock);

/*
 * The domain's own chip has no mask and unmask, since its interrupts are normally masked by the
 * device above; the code that moves an interrupt calls them. Nothing has to be held back here.
 */
static void chip_nop(struct irq_data *data)
{
}

static struct irq_chip irqnum_chip;

static u64 current_route(struct nimbos_irqnum *irqnum)
{
	struct irq_data *data = irq_get_irq_data(irqnum->virq);
	unsigned int cpu = cpumask_first(irq_data_get_effective_affinity_mask(data));

	return NIMBOS_SCF_ROUTE(irqd_cfg(data)->vector, nimbos_apic_id(cpu));
}

/* Publishes the route if it has changed, and looks at what the peer has announced. */
static void refresh(struct nimbos_irqnum *irqnum)
{
	u64 route = current_route(irqnum);
	struct nimbos_slot *slot;

	lockdep_assert_held(&irqnum->lock);
	if (route != irqnum->route) {
		irqnum->route = route;
		trace_nimbos_route(irqnum->peer->id, irqnum->nr, route);
		list_for_each_entry(slot, &irqnum->slots, irqnum_entry)
			nimbos_board_route(slot->peer, slot, route);
		if (irqnum->is_event)
			nimbos_board_route(irqnum->peer, NULL, route);
		/* Pairs with the peer's full barrier between its kick and its load of the route. */
		smp_mb();
	}
	list_for_each_entry(slot, &irqnum->slots, irqnum_entry)
		nimbos_slot_scan(slot);
}

static irqreturn_t slots_handler(int irq, void *cookie)
{
	struct nimbos_irqnum *irqnum = cookie;

	spin_lock(&irqnum->lock);
	irqnum->count++;
	atomic64_inc(&irqnum->peer->interrupts);
	refresh(irqnum);
	spin_unlock(&irqnum->lock);
	return IRQ_HANDLED;
}

static irqreturn_t event_handler(int irq, void *cookie)
{
	struct nimbos_irqnum *irqnum = cookie;

	slots_handler(irq, cookie);
	nimbos_peer_event(irqnum->peer);
	return IRQ_HANDLED;
}

/**
 * nimbos_irqnum_refresh_all() - publish all routes that have changed
 *
 * Called when Linux may have moved interrupts without one having come. Does not sleep.
 */
void nimbos_irqnum_refresh_all(void)
{
	struct nimbos_irqnum *irqnum;
	unsigned long flags;

	spin_lock_irqsave(&irqnum_list_lock, flags);
	list_for_each_entry(irqnum, &irqnum_list, entry) {
		spin_lock(&irqnum->lock);
		refresh(irqnum);
		spin_unlock(&irqnum->lock);
		if (irqnum->is_event)
			nimbos_peer_event(irqnum->peer);
	}
	spin_unlock_irqrestore(&irqnum_list_lock, flags);
}

static int alloc_interrupt(struct irq_affinity_desc *affinity)
{
	struct irq_alloc_info info = {};
	int virq;

	virq = __irq_domain_alloc_irqs(x86_vector_domain, -1, 1, NUMA_NO_NODE, &info, false,
				       affinity);
	if (virq < 0)
		return virq;
	if (!irqnum_chip.irq_ack) {
		irqnum_chip = *irq_get_chip(virq);
		irqnum_chip.name = "nimbos";
		irqnum_chip.irq_mask = chip_nop;
		irqnum_chip.irq_unmask = chip_nop;
		irqnum_chip.flags |= NIMBOS_IRQCHIP_MOVE_DEFERRED;
	}
	irq_set_chip_and_handler(virq, &irqnum_chip, handle_edge_irq);
	return virq;
}

static void name_irqnum(struct nimbos_irqnum *irqnum, const struct nimbos_slot *slot)
{
	if (irqnum->peer->legacy)
		snprintf(irqnum->name, sizeof(irqnum->name), "nimbos%u-irq%u", irqnum->peer->id,
			 NIMBOS_LEGACY_IRQ + slot->nr);
	else
		snprintf(irqnum->name, sizeof(irqnum->name), "nimbos%u-irqnum%u", irqnum->peer->id,
			 irqnum->nr);
}

static int request(struct nimbos_irqnum *irqnum)
{
	irq_handler_t handler = irqnum->is_event ? event_handler : slots_handler;
	unsigned long flags = 0;
	int err;

	if (irqnum->peer->legacy) {
		flags = IRQF_NOBALANCING;
		err = irq_set_affinity(irqnum->virq, cpumask_of(BOOT_CPU));
		if (err)
			return err;
	}
	return request_irq(irqnum->virq, handler, flags, irqnum->name, irqnum);
}

/* @slot is the first that it will serve, or NULL for one that tells of the peer itself. */
static struct nimbos_irqnum *create(struct nimbos_peer *peer, const struct nimbos_slot *slot)
{
	unsigned int max = clamp(irqnums, 1U, (unsigned int)IRQNUMS_MAX);
	struct nimbos_irqnum *irqnum;
	int err;

	lockdep_assert_held(&irqnum_mutex);
	irqnum = kzalloc(sizeof(*irqnum), GFP_KERNEL);
	if (!irqnum)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&irqnum->lock);
	INIT_LIST_HEAD(&irqnum->slots);
	irqnum->peer = peer;
	irqnum->is_event = !slot;
	irqnum->slot_nr = slot ? slot->nr : 0;
	irqnum->nr = find_first_zero_bit(irqnum_map, max);
	if (irqnum->nr == max) {
		err = -ENOSPC;
		goto err_free;
	}
	name_irqnum(irqnum, slot);

	err = alloc_interrupt(NULL);
	if (err < 0)
		goto err_free;
	irqnum->virq = err;
	err = request(irqnum);
	if (err)
		goto err_dispose;

	__set_bit(irqnum->nr, irqnum_map);
	irqnum_account.allocated++;
	return irqnum;

err_dispose:
	irq_dispose_mapping(irqnum->virq);
err_free:
	kfree(irqnum);
	return ERR_PTR(err);
}

/* Publishes its route, now and, since nimbos_irqnum_refresh_all() sees it, when a CPU goes away. */
static void announce(struct nimbos_irqnum *irqnum)
{
	unsigned long flags;

	spin_lock_irqsave(&irqnum_list_lock, flags);
	list_add_tail(&irqnum->entry, &irqnum_list);
	spin_lock(&irqnum->lock);
	refresh(irqnum);
	spin_unlock(&irqnum->lock);
	spin_unlock_irqrestore(&irqnum_list_lock, flags);
}

static void destroy(struct nimbos_irqnum *irqnum)
{
	unsigned long flags;

	lockdep_assert_held(&irqnum_mutex);
	spin_lock_irqsave(&irqnum_list_lock, flags);
	list_del(&irqnum->entry);
	spin_unlock_irqrestore(&irqnum_list_lock, flags);

	free_irq(irqnum->virq, irqnum);
	irq_dispose_mapping(irqnum->virq);
	__clear_bit(irqnum->nr, irqnum_map);
	irqnum_account.freed++;
	kfree(irqnum);
}

/**
 * nimbos_irqnum_get_event() - an irqnum for what a peer tells of itself
 * @peer: whose; its events are woken and its event_work is queued by each interrupt
 *
 * Its route is published on the board from now on. Sleeps.
 *
 * Return: the irqnum, or an ERR_PTR: -ENOMEM, or -ENOSPC if no number or vector is left.
 */
struct nimbos_irqnum *nimbos_irqnum_get_event(struct nimbos_peer *peer)
{
	struct nimbos_irqnum *irqnum;

	mutex_lock(&irqnum_mutex);
	irqnum = create(peer, NULL);
	if (!IS_ERR(irqnum))
		announce(irqnum);
	mutex_unlock(&irqnum_mutex);
	return irqnum;
}

/**
 * nimbos_irqnum_put_event() - undo nimbos_irqnum_get_event()
 * @irqnum: its irqnum. Sleeps.
 */
void nimbos_irqnum_put_event(struct nimbos_irqnum *irqnum)
{
	mutex_lock(&irqnum_mutex);
	destroy(irqnum);
	mutex_unlock(&irqnum_mutex);
}

static struct nimbos_irqnum *least_used(struct nimbos_peer *peer)
{
	struct nimbos_irqnum *irqnum, *best = NULL;

	lockdep_assert_held(&irqnum_mutex);
	list_for_each_entry(irqnum, &irqnum_list, entry)
		if (irqnum->peer == peer && !irqnum->is_event &&
		    (!best || irqnum->users < best->users))
			best = irqnum;
	return best;
}

/* That of a legacy peer's slot which had the number before; or NULL. */
static struct nimbos_irqnum *kept(const struct nimbos_slot *slot)
{
	struct nimbos_irqnum *irqnum;

	lockdep_assert_held(&irqnum_mutex);
	list_for_each_entry(irqnum, &irqnum_list, entry)
		if (irqnum->peer == slot->peer && !irqnum->is_event && !irqnum->users &&
		    irqnum->slot_nr == slot->nr)
			return irqnum;
	return NULL;
}

/**
 * nimbos_irqnum_attach() - give a slot an irqnum
 * @slot: a slot without one; it is looked at and its route is published from now on
 *
 * The one that a legacy peer knows, or one of its own while one can be had, then the one that
 * serves the fewest of the peer's slots. Sleeps.
 *
 * Return: 0, -ENOMEM, or -ENOSPC if no number or vector is left, nor an irqnum to share.
 */
int nimbos_irqnum_attach(struct nimbos_slot *slot)
{
	struct nimbos_irqnum *irqnum;
	bool fresh;
	int err = 0;

	mutex_lock(&irqnum_mutex);
	irqnum = kept(slot);
	fresh = !irqnum;
	if (fresh)
		irqnum = create(slot->peer, slot);
	if (IS_ERR(irqnum)) {
		irqnum = least_used(slot->peer) ?: irqnum;
		fresh = false;
	}
	if (IS_ERR(irqnum)) {
		err = PTR_ERR(irqnum);
		goto out;
	}

	spin_lock_irq(&irqnum->lock);
	slot->irqnum = irqnum;
	list_add_tail(&slot->irqnum_entry, &irqnum->slots);
	irqnum->users++;
	nimbos_board_route(slot->peer, slot, irqnum->route);
	spin_unlock_irq(&irqnum->lock);
	if (fresh)
		announce(irqnum);
out:
	mutex_unlock(&irqnum_mutex);
	return err;
}

/**
 * nimbos_irqnum_detach() - take a slot's irqnum away
 * @slot: a slot with one; nobody looks at it any more; under its peer's lock
 *
 * The irqnum is freed with its last slot; that of a legacy peer not before the peer stops. Sleeps.
 */
void nimbos_irqnum_detach(struct nimbos_slot *slot)
{
	struct nimbos_irqnum *irqnum = slot->irqnum;
	unsigned int users;

	lockdep_assert_held(&slot->peer->lock);
	mutex_lock(&irqnum_mutex);
	spin_lock_irq(&irqnum->lock);
	list_del(&slot->irqnum_entry);
	slot->irqnum = NULL;
	users = --irqnum->users;
	nimbos_board_route(slot->peer, slot, 0);
	spin_unlock_irq(&irqnum->lock);
	if (!users && !(slot->peer->legacy && slot->peer->executing))
		destroy(irqnum);
	mutex_unlock(&irqnum_mutex);
}

/**
 * nimbos_irqnum_drop_kept() - free what was kept for a legacy peer
 * @peer: one that executes nothing any more; under its lock. Sleeps.
 */
void nimbos_irqnum_drop_kept(struct nimbos_peer *peer)
{
	struct nimbos_irqnum *irqnum, *next;

	mutex_lock(&irqnum_mutex);
	list_for_each_entry_safe(irqnum, next, &irqnum_list, entry)
		if (irqnum->peer == peer && !irqnum->is_event && !irqnum->users)
			destroy(irqnum);
	mutex_unlock(&irqnum_mutex);
}

/**
 * nimbos_irqnum_get_cpu() - an interrupt that is a CPU's, whether that is online or not
 * @cpu: which
 * @handler: called with interrupts off, never in a thread
 * @name: in /proc/interrupts
 * @cookie: for @handler
 *
 * The kernel starts it when the CPU comes and shuts it down when that goes; it never moves. It has
 * a vector from its start on, which may be another one the next time. Not counted in what peers may
 * use. Sleeps.
 *
 * Return: its number in Linux, -ENOMEM, or -ENOSPC if no vector is left.
 */
int nimbos_irqnum_get_cpu(unsigned int cpu, irq_handler_t handler, const char *name, void *cookie)
{
	/* Large, hence not on the stack; protected by irqnum_mutex. */
	static struct irq_affinity_desc affinity = { .is_managed = 1 };
	int virq, err;

	mutex_lock(&irqnum_mutex);
	cpumask_copy(&affinity.mask, cpumask_of(cpu));
	virq = alloc_interrupt(&affinity);
	if (virq < 0)
		goto out;
	err = request_irq(virq, handler, IRQF_NO_THREAD, name, cookie);
	if (err) {
		irq_dispose_mapping(virq);
		virq = err;
		goto out;
	}
	cpu_irqnums++;
	irqnum_account.allocated++;
out:
	mutex_unlock(&irqnum_mutex);
	return virq;
}

/**
 * nimbos_irqnum_put_cpu() - undo nimbos_irqnum_get_cpu()
 * @virq: its number in Linux
 * @cookie: as there. Sleeps.
 */
void nimbos_irqnum_put_cpu(unsigned int virq, void *cookie)
{
	mutex_lock(&irqnum_mutex);
	free_irq(virq, cookie);
	irq_dispose_mapping(virq);
	cpu_irqnums--;
	irqnum_account.freed++;
	mutex_unlock(&irqnum_mutex);
}

/**
 * nimbos_irqnum_used() - count a peer's irqnums
 * @peer: whose
 *
 * Sleeps.
 *
 * Return: how many it has.
 */
unsigned int nimbos_irqnum_used(struct nimbos_peer *peer)
{
	struct nimbos_irqnum *irqnum;
	unsigned int used = 0;

	mutex_lock(&irqnum_mutex);
	list_for_each_entry(irqnum, &irqnum_list, entry)
		used += irqnum->peer == peer;
	mutex_unlock(&irqnum_mutex);
	return used;
}

/**
 * nimbos_irqnum_show() - write the account of the pool for people and tests
 * @m: where to
 */
void nimbos_irqnum_show(struct seq_file *m)
{
	struct nimbos_irqnum *irqnum;

	mutex_lock(&irqnum_mutex);
	seq_printf(m, "irqnums: used %u allocated %llu freed %llu\n",
		   bitmap_weight(irqnum_map, IRQNUMS_MAX) + cpu_irqnums, irqnum_account.allocated,
		   irqnum_account.freed);
	list_for_each_entry(irqnum, &irqnum_list, entry)
		seq_printf(m, "irqnum %u: peer %u irq %u vector %u apicid %u slots %u interrupts %llu\n",
			   irqnum->nr, irqnum->peer->id, irqnum->virq,
			   NIMBOS_SCF_ROUTE_VECTOR(irqnum->route),
			   NIMBOS_SCF_ROUTE_APICID(irqnum->route), irqnum->users,
			   READ_ONCE(irqnum->count));
	mutex_unlock(&irqnum_mutex);
}
