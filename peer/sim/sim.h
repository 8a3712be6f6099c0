/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: what the files of the sim share.
 */
#ifndef NIMBOS_SIM_INTERNAL_H
#define NIMBOS_SIM_INTERNAL_H

#include <pthread.h>

#include "nimbos_sim.h"

/**
 * struct nimbos_sim_slot - a connection
 * @socket: to the server; -1 if there is none
 * @doorbell_fd: eventfd that the server notifies by
 * @lane_fd: eventfds that the workers wait on
 * @lanes: number of them
 * @window: where the window is mapped for the program
 * @window_size: of it, in bytes
 */
struct nimbos_sim_slot {
	int socket;
	int doorbell_fd;
	int lane_fd[NIMBOS_SCF_MAX_LANES];
	__u32 lanes;
	void *window;
	__u64 window_size;
};

/**
 * struct nimbos_sim - a peer
 * @client: the client library's object
 * @board: the board, which is the sim's own
 * @region: address space for all slots, the board and the peer area
 * @region_size: of it, in bytes
 * @epoll_fd: what the doorbell's thread waits on
 * @stop_fd: eventfd that ends it
 * @doorbell: the thread
 * @lock: one looks at connections, or changes them
 * @slot_dead: the program's
 * @slot: connections
 */
struct nimbos_sim {
	struct nimbos_client client;
	struct nimbos_scf_board *board;
	char *region;
	__u64 region_size;
	int epoll_fd;
	int stop_fd;
	pthread_t doorbell;
	pthread_mutex_t lock;
	void (*slot_dead)(struct nimbos_client_slot *slot);
	struct nimbos_sim_slot slot[NIMBOS_SCF_MAX_SLOTS];
};

extern const struct nimbos_client_ops nimbos_sim_ops;

/* Write to an eventfd. */
void nimbos_sim_signal(int fd);

/* Receive the hello and its descriptors: 0, or a negative errno, and then none is left open. */
int nimbos_sim_receive(int socket, struct nimbos_sim_hello *hello, int fds[NIMBOS_SIM_MAX_FDS]);

#endif /* NIMBOS_SIM_INTERNAL_H */
