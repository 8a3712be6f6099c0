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

TEST_F_TIMEOUT(uintr, wakes_a_sleeper, 120)
{
	struct receiver receiver = { .fd = self->fd, .cpu = -1 };
	const unsigned long sends = scaled(SENDS);
	unsigned long i;
	int index;

	pthread_create(&receiver.thread, NULL, receive_by_waiting, &receiver);
	while (!atomic_load(&receiver.ready))
		sched_yield();
	index = register_sender(self->fd, receiver.vector_fd);
	ASSERT_GE(index, 0);
	for (i = 0; i < sends; i++) {
		if (i == sends - 1)
			atomic_store(&receiver.stop, 1);
		_senduipi(index);
		while (count_arrived(1) == i)
			sched_yield();
	}
	pthread_join(receiver.thread, NULL);
	EXPECT_EQ(sends, count_arrived(1));
	TH_LOG("%lu waits", receiver.waits);
	/* It has gone: nothing happens. */
	_senduipi(index);
	EXPECT_EQ(sends, count_arrived(1));
	EXPECT_EQ(ESHUTDOWN, -register_sender(self->fd, receiver.vector_fd));
}

TEST_F(uintr, wait_times_out)
{
	ASSERT_EQ(0, register_handler(self->fd, count_arrival));
	EXPECT_EQ(ETIMEDOUT, wait_ns(self->fd, 0));
	EXPECT_EQ(ETIMEDOUT, wait_ns(self->fd, SECOND / 100));
}

/* What the accounts say of it, in Linux's own memory. */
static int all_in_use(void)
{
	static const char *const accounts[] = { "uintr threads:", "uitts:", "senders:" };
	long long allocated;
	int sum = 0;

	for (int i = 0; i < 3; i++)
		sum += in_use(accounts[i], &allocated);
	return sum;
}

/* Another program runs in the thread that had registered, and knows nothing of it. */
TEST_F(uintr, gone_with_exec)
{
	int pipes[2], fd;
	pid_t child;
	char byte;

	EXPECT_EQ(0, all_in_use());
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = open_device();
		if (receive_and_send(fd, 7) < 0 || write(pipes[1], "r", 1) != 1)
			_exit(1);
		execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	close(pipes[1]);
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	/* Closed by exec(2), which takes what was registered first. */
	ASSERT_EQ(0, read(pipes[0], &byte, 1));
	while (all_in_use())
		ASSERT_EQ(0, waitpid(child, NULL, WNOHANG));
	ASSERT_EQ(0, waitpid(child, NULL, WNOHANG));
	kill(child, SIGKILL);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
}

/* Where the peer posts to is told to whoever may do anything to memory; to nobody else. */
TEST_F(uintr, address_of_a_lane)
{
	struct nimbos_uintr_register_handler arg = handler_for(count_arrival);
	struct nimbos_slot_alloc slot = small_slot();
	int fd = open_device();

	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, sysconf(_SC_NPROCESSORS_ONLN) - 1));
	ASSERT_EQ(0, alloc_slot(fd, &slot));
	arg.flags = NIMBOS_UINTR_LANE;
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_HANDLER, &arg));
	EXPECT_LE(REGION_BASE, arg.upid);
	EXPECT_GT(REGION_BASE + REGION_SIZE / 2, arg.upid);
	EXPECT_EQ(0, arg.upid % 64);
	EXPECT_EQ(0, unregister_handler(fd));
	drop_capability(CAP_SYS_RAWIO);
	arg.upid = ~0ULL;
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_HANDLER, &arg));
	EXPECT_EQ(0, arg.upid);
	EXPECT_EQ(0, unregister_handler(fd));
	close(fd);
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(0, unload_peer(self->fd, 0));
}

TEST_HARNESS_MAIN
