/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_CLIENT_H
#define REF_CLIENT_H

#include "../lib/nimbos_client.h"
#include "types.h"

/* This kernel, to Linux. */
extern struct nimbos_client client;

/**
 * client_init() - find the board
 * @board: where it is mapped
 * @region: where the region is mapped
 *
 * Return: 0 or an error of nimbos_client_init().
 */
int client_init(struct nimbos_scf_board *board, void *region);

#endif /* REF_CLIENT_H */
