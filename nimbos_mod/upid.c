// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: pools of UPIDs: one in Linux's memory, and one in each region, for its peer to post to.
 */
#include <linux/bitmap.h>
#include <linux/lockdep.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "uintr.h"

/**
 * nimbos_upid_alloc() - take a UPID
 * @pool: from which; under nimbos_uintr_lock
 *
 * It is all zero. Index 0 is never given out: on the board it means none, and there it is the
 * peer's doorbell.
 *
 * Return: its index, or -ENOSPC.
 */
int nimbos_upid_alloc(struct nimbos_upid_pool *pool)
{
	unsigned int index;

	lockdep_assert_held(&nimbos_uintr_lock);
	index = find_next_zero_bit(pool->map, NIMBOS_SCF_MAX_UPIDS, 1);
	if (index == NIMBOS_SCF_MAX_UPIDS)
		return -ENOSPC;
	__set_bit(index, pool->map);
	pool->account.allocated++;
	memset(&pool->upids[index], 0, sizeof(pool->upids[index]));
	return index;
}

/**
 * nimbos_upid_free() - give a UPID back
 * @pool: to which; under nimbos_uintr_lock
 * @index: from nimbos_upid_alloc(); nobody posts to it any more
 */
void nimbos_upid_free(struct nimbos_upid_pool *pool, unsigned int index)
{
	lockdep_assert_held(&nimbos_uintr_lock);
	__clear_bit(index, pool->map);
	pool->account.freed++;
}

/**
 * nimbos_upid_show() - write the account of a pool for people and tests
 * @m: where to
 * @pool: which
 */
void nimbos_upid_show(struct seq_file *m, const struct nimbos_upid_pool *pool)
{
	struct nimbos_account account;
	unsigned int used;

	raw_spin_lock(&nimbos_uintr_lock);
	used = bitmap_weight(pool->map, NIMBOS_SCF_MAX_UPIDS);
	account = pool->account;
	raw_spin_unlock(&nimbos_uintr_lock);
	seq_printf(m, "upids: used %u allocated %llu freed %llu\n", used, account.allocated,
		   account.freed);
}
