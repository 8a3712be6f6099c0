// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: a peer and its slots in a program's own memory.
 */
#include <errno.h>
#include <sys/mman.h>

#include "nimbos_local.h"
#include "nimbos_mem.h"

static size_t control_size(__u32 lanes, __u32 depth)
{
	return (NIMBOS_SCF_CONTROL_SIZE(lanes, depth) + 4095UL) & ~4095UL;
}

int nimbos_local_open(struct nimbos_local *local, const struct nimbos_client_ops *ops,
		      __u32 nr_slots, __u32 lanes, __u32 depth)
{
	size_t control = control_size(lanes, depth);
	size_t arena = nr_slots * (control + NIMBOS_LOCAL_WINDOW_SIZE);
	size_t board = arena + NIMBOS_LOCAL_UPIDS * sizeof(struct nimbos_scf_upid);
	struct nimbos_scf_slot_entry *entry;
	__u64 at = 0;
	__u32 no;
	int ret;

	local->size = board + NIMBOS_SCF_BOARD_SIZE + NIMBOS_SCF_PEER_AREA_SIZE;
	local->region = mmap(NULL, local->size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (local->region == MAP_FAILED)
		return -errno;
	local->upids = (struct nimbos_scf_upid *)(local->region + arena);
	local->board = (struct nimbos_scf_board *)(local->region + board);
	local->board->magic = NIMBOS_SCF_BOARD_MAGIC;
	local->board->version = NIMBOS_SCF_VERSION;
	local->board->nr_slots = nr_slots;
	local->board->features = NIMBOS_SCF_F_ALL | NIMBOS_SCF_F_UPID;
	local->board->region_size = local->size;
	local->board->peer_offset = board + NIMBOS_SCF_BOARD_SIZE;
	local->board->upid_offset = arena;
	local->board->nr_upids = NIMBOS_LOCAL_UPIDS;
	for (no = 0; no < nr_slots; no++) {
		entry = &local->board->slot[no];
		entry->lanes = lanes;
		entry->depth = depth;
		entry->route = NIMBOS_SCF_ROUTE(0x20, 0);
		entry->control_offset = at;
		entry->control_size = control;
		entry->window_offset = at + control;
		entry->window_size = NIMBOS_LOCAL_WINDOW_SIZE;
		entry->window_va = NIMBOS_SCF_WINDOW_VA;
		entry->epoch = 1;
		nimbos_local_control(local, no)->server_features = NIMBOS_SCF_F_ALL;
		nimbos_local_control(local, no)->server_state = NIMBOS_SCF_SERVER_READY;
		at += control + NIMBOS_LOCAL_WINDOW_SIZE;
	}
	ret = nimbos_client_init(&local->client, ops, local->board, local->region, local);
	if (ret)
		munmap(local->region, local->size);
	else
		nimbos_client_up(&local->client, 0);
	return ret;
}

struct nimbos_scf_slot *nimbos_local_control(const struct nimbos_local *local, __u32 no)
{
	return (struct nimbos_scf_slot *)(local->region + local->board->slot[no].control_offset);
}

void nimbos_local_raise(struct nimbos_local *local, __u32 no)
{
	__u32 *kick = &local->board->slot_kick[no];

	/* Pairs with nimbos_client_doorbell(), as nimbos.ko's would. */
	nimbos_store_release(kick, nimbos_read(kick) + 1);
	nimbos_client_doorbell(&local->client);
}

void nimbos_local_kill(struct nimbos_local *local, __u32 no)
{
	__u32 *epoch = &local->board->slot[no].epoch;

	/* Pairs with nimbos_slot_is_dead(), as nimbos.ko's would. */
	nimbos_store_release(epoch, nimbos_read(epoch) + 1);
	nimbos_local_raise(local, no);
}

void nimbos_local_close(struct nimbos_local *local)
{
	munmap(local->region, local->size);
}
