// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: senders of user interrupts: an open file's UITT, whose entries lead to targets.
 *
 * The processor reads an entry without asking anybody, as two words. They never change both at
 * once: a valid entry is only ever pointed to the sink, or made invalid; and an invalid one is used
 * again when no processor can be using what it has read there before.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/nospec.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "uintr.h"

/* Intel's manual, volume 3, "User-Interrupt Target Table". */
/* A target's senders are walked with the lock held. */
#define MAX_SENDERS 1024

#define UITT_VALID BIT_ULL(0)
#define UITT_VECTOR(vector) ((u64)(vector) << 8)

struct sender {
	struct nimbos_uitt_entry *entry;
	struct nimbos_uintr_target *target; /* NULL once that has gone */
	struct list_head link; /* in its list */
};

/**
 * struct nimbos_uitt - an open file's UITT
 * @table: a page, which the processor reads
 * @used: the entries in use
 * @senders: what we know of the entries
 */
struct nimbos_uitt {
	struct nimbos_uitt_entry *table;
	DECLARE_BITMAP(used, NIMBOS_UINTR_SENDERS);
	struct sender senders[NIMBOS_UINTR_SENDERS];
};
static_assert(sizeof(struct nimbos_uitt_entry) * NIMBOS_UINTR_SENDERS <= PAGE_SIZE);

/* A UPID where what is posted to who has gone is let lie: it never notifies. */
static struct nimbos_scf_upid sink __aligned(64) = { .control = NIMBOS_SCF_UPID_SN };

/* Protected by nimbos_uintr_lock. */
static struct nimbos_account uitt_account;
static struct nimbos_account sender_account;

/**
 * nimbos_uintr_target_init() - make a target
 * @target: what to make one
 * @upid: where it leads; NULL if that is nowhere from the beginning
 */
void nimbos_uintr_target_init(struct nimbos_uintr_target *target, struct nimbos_scf_upid *upid)
{
	target->upid = upid;
	INIT_LIST_HEAD(&target->senders);
	target->nr_senders = 0;
}

static void join(struct sender *sender, struct nimbos_uintr_target *target)
{
	sender->target = target;
	list_add(&sender->link, &target->senders);
	target->nr_senders++;
}

/* Does nothing if its target has gone. */
static void leave(struct sender *sender)
{
	if (!sender->target)
		return;
	list_del(&sender->link);
	sender->target->nr_senders--;
	sender->target = NULL;
}

/**
 * nimbos_uintr_target_close() - let a target lead nowhere
 * @target: which; under nimbos_uintr_lock
 *
 * Its UPID may be posted to until nimbos_uintr_sync() has returned.
 */
void nimbos_uintr_target_close(struct nimbos_uintr_target *target)
{
	struct sender *sender, *next;

	lockdep_assert_held(&nimbos_uintr_lock);
	target->upid = NULL;
	list_for_each_entry_safe(sender, next, &target->senders, link) {
		WRITE_ONCE(sender->entry->upid, (u64)&sink);
		leave(sender);
	}
}

/**
 * nimbos_uitt_create() - make a UITT without an entry
 *
 * Sleeps.
 *
 * Return: the UITT, or NULL if there is no memory.
 */
struct nimbos_uitt *nimbos_uitt_create(void)
{
	struct nimbos_uitt *uitt = kzalloc(sizeof(*uitt), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!uitt)
		return NULL;
	uitt->table = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!uitt->table) {
		kfree(uitt);
		return NULL;
	}
	for (i = 0; i < NIMBOS_UINTR_SENDERS; i++)
		uitt->senders[i].entry = &uitt->table[i];
	raw_spin_lock(&nimbos_uintr_lock);
	uitt_account.allocated++;
	raw_spin_unlock(&nimbos_uintr_lock);
	return uitt;
}

/**
 * nimbos_uitt_destroy() - let a UITT go
 * @uitt: one that no processor knows
 */
void nimbos_uitt_destroy(struct nimbos_uitt *uitt)
{
	unsigned int i;

	raw_spin_lock(&nimbos_uintr_lock);
	for_each_set_bit(i, uitt->used, NIMBOS_UINTR_SENDERS) {
		leave(&uitt->senders[i]);
		sender_account.freed++;
	}
	uitt_account.freed++;
	raw_spin_unlock(&nimbos_uintr_lock);
	free_page((unsigned long)uitt->table);
	kfree(uitt);
}

/**
 * nimbos_uitt_table() - a UITT as the processor is told of it
 * @uitt: which
 */
const struct nimbos_uitt_entry *nimbos_uitt_table(const struct nimbos_uitt *uitt)
{
	return uitt->table;
}

/**
 * nimbos_uitt_connect() - let an entry lead to a target
 * @uitt: where to
 * @target: which
 * @vector: user vector that it posts
 *
 * Return: the index of the entry; -ESHUTDOWN if the target has been closed, -ENOSPC if there is no
 * entry left, or the target has as many as it can have.
 */
int nimbos_uitt_connect(struct nimbos_uitt *uitt, struct nimbos_uintr_target *target, u8 vector)
{
	struct sender *sender;
	unsigned int index;
	int err = 0;

	raw_spin_lock(&nimbos_uintr_lock);
	index = find_first_zero_bit(uitt->used, NIMBOS_UINTR_SENDERS);
	if (!target->upid) {
		err = -ESHUTDOWN;
	} else if (index == NIMBOS_UINTR_SENDERS || target->nr_senders == MAX_SENDERS) {
		err = -ENOSPC;
	} else {
		__set_bit(index, uitt->used);
		sender_account.allocated++;
		sender = &uitt->senders[index];
		join(sender, target);
		sender->entry->upid = (u64)target->upid;
		/* A thread of this file may try any index: with V it finds the address. */
		smp_store_release(&sender->entry->flags, UITT_VALID | UITT_VECTOR(vector));
	}
	raw_spin_unlock(&nimbos_uintr_lock);
	return err ?: index;
}

/**
 * nimbos_uitt_disconnect() - take an entry away
 * @uitt: whose
 * @index: which
 * @is_empty: out: that was the last one
 *
 * When it returns, nothing is under way by it.
 *
 * Return: 0, or -EINVAL if there is no such entry.
 */
int nimbos_uitt_disconnect(struct nimbos_uitt *uitt, unsigned int index, bool *is_empty)
{
	struct sender *sender;

	if (index >= NIMBOS_UINTR_SENDERS)
		return -EINVAL;
	index = array_index_nospec(index, NIMBOS_UINTR_SENDERS);
	sender = &uitt->senders[index];

	raw_spin_lock(&nimbos_uintr_lock);
	/* Without V, somebody else is taking it away at this moment. */
	if (!test_bit(index, uitt->used) || !sender->entry->flags) {
		raw_spin_unlock(&nimbos_uintr_lock);
		return -EINVAL;
	}
	WRITE_ONCE(sender->entry->flags, 0);
	leave(sender);
	raw_spin_unlock(&nimbos_uintr_lock);

	nimbos_uintr_sync();

	raw_spin_lock(&nimbos_uintr_lock);
	sender->entry->upid = 0;
	__clear_bit(index, uitt->used);
	sender_account.freed++;
	*is_empty = bitmap_empty(uitt->used, NIMBOS_UINTR_SENDERS);
	raw_spin_unlock(&nimbos_uintr_lock);
	return 0;
}

/**
 * nimbos_uitt_show() - write the accounts for people and tests
 * @m: where to
 */
void nimbos_uitt_show(struct seq_file *m)
{
	struct nimbos_account uitts, senders;

	raw_spin_lock(&nimbos_uintr_lock);
	uitts = uitt_account;
	senders = sender_account;
	raw_spin_unlock(&nimbos_uintr_lock);
	nimbos_account_show(m, "uitts", &uitts);
	nimbos_account_show(m, "senders", &senders);
}
