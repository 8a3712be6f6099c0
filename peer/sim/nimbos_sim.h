/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: the sim, a peer that is an ordinary Linux program.
 *
 * The client library is the same objects as in a kernel; only the transport is another. A server
 * (nimbos-shadow --sim) listens on a UNIX socket of type SOCK_SEQPACKET; each connection is a slot.
 * The server makes the slot's memory, a memfd of control area and window, gets ready, and sends one
 * struct nimbos_sim_hello with file descriptors (SCM_RIGHTS) in the order of enum nimbos_sim_fd.
 * Nothing else is ever sent. An interrupt is an eventfd that is written to, a death is a hang-up.
 */
#ifndef NIMBOS_SIM_H
#define NIMBOS_SIM_H

#include "nimbos_client.h"

#define NIMBOS_SIM_MAGIC 0x4953424eU /* "NBSI" */

/**
 * enum nimbos_sim_fd - descriptors that come with the hello
 * @NIMBOS_SIM_FD_MEMORY: the memfd
 * @NIMBOS_SIM_FD_DOORBELL: eventfd by which the server notifies the client
 * @NIMBOS_SIM_FD_LANE0: eventfd by which the client notifies the worker of lane 0; the other lanes'
 *	follow
 */
enum nimbos_sim_fd {
	NIMBOS_SIM_FD_MEMORY = 0,
	NIMBOS_SIM_FD_DOORBELL = 1,
	NIMBOS_SIM_FD_LANE0 = 2,
};

#define NIMBOS_SIM_MAX_FDS (NIMBOS_SIM_FD_LANE0 + NIMBOS_SCF_MAX_LANES)

/**
 * struct nimbos_sim_hello - the only message, from the server to the client
 * @magic: NIMBOS_SIM_MAGIC
 * @size: sizeof(struct nimbos_sim_hello)
 * @entry: what would be on the board; @control_offset and @window_offset are offsets in the memfd,
 *	@epoch is odd and @route 0. @server_state in the control area is READY by now
 */
struct nimbos_sim_hello {
	__u32 magic;
	__u32 size;
	struct nimbos_scf_slot_entry entry;
};

NIMBOS_SCF_ASSERT(sizeof(struct nimbos_sim_hello) == 72);

/* A memfd is at most this large; so much of the sim's address space is set aside for each slot. */
#define NIMBOS_SIM_SLOT_SPAN 0x40000000ULL

/**
 * struct nimbos_sim_lane - a lane, and what its thread sleeps on
 * @lane: the client library's lane
 * @woken: a binary semaphore, and a futex
 */
struct nimbos_sim_lane {
	struct nimbos_client_lane lane;
	__u32 woken;
};

struct nimbos_sim;

/**
 * nimbos_sim_open() - start a peer
 * @sim: where the object goes
 * @nr_slots: how many connections there may be, 1 to NIMBOS_SCF_MAX_SLOTS
 * @slot_dead: called by the doorbell's thread when a server has died; may be NULL
 *
 * Return: 0, or a negative errno.
 */
int nimbos_sim_open(struct nimbos_sim **sim, __u32 nr_slots,
		    void (*slot_dead)(struct nimbos_client_slot *slot));

/**
 * nimbos_sim_connect() - get a slot from a server
 * @sim: the peer
 * @path: the server's socket
 * @epoch: out: the slot's epoch, for nimbos_client_slot_attach()
 *
 * The window is mapped at its own address, so that pointers into it can be used in calls. By one
 * thread at a time.
 *
 * Return: the slot's number, or a negative errno: -ENOSPC (no slot is left), -EPROTO (the server's
 * hello makes no sense), -EEXIST (the window's address is in use), or what the socket said.
 */
int nimbos_sim_connect(struct nimbos_sim *sim, const char *path, __u32 *epoch);

/**
 * nimbos_sim_disconnect() - hang up
 * @sim: the peer
 * @no: number of the slot, which nobody is attached to
 *
 * Not in @slot_dead.
 */
void nimbos_sim_disconnect(struct nimbos_sim *sim, __u32 no);

/**
 * nimbos_sim_client() - the client library's object
 * @sim: the peer
 */
struct nimbos_client *nimbos_sim_client(struct nimbos_sim *sim);

/**
 * nimbos_sim_close() - hang up everywhere and end the peer
 * @sim: the peer, with no slot attached; may be NULL
 */
void nimbos_sim_close(struct nimbos_sim *sim);

#endif /* NIMBOS_SIM_H */
