/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unit tests of rings: a peer with slots in the program's own memory, and the test in the place of
 * the kernel and of the server. Time stands still unless the test, or a hook, moves it.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "nimbos_local.h"
#include "../../tools/lib/nimbos_ring.h"

#define FIXTURE_SLOTS 4
#define FIXTURE_LANES 2
#define FIXTURE_MAX_DEPTH 64

/**
 * struct fixture - a peer, attached to slot 0, with its lane 0 open
 * @local: the peer
 * @slot: slot 0
 * @lane: its lane 0
 * @calls: the lane's
 * @ring: the server's side of the lane
 * @now: the time
 * @tick: how much later it is each time that somebody looks
 * @ipis: notifications of the lane's server
 * @events: notifications of nimbos.ko
 * @route: that of the last notification
 * @sleeps: how often the lane's thread has slept
 * @wakes: how often it was woken
 * @ready: how often a slot was reported ready
 * @ready_slot: which one was last
 * @ready_epoch: and in which epoch
 * @deaths: how often a slot was reported dead
 * @on_clock: called when somebody looks at the clock, while polling; may be NULL
 * @on_sleep: called in the thread's sleep, which it ends; if NULL, time passes until the deadline
 */
struct fixture {
	struct nimbos_local local;
	struct nimbos_client_slot slot;
	struct nimbos_client_lane lane;
	struct nimbos_client_call calls[FIXTURE_MAX_DEPTH];
	struct nimbos_ring ring;
	__u64 now;
	__u64 tick;
	unsigned int ipis;
	unsigned int events;
	__u64 route;
	unsigned int sleeps;
	unsigned int wakes;
	unsigned int ready;
	__u32 ready_slot;
	__u32 ready_epoch;
	unsigned int deaths;
	void (*on_clock)(struct fixture *fixture);
	void (*on_sleep)(struct fixture *fixture);
};

/* A peer that is attached to nothing yet. */
void fixture_open(struct fixture *fixture, __u32 depth);
/* For cmocka: a fixture with a lane of depth 8, and its end. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* The lane, with a ring object of its own on the server's side. */
void fixture_open_lane(struct fixture *fixture, __u32 nr_calls);
/* The rings as they are after @n calls that have all ended. */
void fixture_advance(struct fixture *fixture, __u64 n);
/* Submit a call whose tag and first argument are @tag. */
int fixture_submit(struct fixture *fixture, __u64 tag);
/* Receive all requests and answer each with its first argument + 1; how many there were. */
unsigned int fixture_serve(struct fixture *fixture);
/* Serve, and ring the doorbell if the client wants it. */
void fixture_serve_and_notify(struct fixture *fixture);

#endif /* FIXTURE_H */
