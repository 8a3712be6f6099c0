/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: a peer and its slots in a program's own memory, with nobody on the other side: whoever
 * measures or tests rings plays that, with the server's rings of libnimbos.
 */
#ifndef NIMBOS_LOCAL_H
#define NIMBOS_LOCAL_H

#include "nimbos_client.h"

/**
 * struct nimbos_local - a peer
 * @client: the client library's object
 * @board: the board; whoever plays nimbos.ko writes it
 * @upids: descriptors of user interrupts, NIMBOS_LOCAL_UPIDS of them; on offer, but all of them 0
 * @region: the region: slots' areas, then UPIDs, the board and the peer area
 * @size: of it, in bytes
 */
struct nimbos_local {
	struct nimbos_client client;
	struct nimbos_scf_board *board;
	struct nimbos_scf_upid *upids;
	char *region;
	size_t size;
};

#define NIMBOS_LOCAL_WINDOW_SIZE 4096
/* A page of them. */
#define NIMBOS_LOCAL_UPIDS (4096 / sizeof(struct nimbos_scf_upid))

/**
 * nimbos_local_open() - make a peer whose slots are all given out and ready, in epoch 1
 * @local: memory for the object
 * @ops: for the client library
 * @nr_slots: how many slots
 * @lanes: of each slot
 * @depth: of each lane
 *
 * Return: 0, or a negative errno.
 */
int nimbos_local_open(struct nimbos_local *local, const struct nimbos_client_ops *ops,
		      __u32 nr_slots, __u32 lanes, __u32 depth);

/**
 * nimbos_local_control() - a slot's control area, as its server knows it
 * @local: the peer
 * @no: number of the slot
 */
struct nimbos_scf_slot *nimbos_local_control(const struct nimbos_local *local, __u32 no);

/**
 * nimbos_local_raise() - raise a slot's word on the board and ring the doorbell
 * @local: the peer
 * @no: number of the slot
 */
void nimbos_local_raise(struct nimbos_local *local, __u32 no);

/**
 * nimbos_local_kill() - raise a slot's epoch, as if its server had died
 * @local: the peer
 * @no: number of the slot
 */
void nimbos_local_kill(struct nimbos_local *local, __u32 no);

/**
 * nimbos_local_close() - free a peer
 * @local: the peer
 */
void nimbos_local_close(struct nimbos_local *local);

#endif /* NIMBOS_LOCAL_H */
