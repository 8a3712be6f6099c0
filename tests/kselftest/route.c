// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications while Linux moves the interrupts that carry them: the affinity changes all the
 * time, and a CPU goes down and up. Wants three CPUs: one for the peer, two for Linux.
 */
#include <dirent.h>

#include "process.h"

#include "kselftest_harness.h"

#define PEER_CPU 1
#define OTHER_CPU "/sys/devices/system/cpu/cpu2/online"
#define CALLS 100000
#define MOVES 1000

FIXTURE(route)
{
	int fd;
};

FIXTURE_SETUP(route)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, access(OTHER_CPU, W_OK)) TH_LOG("run me with three CPUs");
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, PEER_CPU));
}

FIXTURE_TEARDOWN(route)
{
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	close(self->fd);
}

/* The Linux interrupts of irqnums that serve slots: those with @slots in debugfs. */
static unsigned int slot_interrupts(unsigned int *virq, unsigned int max)
{
	FILE *pools = fopen("/sys/kernel/debug/nimbos/pools", "re");
	unsigned int n = 0, number, slots;
	char line[256];

	while (pools && n < max && fgets(line, sizeof(line), pools))
		if (sscanf(line, "irqnum %*u: peer %*u irq %u vector %*u apicid %*u slots %u",
			   &number, &slots) == 2 && slots)
			virq[n++] = number;
	if (pools)
		fclose(pools);
	return n;
}

static unsigned int move_interrupts(unsigned int round)
{
	static const char *const masks[] = { "1", "4", "5", "4", "1" };
	unsigned int virq[8], n = slot_interrupts(virq, 8), i, moved = 0;
	char path[64];

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity", virq[i]);
		moved += write_text(path, masks[round % 5]);
	}
	return moved;
}

/*
 * How many moves fit into a run of calls depends on the machine: runs follow each other until
 * both numbers are reached.
 */
TEST_F_TIMEOUT(route, no_call_is_lost, 600)
{
	unsigned int calls = 0, moves = 0, hotplugs = 0, round = 0;
	char run[12];
	int status;
	pid_t pid;

	snprintf(run, sizeof(run), "%u", scaled(CALLS));
	for (; calls < scaled(CALLS) || moves < scaled(MOVES); calls += scaled(CALLS)) {
		pid = start_program("nop", run, "irq", NULL);
		for (; !waitpid(pid, &status, WNOHANG); round++) {
			moves += move_interrupts(round);
			if (round % 50 == 25) {
				EXPECT_TRUE(write_text(OTHER_CPU, "0"));
				hotplugs++;
			} else if (round % 50 == 45) {
				EXPECT_TRUE(write_text(OTHER_CPU, "1"));
			}
			usleep(1000);
		}
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_EQ(0, WEXITSTATUS(status));
	}
	write_text(OTHER_CPU, "1");
	TH_LOG("%u calls, %u moves, %u times a CPU went down", calls, moves, hotplugs);
	EXPECT_GE(hotplugs, 1);
}

TEST_HARNESS_MAIN
