// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "fixture.h"

static struct fixture *of_client(struct nimbos_client *client)
{
	return (struct fixture *)client->data;
}

static void send_ipi(struct nimbos_client *client, __u64 route, struct nimbos_client_lane *lane)
{
	struct fixture *fixture = of_client(client);

	if (lane)
		fixture->ipis++;
	else
		fixture->events++;
	fixture->route = route;
}

static __u64 now_ns(struct nimbos_client *client)
{
	struct fixture *fixture = of_client(client);

	if (fixture->on_clock)
		fixture->on_clock(fixture);
	fixture->now += fixture->tick;
	return fixture->now;
}

static void lane_sleep(struct nimbos_client_lane *lane, __u64 deadline_ns)
{
	struct fixture *fixture = of_client(lane->slot->client);

	fixture->sleeps++;
	if (fixture->on_sleep)
		fixture->on_sleep(fixture);
	else if (deadline_ns == NIMBOS_FOREVER)
		fail_msg("sleeps for ever");
	else
		fixture->now = deadline_ns;
}

static void lane_wake(struct nimbos_client_lane *lane)
{
	of_client(lane->slot->client)->wakes++;
}

static void slot_ready(struct nimbos_client *client, __u32 slot, __u32 epoch)
{
	struct fixture *fixture = of_client(client);

	fixture->ready++;
	fixture->ready_slot = slot;
	fixture->ready_epoch = epoch;
}

static void slot_dead(struct nimbos_client_slot *slot)
{
	of_client(slot->client)->deaths++;
}

static const struct nimbos_client_ops ops = {
	.send_ipi = send_ipi,
	.now_ns = now_ns,
	.sleep = lane_sleep,
	.wake = lane_wake,
	.slot_ready = slot_ready,
	.slot_dead = slot_dead,
};

void fixture_open(struct fixture *fixture, __u32 depth)
{
	*fixture = (struct fixture){ .now = 1000, .tick = 1 };
	assert_int_equal(nimbos_local_open(&fixture->local, &ops, FIXTURE_SLOTS, FIXTURE_LANES,
					   depth),
			 0);
	fixture->local.client.data = fixture;
	fixture->local.board->event_route = NIMBOS_SCF_ROUTE(0x30, 1);
}

void fixture_open_lane(struct fixture *fixture, __u32 nr_calls)
{
	assert_int_equal(nimbos_client_slot_attach(&fixture->local.client, &fixture->slot, 0, 1),
			 0);
	assert_int_equal(nimbos_client_lane_open(&fixture->slot, &fixture->lane, 0,
						 fixture->calls, nr_calls),
			 0);
	nimbos_ring_init(&fixture->ring, nimbos_local_control(&fixture->local, 0), 0,
			 fixture->slot.depth);
}

int fixture_setup(void **state)
{
	struct fixture *fixture = malloc(sizeof(*fixture));

	if (!fixture)
		return -1;
	fixture_open(fixture, 8);
	fixture_open_lane(fixture, 8);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	nimbos_local_close(&fixture->local);
	free(fixture);
	return 0;
}

void fixture_advance(struct fixture *fixture, __u64 n)
{
	__u32 depth = fixture->slot.depth;
	__u64 i;

	/* Only the last lap is still to be seen in the rings. */
	for (i = n < depth ? 0 : n - depth; i < n; i++) {
		fixture->ring.shared->reqs[i % depth].seq = i + 1;
		fixture->ring.rsps[i % depth].seq = i + 1;
	}
	fixture->lane.submitted = n;
	fixture->lane.received = n;
	fixture->ring.received = n;
	fixture->ring.responded = n;
}

int fixture_submit(struct fixture *fixture, __u64 tag)
{
	const __u64 args[6] = { tag, 2, 3, 4, 5, 6 };

	return nimbos_client_submit(&fixture->lane, NIMBOS_SCF_NR_NOP, args, tag);
}

unsigned int fixture_serve(struct fixture *fixture)
{
	struct nimbos_scf_req req;
	unsigned int n = 0;
	int ret;

	while ((ret = nimbos_ring_receive(&fixture->ring, &req)) == 1) {
		nimbos_ring_respond(&fixture->ring, req.args[0] + 1, ~req.args[0], req.cookie);
		n++;
	}
	assert_int_equal(ret, 0);
	return n;
}

void fixture_serve_and_notify(struct fixture *fixture)
{
	fixture_serve(fixture);
	if (nimbos_ring_need_notify(&fixture->ring))
		nimbos_local_raise(&fixture->local, 0);
}
