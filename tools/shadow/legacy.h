/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: peers from before SCF version 3, whose facts are in linux/nimbos_legacy.h.
 *
 * Their process has one queue for all of its threads. One worker receives requests, executes what
 * cannot wait for anything, and hands receiving over to another worker before what can. So short
 * calls cost no change of threads, and a blocked one holds up nobody else.
 */
#ifndef NIMBOS_SHADOW_LEGACY_H
#define NIMBOS_SHADOW_LEGACY_H

#include <linux/nimbos_legacy.h>

#include "legacy_space.h"
#include "shadow.h"

/**
 * struct legacy - a process of a legacy peer
 * @version: 1 or 2
 * @region_base: physical address of the peer's region
 * @region_size: of it, in bytes
 * @attached: the slot, and how the peer notifies it
 * @receive: held by the worker that receives; protects @space and what follows, but for @idle
 * @space: the memory that the peer's pointers lead to
 * @used: something has been asked of this process
 * @upid: where the peer posts user interrupts to: a physical address; 0 if it does not
 * @threads: how many the peer's process has
 * @workers: how many workers have been started
 * @idle: how many of them execute no call that could wait, an atomic
 */
struct legacy {
	unsigned int version;
	uint64_t region_base;
	uint64_t region_size;
	struct nimbos_legacy_attach attached;
	pthread_mutex_t receive;
	struct legacy_space space;
	bool used;
	uint64_t upid;
	unsigned int threads;
	unsigned int workers;
	int idle;
};

/* legacy.c: as device_open(), for the slot of a legacy peer. */
int legacy_open(struct shadow *shadow);

/* legacy.c: serve one request, as worker_serve(). */
int legacy_serve(struct worker *worker, struct answer *answer);

/* legacy.c: let another worker receive, before a call that may wait. */
void legacy_hand_over(struct worker *worker);

/* legacy_uintr.c: the peer's UintrInit, by the worker that receives: an address, or an error. */
int64_t legacy_uintr_init(struct worker *worker);

/*
 * legacy_uintr.c: a worker begins and ends to receive. Only where the peer has asked for them do
 * user interrupts begin; if they cannot, the queue is looked at now and then.
 */
void legacy_uintr_begin(struct worker *worker);
void legacy_uintr_end(struct worker *worker);

/* legacy_calls.c: execute a request. */
void legacy_execute(struct worker *worker, const struct nimbos_legacy_take *request,
		    struct answer *answer);

#endif /* NIMBOS_SHADOW_LEGACY_H */
