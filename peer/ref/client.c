// SPDX-License-Identifier: GPL-2.0
/*
 * What the client library wants of a kernel, and what this one does when slots come and go.
 */
#include "apic.h"
#include "client.h"
#include "process.h"
#include "sched.h"
#include "time.h"

struct nimbos_client client;

static void op_send_ipi(struct nimbos_client *unused, __u64 route, struct nimbos_client_lane *lane)
{
	apic_send_ipi(NIMBOS_SCF_ROUTE_APICID(route), NIMBOS_SCF_ROUTE_VECTOR(route));
}

static __u64 op_now(struct nimbos_client *unused)
{
	return time_ns();
}

static void op_sleep(struct nimbos_client_lane *lane, __u64 deadline_ns)
{
	thread_block(deadline_ns);
}

static void op_wake(struct nimbos_client_lane *lane)
{
	struct thread *thread = lane->data;

	if (thread)
		thread_wake(thread);
}

static void op_slot_ready(struct nimbos_client *unused, __u32 slot, __u32 epoch)
{
	process_request(slot, epoch);
}

static void op_slot_dead(struct nimbos_client_slot *slot)
{
	process_slot_died(process_of(slot));
}

static const struct nimbos_client_ops ops = {
	.send_ipi = op_send_ipi,
	.now_ns = op_now,
	.sleep = op_sleep,
	.wake = op_wake,
	.slot_ready = op_slot_ready,
	.slot_dead = op_slot_dead,
};

int client_init(struct nimbos_scf_board *board, void *region)
{
	return nimbos_client_init(&client, &ops, board, region, NULL);
}
