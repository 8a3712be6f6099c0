// SPDX-License-Identifier: GPL-2.0
/*
 * User interrupts between threads of Linux, without a peer: registration, delivery, waiting, and
 * how they end. Wants QEMU with user interrupts, and two CPUs.
 */
#include "uintr.h"

#include "kselftest_harness.h"

#define SENDS 20000
#define SECOND 1000000000LL

FIXTURE(uintr)
{
	int fd;
};

FIXTURE_SETUP(uintr)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(uintr)
{
	close(self->fd);
}

TEST_F(uintr, state)
{
	struct nimbos_query query;

	query_peer(self->fd, &query);
	EXPECT_EQ(NIMBOS_UINTR_OK, query.uintr);
	EXPECT_EQ(0, query.uintr_lanes);
}

TEST_F(uintr, to_itself)
{
	unsigned long i;
	int index = receive_and_send(self->fd, 7);

	ASSERT_GE(index, 0);
	EXPECT_FALSE(_testui());
	_senduipi(index);
	EXPECT_EQ(0, count_arrived(7));
	_stui();
	while (!count_arrived(7))
		;
	EXPECT_TRUE(_testui());
	for (i = 1; i < SENDS; i++) {
		_senduipi(index);
		while (count_arrived(7) == i)
			;
	}
	EXPECT_EQ(SENDS, count_arrived(7));
	_clui();
	EXPECT_EQ(0, unregister_handler(self->fd));
	EXPECT_EQ(0, unregister_sender(self->fd, index));
}

struct receiver {
	pthread_t thread;
	int fd;
	int cpu;
	int vector_fd;
	atomic_int ready;
	atomic_int stop;
	unsigned long waits;
};

static void *receive_by_waiting(void *arg)
{
	struct receiver *receiver = arg;

	if (receiver->cpu >= 0)
		pin(receiver->cpu);
	register_handler(receiver->fd, count_arrival);
	receiver->vector_fd = vector_fd(receiver->fd, 1);
	atomic_store(&receiver->ready, 1);
	while (!atomic_load(&receiver->stop)) {
		wait_ns(receiver->fd, -1);
		receiver->waits++;
		_stui();
		_clui();
	}
	unregister_handler(receiver->fd);
	return NULL;
}

TEST_F(uintr, wakes_a_sleeper)
{
	struct receiver receiver = { .fd = self->fd, .cpu = -1 };
	unsigned long i;
	int index;

	pthread_create(&receiver.thread, NULL, receive_by_waiting, &receiver);
	while (!atomic_load(&receiver.ready))
		sched_yield();
	index = register_sender(self->fd, receiver.vector_fd);
	ASSERT_GE(index, 0);
	for (i = 0; i < SENDS; i++) {
		if (i == SENDS - 1)
			atomic_store(&receiver.stop, 1);
		_senduipi(index);
		while (count_arrived(1) == i)
			sched_yield();
	}
	pthread_join(receiver.thread, NULL);
	EXPECT_EQ(SENDS, count_arrived(1));
	TH_LOG("%lu waits", receiver.waits);
	/* It has gone: nothing happens. */
	_senduipi(index);
	EXPECT_EQ(SENDS, count_arrived(1));
	EXPECT_EQ(ESHUTDOWN, -register_sender(self->fd, receiver.vector_fd));
}

TEST_F(uintr, wait_times_out)
{
	ASSERT_EQ(0, register_handler(self->fd, count_arrival));
	EXPECT_EQ(ETIMEDOUT, wait_ns(self->fd, 0));
	EXPECT_EQ(ETIMEDOUT, wait_ns(self->fd, SECOND / 100));
}

TEST_HARNESS_MAIN
