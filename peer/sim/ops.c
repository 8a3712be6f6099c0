// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: the sim, what a kernel does for the client library, done by Linux: an interrupt is an
 * eventfd, a thread that sleeps is one on a futex.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

static __u64 now_ns(struct nimbos_client *client)
{
	struct timespec now;

	(void)client;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void send_ipi(struct nimbos_client *client, __u64 route, struct nimbos_client_lane *lane)
{
	struct nimbos_sim *sim = client->data;

	(void)route;
	/* Without a lane it is the board or a process that ends: the hang-up will tell. */
	if (lane)
		nimbos_sim_signal(sim->slot[lane->slot->no].lane_fd[lane->no]);
}

static struct nimbos_sim_lane *to_sim_lane(struct nimbos_client_lane *lane)
{
	return (struct nimbos_sim_lane *)((char *)lane - offsetof(struct nimbos_sim_lane, lane));
}

static void lane_sleep(struct nimbos_client_lane *lane, __u64 deadline_ns)
{
	struct nimbos_sim_lane *sim_lane = to_sim_lane(lane);
	struct timespec until = {
		.tv_sec = deadline_ns / 1000000000,
		.tv_nsec = deadline_ns % 1000000000,
	};

	/* Pairs with lane_wake(): what was there before the wake-up is seen after it. */
	while (!__atomic_exchange_n(&sim_lane->woken, 0, __ATOMIC_ACQUIRE)) {
		if (syscall(SYS_futex, &sim_lane->woken, FUTEX_WAIT_BITSET_PRIVATE, 0,
			    deadline_ns == NIMBOS_FOREVER ? NULL : &until, NULL,
			    FUTEX_BITSET_MATCH_ANY) &&
		    errno == ETIMEDOUT)
			return;
	}
}

static void lane_wake(struct nimbos_client_lane *lane)
{
	struct nimbos_sim_lane *sim_lane = to_sim_lane(lane);

	if (!__atomic_exchange_n(&sim_lane->woken, 1, __ATOMIC_RELEASE))
		syscall(SYS_futex, &sim_lane->woken, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Who has connected knows. */
static void slot_ready(struct nimbos_client *client, __u32 slot, __u32 epoch)
{
	(void)client;
	(void)slot;
	(void)epoch;
}

static void slot_dead(struct nimbos_client_slot *slot)
{
	struct nimbos_sim *sim = slot->client->data;

	if (sim->slot_dead)
		sim->slot_dead(slot);
}

const struct nimbos_client_ops nimbos_sim_ops = {
	.send_ipi = send_ipi,
	.now_ns = now_ns,
	.sleep = lane_sleep,
	.wake = lane_wake,
	.slot_ready = slot_ready,
	.slot_dead = slot_dead,
};
