// SPDX-License-Identifier: GPL-2.0
/*
 * Shadows that are killed in the middle of calls: the peer gets an error and lives on, slot and
 * irqnum come back, and the next shadow serves the same peer.
 */
#include <time.h>

#include "process.h"

#include "kselftest_harness.h"

FIXTURE(shadow)
{
	int fd;
};

FIXTURE_SETUP(shadow)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
}

FIXTURE_TEARDOWN(shadow)
{
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	close(self->fd);
}

#define ROUNDS scaled(1000)
#define SEED 20260101U

/* How much later a shadow is killed, at most, than it is seen to serve, in us. */
#define MOMENTS 1000
#define UINTR_MOMENTS 20000

/*
 * Waits, as long as the harness lets it, until the doorbell has rung that many times more, and then
 * some time. By user interrupts it rings without the module: a lane that is served has to do.
 */
static void wait_for_calls(int fd, uint64_t before, unsigned int n, unsigned int *seed)
{
	struct nimbos_query q;
	bool serves, by_uintr;

	do {
		query_peer(fd, &q);
		by_uintr = q.uintr == NIMBOS_UINTR_OK;
		serves = by_uintr ? q.uintr_lanes : q.doorbells >= before + n;
	} while (!serves && !usleep(100));
	usleep(rand_r(seed) % (by_uintr ? UINTR_MOMENTS : MOMENTS));
}

/* Waits until all slots are back: a child that the program had forked lives to its end. */
static void wait_until_idle(int fd)
{
	struct nimbos_query q;

	do {
		query_peer(fd, &q);
	} while (q.state == NIMBOS_PEER_RUNNING && q.slots_used + q.slots_dying && !usleep(1000));
}

/* At the end: until the accounts balance, since a child may have been about to take a slot. */
static void wait_until_balanced(int fd)
{
	long long slots, irqnums;

	while ((in_use("peer 0: slots:", &slots) ||
		in_use("irqnums:", &irqnums) != 1 + cpu_irqnums(fd)) &&
	       !usleep(1000))
		;
}

TEST_F_TIMEOUT(shadow, is_killed_in_the_middle, 800)
{
	struct nimbos_query q;
	unsigned int round, seed = SEED;
	long long slots;
	pid_t pid;

	for (round = 0; round < ROUNDS; round++) {
		if (round % 100 == 0)
			TH_LOG("round %u", round);
		query_peer(self->fd, &q);
		pid = start_program("stress", "1000000", NULL);
		ASSERT_GT(pid, 0);
		/* Any moment from its first call on. */
		wait_for_calls(self->fd, q.doorbells, 1 + rand_r(&seed) % 40, &seed);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(-SIGKILL, wait_for_program(pid)) TH_LOG("round %u", round);
		wait_until_idle(self->fd);
		query_peer(self->fd, &q);
		ASSERT_EQ(NIMBOS_PEER_RUNNING, q.state) TH_LOG("round %u: %s", round, q.message);
	}
	wait_until_balanced(self->fd);
	in_use("peer 0: slots:", &slots);
	EXPECT_GE(slots, ROUNDS);

	/* The same peer, which has not been restarted. */
	pid = start_program("exit", "42", NULL);
	EXPECT_EQ(42, wait_for_program(pid));
	wait_until_reaped(self->fd);
	query_peer(self->fd, &q);
	EXPECT_EQ(1, q.incarnation);
}

TEST_F_TIMEOUT(shadow, many_are_killed_at_once, 600)
{
	struct nimbos_query q;
	pid_t pid[8];
	unsigned int round, i, seed = SEED;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < 8; i++)
			pid[i] = start_program("stress", "1000000", NULL);
		do {
			query_peer(self->fd, &q);
		} while (q.state == NIMBOS_PEER_RUNNING && q.slots_used < 8 && !usleep(1000));
		usleep(200000 + rand_r(&seed) % 200000);
		for (i = 0; i < 8; i++)
			kill(pid[i], SIGKILL);
		for (i = 0; i < 8; i++)
			EXPECT_EQ(-SIGKILL, wait_for_program(pid[i]));
		wait_until_idle(self->fd);
		query_peer(self->fd, &q);
		ASSERT_EQ(NIMBOS_PEER_RUNNING, q.state) TH_LOG("round %u: %s", round, q.message);
	}
	wait_until_balanced(self->fd);
}

TEST_F_TIMEOUT(shadow, ends_when_the_peer_is_stopped, 60)
{
	pid_t pid = start_program("stress", "100000000", NULL);
	unsigned int seed = SEED;
	struct nimbos_query q;

	wait_for_calls(self->fd, 0, 10, &seed);
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_NE(0, wait_for_program(pid));
	query_peer(self->fd, &q);
	EXPECT_EQ(0, q.slots_used + q.slots_dying);
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_EQ(7, wait_for_program(start_program("exit", "7", NULL)));
}

TEST_HARNESS_MAIN
