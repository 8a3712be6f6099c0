// SPDX-License-Identifier: GPL-2.0
/*
 * Peers from before SCF version 3, as the device has them: how they are loaded and started,
 * natively and by RVM1.5 or what stands in for it, what their slots are, and the old drivers'
 * ioctls. What those drivers did wrong has a test each, named after it.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "legacy.h"

#include "kselftest_harness.h"

FIXTURE(legacy)
{
	int fd;
	int slot_fd;
	struct nimbos_legacy_attach slot;
	volatile uint32_t *mailbox;
};

FIXTURE_VARIANT(legacy)
{
	uint32_t backend;
};

FIXTURE_VARIANT_ADD(legacy, native)
{
	.backend = NIMBOS_BACKEND_NATIVE,
};

FIXTURE_VARIANT_ADD(legacy, rvm)
{
	.backend = NIMBOS_BACKEND_RVM,
};

/* Slot 0 is the test's own, by which it speaks to the peer. */
FIXTURE_SETUP(legacy)
{
	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	self->fd = open_device();
	self->slot_fd = open_device();
	ASSERT_GE(self->slot_fd, 0);
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2, 0));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), variant->backend));
	ASSERT_EQ(0, attach(self->slot_fd, &self->slot));
	ASSERT_EQ(0, self->slot.slot);
	self->mailbox = map_at(self->slot_fd, MAILBOX, PAGE);
	ASSERT_NE(MAP_FAILED, self->mailbox);
}

/* The interrupts of CPUs for user interrupts, which stay once a thread has had some. */
static long long cpus_irqnums(void)
{
	FILE *file = fopen("/proc/interrupts", "re");
	char line[1024];
	long long n = 0;

	while (file && fgets(line, sizeof(line), file))
		n += !!strstr(line, " nimbos-uintr-");
	if (file)
		fclose(file);
	return n;
}

FIXTURE_TEARDOWN(legacy)
{
	long long allocated;

	munmap((void *)self->mailbox, PAGE);
	close(self->slot_fd);
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(0, in_use("peer 0: slots:", &allocated));
	EXPECT_EQ(cpus_irqnums(), in_use("irqnums:", &allocated));
	EXPECT_EQ(0, unload_peer(self->fd, 0));
	close(self->fd);
	EXPECT_TRUE(write_text(LEGACY_ABI, "N"));
}

static void query(int fd, struct nimbos_query *q)
{
	*q = (struct nimbos_query){ .size = sizeof(*q) };
	ioctl(fd, NIMBOS_IOC_QUERY, q);
}

TEST_F(legacy, it_runs_and_is_notified)
{
	struct nimbos_slot_notify notify = { .size = sizeof(notify) };
	uint32_t alive = *word(self->mailbox, MAILBOX_ALIVE);
	struct nimbos_query q;

	query(self->fd, &q);
	EXPECT_EQ(NIMBOS_PEER_RUNNING, q.state);
	EXPECT_EQ(NIMBOS_LEGACY_V2, q.legacy);
	EXPECT_EQ(variant->backend, q.backend);
	EXPECT_EQ(NIMBOS_LEGACY_V2_SLOTS, q.slots_max);
	EXPECT_EQ(NIMBOS_LEGACY_REGION_SIZE, q.private_size);
	EXPECT_EQ(0, q.arena_free);
	EXPECT_EQ(0, *word(self->mailbox, MAILBOX_DOORBELLS));
	EXPECT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_NOTIFY, &notify));
	while (*word(self->mailbox, MAILBOX_DOORBELLS) != 1)
		usleep(1000);
	EXPECT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_LEGACY_NOTIFY, NULL));
	while (*word(self->mailbox, MAILBOX_DOORBELLS) != 2)
		usleep(1000);
	EXPECT_NE(alive, *word(self->mailbox, MAILBOX_ALIVE));
}

TEST_F(legacy, its_interrupts_reach_wait_eventfd_and_poll)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = 0 };
	struct nimbos_slot_eventfd bind = { .size = sizeof(bind), .fd = eventfd(0, EFD_CLOEXEC) };
	struct pollfd pollfd = { .fd = self->slot_fd, .events = POLLIN };
	uint64_t count;

	/* What the publication of the route has left. */
	try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait);
	EXPECT_EQ(ETIMEDOUT, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	ASSERT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	raise_irq(self->mailbox, self->slot.vector, self->slot.apicid);
	EXPECT_EQ(sizeof(count), read(bind.fd, &count, sizeof(count)));
	EXPECT_EQ(1, poll(&pollfd, 1, -1));
	EXPECT_EQ(POLLIN, pollfd.revents);
	wait.timeout_ns = -1;
	EXPECT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	EXPECT_EQ(0, poll(&pollfd, 1, 0));
	wait.lane = 1;
	EXPECT_EQ(EINVAL, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait));
}

/* Each slot has its own interrupt; the others are not disturbed. */
TEST_F(legacy, slots_are_notified_one_by_one)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait) };
	struct nimbos_legacy_attach other;
	int fd = open_device();

	ASSERT_EQ(0, attach(fd, &other));
	EXPECT_EQ(1, other.slot);
	try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait);
	try_ioctl(fd, NIMBOS_IOC_SLOT_WAIT, &wait);
	raise_irq(self->mailbox, other.vector, other.apicid);
	wait.timeout_ns = -1;
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	wait.timeout_ns = 0;
	EXPECT_EQ(ETIMEDOUT, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	close(fd);
}

static sigjmp_buf bus_error;

static void on_bus_error(int sig)
{
	siglongjmp(bus_error, 1);
}

static bool faults(volatile uint32_t *address)
{
	struct sigaction action = { .sa_handler = on_bus_error };

	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(bus_error, 1))
		return true;
	(void)*address;
	return false;
}

TEST_F(legacy, slots_die_with_the_peer)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = -1 };
	struct pollfd pollfd = { .fd = self->slot_fd, .events = POLLIN };
	int status;
	pid_t child;

	EXPECT_FALSE(faults(self->mailbox));
	child = fork();
	if (!child) {
		/* It ends with the first wait that fails. */
		while (!try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait))
			;
		_exit(errno);
	}
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(ESHUTDOWN, WEXITSTATUS(status));
	EXPECT_TRUE(faults(self->mailbox));
	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_TRUE(pollfd.revents & POLLHUP);
	EXPECT_EQ(ESHUTDOWN, try_ioctl(self->slot_fd, NIMBOS_LEGACY_NOTIFY, NULL));
	EXPECT_EQ(MAP_FAILED, map_at(self->slot_fd, MAILBOX, PAGE));
	EXPECT_EQ(ESHUTDOWN, errno);
	EXPECT_EQ(EBUSY, load_legacy(self->fd, NIMBOS_LEGACY_V2, 0));

	munmap((void *)self->mailbox, PAGE);
	close(self->slot_fd);
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2, 0));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), variant->backend));
	self->slot_fd = open_device();
	ASSERT_EQ(0, attach(self->slot_fd, &self->slot));
	self->mailbox = map_at(self->slot_fd, MAILBOX, PAGE);
	EXPECT_EQ(0, *word(self->mailbox, MAILBOX_DOORBELLS));
}

TEST_F(legacy, other_slots_are_refused)
{
	struct nimbos_slot_alloc alloc = small_slot();
	int fd = open_device();

	EXPECT_EQ(EPROTONOSUPPORT, alloc_slot(fd, &alloc));
	close(fd);
}

static sigset_t legacy_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, NIMBOS_LEGACY_SIGNAL);
	return set;
}

/* The signal stays pending until it is asked for. */
static void block_signal(void)
{
	sigset_t set = legacy_signal();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void unblock_signal(void)
{
	sigset_t set = legacy_signal();

	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void wait_for_signal(siginfo_t *info)
{
	sigset_t set = legacy_signal();

	while (sigwaitinfo(&set, info) < 0)
		;
}

/*
 * How many signals have come that nobody has taken. One more is made and waited for: what was on
 * its way before is there, too.
 */
static int signals_left(FIXTURE_DATA(legacy) *self)
{
	struct nimbos_legacy_setup setup;
	int fd = open_device(), count = -1;
	const struct timespec now = {};
	sigset_t set = legacy_signal();
	siginfo_t info;

	if (!try_ioctl(fd, NIMBOS_LEGACY_SETUP, &setup)) {
		raise_irq(self->mailbox, setup.vector, setup.dest);
		wait_for_signal(&info);
		for (count = 0; sigtimedwait(&set, &info, &now) > 0; count++)
			;
	}
	close(fd);
	return count;
}

TEST_F(legacy, set_up_tells_slot_vector_and_destination)
{
	struct nimbos_legacy_setup setup[2] = { [1] = { -1, -1, -1 } };
	int fd = open_device();
	siginfo_t info;

	block_signal();
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_SETUP, setup));
	EXPECT_EQ(1, setup[0].slot);
	EXPECT_NE(self->slot.vector, setup[0].vector);
	EXPECT_EQ(-1, setup[1].slot);
	raise_irq(self->mailbox, setup[0].vector, setup[0].dest);
	wait_for_signal(&info);
	EXPECT_EQ(SI_QUEUE, info.si_code);
	EXPECT_EQ(NIMBOS_LEGACY_SIGNAL_VALUE, info.si_int);
	close(fd);
}

TEST_F(legacy, set_up_that_cannot_be_told_is_undone)
{
	struct nimbos_legacy_setup setup;
	int fd = open_device();
	struct nimbos_query q;

	EXPECT_EQ(EFAULT, try_ioctl(fd, NIMBOS_LEGACY_SETUP, NULL));
	query(self->fd, &q);
	EXPECT_EQ(1, q.slots_used);
	block_signal();
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_SETUP, &setup));
	close(fd);
}

TEST_F(legacy, attaching_sends_no_signals)
{
	block_signal();
	raise_irq(self->mailbox, self->slot.vector, self->slot.apicid);
	EXPECT_EQ(0, signals_left(self));
}

/* Slots of a peer that has as many as there may be. */
TEST_F(legacy, sixteen_slots)
{
	struct nimbos_legacy_attach slot[NIMBOS_LEGACY_MAX_SLOTS];
	int fd[NIMBOS_LEGACY_MAX_SLOTS + 1];
	unsigned int i, j;
	volatile uint32_t *queue;

	munmap((void *)self->mailbox, PAGE);
	close(self->slot_fd);
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2, NIMBOS_LEGACY_MAX_SLOTS));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), variant->backend));
	for (i = 0; i < NIMBOS_LEGACY_MAX_SLOTS; i++) {
		fd[i] = open_device();
		ASSERT_EQ(0, attach(fd[i], &slot[i])) TH_LOG("slot %u", i);
		EXPECT_EQ(i, slot[i].slot);
		for (j = 0; j < i; j++)
			EXPECT_NE(slot[j].vector, slot[i].vector);
		queue = map_at(fd[i], NIMBOS_LEGACY_V2_QUEUE(i), PAGE);
		ASSERT_NE(MAP_FAILED, queue);
		queue[PAGE / 4 - 1] = i;
		munmap((void *)queue, PAGE);
	}
	fd[i] = open_device();
	EXPECT_EQ(ENOSPC, attach(fd[i], &slot[0]));
	/* All of them are different pages. */
	for (i = 0; i < NIMBOS_LEGACY_MAX_SLOTS; i++) {
		queue = map_at(fd[0], NIMBOS_LEGACY_V2_QUEUE(i), PAGE);
		EXPECT_EQ(i, queue[PAGE / 4 - 1]);
		munmap((void *)queue, PAGE);
	}
	for (i = 1; i <= NIMBOS_LEGACY_MAX_SLOTS; i++)
		close(fd[i]);
	self->slot_fd = fd[0];
	self->mailbox = map_at(self->slot_fd, MAILBOX, PAGE);
}

/*
 * What was wrong in the old drivers.
 */

/* "a handler list walked in hard interrupt context, holding bare task pointers" */
TEST_F(legacy, bug_signal_to_a_process_that_is_gone)
{
	struct nimbos_legacy_setup *setup = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
						 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = open_device(), status;
	unsigned int i;
	pid_t child;

	block_signal();
	child = fork();
	if (!child)
		_exit(try_ioctl(fd, NIMBOS_LEGACY_SETUP, setup));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	/* The slot is still there, the process is not. */
	for (i = 0; i < 100; i++)
		raise_irq(self->mailbox, setup->vector, setup->dest);
	EXPECT_EQ(0, signals_left(self));
	close(fd);
}

/* The same; a program that has replaced the one that asked is not hit either. */
TEST_F(legacy, bug_signal_to_another_program)
{
	struct nimbos_legacy_setup *setup = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
						 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = open(NIMBOS_DEVICE, O_RDWR), status, to_child[2], from_child[2];
	char c = 0;
	pid_t child;

	block_signal();
	ASSERT_EQ(0, pipe(to_child));
	ASSERT_EQ(0, pipe(from_child));
	child = fork();
	if (!child) {
		dup2(to_child[0], 0);
		dup2(from_child[1], 1);
		close(to_child[1]);
		unblock_signal();
		if (!try_ioctl(fd, NIMBOS_LEGACY_SETUP, setup))
			execl("/bin/cat", "cat", NULL);
		_exit(1);
	}
	/* It answers, so that it has replaced the test; the signal would end it. */
	ASSERT_EQ(1, write(to_child[1], "x", 1));
	ASSERT_EQ(1, read(from_child[0], &c, 1));
	raise_irq(self->mailbox, setup->vector, setup->dest);
	EXPECT_EQ(0, signals_left(self));
	ASSERT_EQ(1, write(to_child[1], "y", 1));
	EXPECT_EQ(1, read(from_child[0], &c, 1));
	EXPECT_EQ('y', c);
	close(to_child[0]);
	close(to_child[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(fd);
}

/* "the slot leaked on a second SETUP" */
TEST_F(legacy, bug_second_set_up_leaks_a_slot)
{
	struct nimbos_legacy_setup setup;
	struct nimbos_legacy_attach slot;
	int fd = open_device();
	struct nimbos_query q;

	block_signal();
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_SETUP, &setup));
	EXPECT_EQ(EBUSY, try_ioctl(fd, NIMBOS_LEGACY_SETUP, &setup));
	EXPECT_EQ(EBUSY, attach(fd, &slot));
	query(self->fd, &q);
	EXPECT_EQ(2, q.slots_used);
	close(fd);
	query(self->fd, &q);
	EXPECT_EQ(1, q.slots_used);
}

/* "free_irq of a line never requested" */
TEST_F(legacy, bug_exit_without_set_up_frees_an_interrupt)
{
	long long before, after;
	int fd = open_device();

	ASSERT_EQ(cpus_irqnums() + 1, in_use("irqnums:", &before));
	EXPECT_EQ(ENODATA, try_ioctl(fd, NIMBOS_LEGACY_EXIT, NULL));
	EXPECT_EQ(ENODATA, try_ioctl(fd, NIMBOS_LEGACY_NOTIFY, NULL));
	close(fd);
	EXPECT_EQ(cpus_irqnums() + 1, in_use("irqnums:", &after));
	EXPECT_EQ(before, after);
}

/* "the slot allocator's ring takes full for empty once all four are free again" */
TEST_F(legacy, bug_no_slot_once_all_are_free_again)
{
	struct nimbos_legacy_attach slot;
	int fd[NIMBOS_LEGACY_V2_SLOTS];
	unsigned int i, round;

	munmap((void *)self->mailbox, PAGE);
	close(self->slot_fd);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < NIMBOS_LEGACY_V2_SLOTS; i++) {
			fd[i] = open_device();
			ASSERT_EQ(0, attach(fd[i], &slot)) TH_LOG("round %u", round);
			EXPECT_EQ(i, slot.slot);
		}
		self->slot_fd = open_device();
		EXPECT_EQ(ENOSPC, attach(self->slot_fd, &slot));
		close(self->slot_fd);
		for (i = 0; i < NIMBOS_LEGACY_V2_SLOTS; i++)
			close(fd[(i + round) % NIMBOS_LEGACY_V2_SLOTS]);
	}
	self->slot_fd = open_device();
	ASSERT_EQ(0, attach(self->slot_fd, &self->slot));
	EXPECT_EQ(0, self->slot.slot);
	self->mailbox = map_at(self->slot_fd, MAILBOX, PAGE);
}

/* "EXIT frees the slot before its answer is pushed" */
TEST_F(legacy, bug_exit_frees_the_slot_before_the_answer)
{
	struct nimbos_legacy_setup first, second;
	int fd = open_device(), other = open_device(), third = open_device();
	struct nimbos_legacy_attach slot;
	volatile uint32_t *queue;

	block_signal();
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_SETUP, &first));
	queue = map_at(fd, NIMBOS_LEGACY_V2_QUEUE(first.slot), PAGE);
	ASSERT_NE(MAP_FAILED, queue);
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_EXIT, NULL));
	ASSERT_EQ(0, try_ioctl(other, NIMBOS_LEGACY_SETUP, &second));
	EXPECT_NE(first.slot, second.slot);
	queue[0] = 42;
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_NOTIFY, NULL));
	/* But it hears no more. */
	raise_irq(self->mailbox, first.vector, first.dest);
	EXPECT_EQ(0, signals_left(self));
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_EXIT, NULL));
	munmap((void *)queue, PAGE);
	close(fd);
	EXPECT_EQ(0, attach(third, &slot));
	EXPECT_EQ(first.slot, slot.slot);
	close(other);
	close(third);
}

/* "the handler installed after SETUP": who attaches in the new way needs none. */
TEST_F(legacy, bug_signal_before_there_is_a_handler)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = -1 };

	signal(NIMBOS_LEGACY_SIGNAL, SIG_DFL);
	raise_irq(self->mailbox, self->slot.vector, self->slot.apicid);
	EXPECT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait));
}

/* "the device node 0666, with a mapping of the whole region, which is ring-0 code" */
TEST_F(legacy, bug_everybody_maps_the_kernel_of_the_peer)
{
	const int rw = PROT_READ | PROT_WRITE;
	volatile uint32_t *map;
	struct stat st;

	ASSERT_EQ(0, stat(NIMBOS_DEVICE, &st));
	EXPECT_EQ(0660, st.st_mode & 07777);

#define REFUSED(errno_, size, flags, offset)                                               \
	do {                                                                               \
		EXPECT_EQ(MAP_FAILED, mmap(NULL, size, rw, flags, self->slot_fd, offset)); \
		EXPECT_EQ(errno_, errno);                                                  \
	} while (0)
	map = map_at(self->slot_fd, 0, NIMBOS_LEGACY_REGION_SIZE);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(NIMBOS_LEGACY_MAGIC, map[NIMBOS_LEGACY_V2_QUEUE(0) / sizeof(*map)]);
	EXPECT_EQ(0, munmap((void *)map, NIMBOS_LEGACY_REGION_SIZE));
	REFUSED(EINVAL, NIMBOS_LEGACY_REGION_SIZE + PAGE, MAP_SHARED, 0);
	REFUSED(EINVAL, NIMBOS_LEGACY_REGION_SIZE, MAP_SHARED, PAGE);
	REFUSED(EINVAL, PAGE, MAP_SHARED, NIMBOS_LEGACY_REGION_SIZE);
	REFUSED(EINVAL, PAGE, MAP_SHARED, 1ULL << 32);
	REFUSED(EINVAL, PAGE, MAP_PRIVATE, 0);
	drop_capability(CAP_SYS_RAWIO);
	REFUSED(EPERM, NIMBOS_LEGACY_REGION_SIZE, MAP_SHARED, 0);
	REFUSED(EPERM, PAGE, MAP_SHARED, 0);
	REFUSED(EPERM, PAGE, MAP_SHARED, NIMBOS_LEGACY_V2_QUEUE(1));
	REFUSED(EPERM, 2 * PAGE, MAP_SHARED, NIMBOS_LEGACY_V2_QUEUE(0));
#undef REFUSED
	map = map_at(self->slot_fd, NIMBOS_LEGACY_V2_QUEUE(0), PAGE);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(NIMBOS_LEGACY_MAGIC, map[0]);
	EXPECT_EQ(0, munmap((void *)map, PAGE));
}

/* The threads here let no user interrupt in. */
static void never_entered(void)
{
}

static int register_lane(int fd, uint64_t *upid)
{
	struct nimbos_uintr_register_handler arg = {
		.size = sizeof(arg),
		.flags = NIMBOS_UINTR_LANE,
		.handler = (uintptr_t)never_entered,
	};
	int err = try_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_HANDLER, &arg);

	*upid = arg.upid;
	return err;
}

static int unregister(int fd)
{
	struct nimbos_uintr_unregister_handler arg = { .size = sizeof(arg) };

	return try_ioctl(fd, NIMBOS_IOC_UINTR_UNREGISTER_HANDLER, &arg);
}

/* "registering a raw UPID address gives user space a supervisor-mode write" */
TEST_F(legacy, bug_descriptors_for_user_interrupts_are_user_spaces)
{
	const uint64_t first = LEGACY_IMAGE_BASE - NIMBOS_LEGACY_UPIDS_BELOW;
	struct nimbos_legacy_attach other;
	int fd = open_device();
	struct nimbos_query q;
	uint64_t upid;

	ASSERT_EQ(0, attach(fd, &other));
	query(self->fd, &q);
	if (q.uintr != NIMBOS_UINTR_OK) {
		EXPECT_EQ(EOPNOTSUPP, register_lane(self->slot_fd, &upid));
		close(fd);
		return;
	}
	/* The module's choice, which no mapping leads to, and the same for each thread to come. */
	EXPECT_EQ(0, register_lane(self->slot_fd, &upid));
	EXPECT_EQ(first + 64, upid);
	EXPECT_EQ(EBUSY, register_lane(self->slot_fd, &upid));
	EXPECT_EQ(EBUSY, register_lane(fd, &upid));
	EXPECT_EQ(0, unregister(self->slot_fd));
	EXPECT_EQ(0, register_lane(self->slot_fd, &upid));
	EXPECT_EQ(first + 64, upid);
	EXPECT_EQ(0, unregister(self->slot_fd));
	EXPECT_EQ(0, register_lane(fd, &upid));
	EXPECT_EQ(first + 128, upid);
	EXPECT_EQ(0, unregister(fd));
	drop_capability(CAP_SYS_RAWIO);
	EXPECT_EQ(0, register_lane(fd, &upid));
	EXPECT_EQ(0, upid);
	EXPECT_EQ(0, unregister(fd));
	close(fd);
}

/* Whether the kernel has complained of an interrupt that nobody wants. */
static bool stray_vectors(void)
{
	static char log[1 << 20];
	int size = syscall(SYS_syslog, 3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);

	return size < 0 || strstr(log, "No irq handler for vector");
}

/* "NOTIFY broadcasts a vector to every Linux CPU" */
TEST_F(legacy, bug_notify_reaches_every_cpu)
{
	unsigned int i;

	for (i = 1; i <= 100; i++) {
		ASSERT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_LEGACY_NOTIFY, NULL));
		while (*word(self->mailbox, MAILBOX_DOORBELLS) != i)
			usleep(100);
	}
	EXPECT_FALSE(stray_vectors());
}

/* The Linux interrupt that has this name in /proc/interrupts; -1 for none. */
static int irq_of(const char *name)
{
	FILE *file = fopen("/proc/interrupts", "re");
	char line[1024];
	int irq = -1;

	while (file && fgets(line, sizeof(line), file)) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		end = strrchr(line, ' ');
		if (end && !strcmp(end + 1, name))
			irq = atoi(line);
	}
	if (file)
		fclose(file);
	return irq;
}

/* "irq 14-16 belong to other devices" */
TEST_F(legacy, bug_interrupts_of_other_devices)
{
	struct nimbos_legacy_attach slot;
	char name[32];
	int fd[3], irq, i;

	EXPECT_GT(irq_of("nimbos0-irq13"), 16);
	for (i = 0; i < 3; i++) {
		fd[i] = open_device();
		ASSERT_EQ(0, attach(fd[i], &slot));
		snprintf(name, sizeof(name), "nimbos0-irq%u", 13 + slot.slot);
		irq = irq_of(name);
		EXPECT_GT(irq, 16);
	}
	for (i = 0; i < 3; i++)
		close(fd[i]);
}

/*
 * Nobody tells the peer that a shadow is gone: what it goes on to send reaches the next one, and no
 * other device.
 */
TEST_F(legacy, routes_stay_with_the_slot)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = -1 };
	struct nimbos_legacy_attach first, next;
	int fd = open_device();
	int irq;

	ASSERT_EQ(0, attach(fd, &first));
	irq = irq_of("nimbos0-irq14");
	close(fd);
	EXPECT_EQ(irq, irq_of("nimbos0-irq14"));
	/* The kernel complains of a vector that is nobody's, and the test fails by that. */
	raise_irq(self->mailbox, first.vector, first.apicid);

	fd = open_device();
	ASSERT_EQ(0, attach(fd, &next));
	EXPECT_EQ(first.slot, next.slot);
	EXPECT_EQ(first.vector, next.vector);
	EXPECT_EQ(first.apicid, next.apicid);
	EXPECT_EQ(irq, irq_of("nimbos0-irq14"));
	raise_irq(self->mailbox, next.vector, next.apicid);
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	close(fd);
}

/* What the peer is told once stays true: nobody moves the interrupt. */
TEST_F(legacy, routes_stay)
{
	char path[64];
	int irq = irq_of("nimbos0-irq13");
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = 0 };

	snprintf(path, sizeof(path), "/proc/irq/%d/effective_affinity_list", irq);
	EXPECT_EQ(0, read_number(path));
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity", irq);
	EXPECT_FALSE(write_text(path, "1"));
	try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait);
	raise_irq(self->mailbox, self->slot.vector, self->slot.apicid);
	wait.timeout_ns = -1;
	EXPECT_EQ(0, try_ioctl(self->slot_fd, NIMBOS_IOC_SLOT_WAIT, &wait));
}

FIXTURE(old)
{
	int fd;
};

FIXTURE_SETUP(old)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(old)
{
	write_text(LEGACY_ABI, "N");
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	close(self->fd);
}

TEST_F(old, ioctls_are_off_by_default)
{
	struct nimbos_legacy_setup setup;

	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, NIMBOS_LEGACY_SETUP, &setup));
	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, NIMBOS_LEGACY_EXIT, NULL));
	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, NIMBOS_LEGACY_NOTIFY, NULL));
	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	EXPECT_EQ(ENOTCONN, try_ioctl(self->fd, NIMBOS_LEGACY_SETUP, &setup));
	EXPECT_EQ(ENODATA, try_ioctl(self->fd, NIMBOS_LEGACY_EXIT, NULL));
	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, 0x100, NULL));
}

TEST_F(old, loads_are_checked)
{
	static const unsigned char mute_image[] = { 0xeb, 0xfe };
	const struct nimbos_peer_load good =
		legacy_load(mute_image, sizeof(mute_image), NIMBOS_LEGACY_V2);
	struct nimbos_peer_load load;

#define LOAD(errno_, field, value)                                                     \
	do {                                                                           \
		load = good;                                                           \
		load.field = value;                                                    \
		EXPECT_EQ(errno_, try_ioctl(self->fd, NIMBOS_IOC_PEER_LOAD, &load));   \
	} while (0)
	LOAD(EINVAL, legacy, NIMBOS_LEGACY_V2 + 1);
	LOAD(EINVAL, legacy_slots, NIMBOS_LEGACY_MAX_SLOTS + 1);
	LOAD(EINVAL, private_size, 0x100000);
	LOAD(EINVAL, serial_port, 0x2f8);
	LOAD(EINVAL, cmdline, good.image);
	LOAD(EINVAL, region_size, NIMBOS_LEGACY_REGION_SIZE - NIMBOS_REGION_ALIGN);
	LOAD(EFBIG, image_size, NIMBOS_LEGACY_REGION_SIZE + 1);
	LOAD(0, legacy, NIMBOS_LEGACY_V1);
	LOAD(0, legacy, NIMBOS_LEGACY_V2_EARLY);
#undef LOAD
	load = good;
	load.legacy = NIMBOS_LEGACY_V1;
	load.legacy_slots = 2;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_PEER_LOAD, &load));
	load = good;
	load.legacy = NIMBOS_LEGACY_NONE;
	load.legacy_slots = 1;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_PEER_LOAD, &load));
}

/* An image that has no queue where it should runs all the same. */
TEST_F(old, image_without_a_queue)
{
	static const unsigned char mute_image[] = { 0xeb, 0xfe };
	struct nimbos_peer_load load =
		legacy_load(mute_image, sizeof(mute_image), NIMBOS_LEGACY_V1);
	struct nimbos_peer_start start = {
		.size = sizeof(start), .cpu = last_cpu(), .timeout_ms = 100,
		.backend = NIMBOS_BACKEND_NATIVE,
	};

	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_PEER_LOAD, &load));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_PEER_START, &start));
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
}

/* "earlier images: the int alone": nothing behind it is touched. */
TEST_F(old, early_set_up_writes_an_int)
{
	int32_t slot[3] = { -1, -1, -1 };
	int fd = open_device();

	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	block_signal();
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2_EARLY, 0));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), NIMBOS_BACKEND_NATIVE));
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_SETUP, slot));
	EXPECT_EQ(0, slot[0]);
	EXPECT_EQ(-1, slot[1]);
	EXPECT_EQ(-1, slot[2]);
	close(fd);
}

/* Where the only irqnum leads to; old shadows of version 1 are not told. */
static bool find_route(unsigned int *vector, unsigned int *apicid)
{
	FILE *pools = fopen("/sys/kernel/debug/nimbos/pools", "re");
	char line[256];
	bool found = false;

	while (pools && fgets(line, sizeof(line), pools))
		found |= sscanf(line, "irqnum %*u: peer 0 irq %*u vector %u apicid %u", vector,
				apicid) == 2;
	if (pools)
		fclose(pools);
	return found;
}

TEST_F(old, version_1_has_one_slot_and_two_areas)
{
	int32_t untouched[3] = { -1, -1, -1 };
	int fd = open_device(), other = open_device();
	volatile uint32_t *data, *queue;
	unsigned int vector, apicid;
	siginfo_t info;

	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	block_signal();
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V1, 0));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), NIMBOS_BACKEND_NATIVE));
	ASSERT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_SETUP, untouched));
	EXPECT_EQ(-1, untouched[0]);
	EXPECT_EQ(ENOSPC, try_ioctl(other, NIMBOS_LEGACY_SETUP, NULL));

	ASSERT_TRUE(find_route(&vector, &apicid));
	drop_capability(CAP_SYS_RAWIO);
	data = map_at(fd, 0, NIMBOS_LEGACY_V1_DATA_SIZE);
	queue = map_at(fd, 0x1000, PAGE);
	ASSERT_NE(MAP_FAILED, data);
	ASSERT_NE(MAP_FAILED, queue);
	EXPECT_EQ(NIMBOS_LEGACY_MAGIC, queue[0]);
	EXPECT_EQ(MAP_FAILED, map_at(fd, 0, NIMBOS_LEGACY_V1_DATA_SIZE + PAGE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map_at(fd, 0x2000, PAGE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map_at(fd, 0x1000, 2 * PAGE));
	EXPECT_EQ(EINVAL, errno);

	raise_irq(data, vector, apicid);
	wait_for_signal(&info);
	EXPECT_EQ(NIMBOS_LEGACY_SIGNAL_VALUE, info.si_int);
	EXPECT_EQ(0, try_ioctl(fd, NIMBOS_LEGACY_NOTIFY, NULL));
	while (*word(data, MAILBOX_DOORBELLS) != 1)
		usleep(1000);
	munmap((void *)data, NIMBOS_LEGACY_V1_DATA_SIZE);
	munmap((void *)queue, PAGE);
	close(fd);
	close(other);
}

TEST_F(old, user_interrupts_want_the_parameter)
{
	struct nimbos_legacy_attach slot;
	int fd = open_device();
	uint64_t upid;

	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2, 0));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), NIMBOS_BACKEND_NATIVE));
	EXPECT_EQ(ENODATA, register_lane(fd, &upid));
	ASSERT_EQ(0, attach(fd, &slot));
	EXPECT_EQ(EACCES, register_lane(fd, &upid));
	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	EXPECT_EQ(EADDRNOTAVAIL, register_lane(fd, &upid));
	close(fd);
}

TEST_F(old, user_interrupts_want_two_pages)
{
	static const unsigned char mute_image[] = { 0xeb, 0xfe };
	struct nimbos_peer_load load =
		legacy_load(mute_image, sizeof(mute_image), NIMBOS_LEGACY_V2);
	struct nimbos_peer_start start = {
		.size = sizeof(start), .cpu = last_cpu(), .timeout_ms = 100,
		.backend = NIMBOS_BACKEND_NATIVE,
	};
	struct nimbos_legacy_attach slot;
	int fd = open_device();
	uint64_t upid;

	/* What lies before it is Linux's. */
	load.region_base = REGION_BASE;
	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_PEER_LOAD, &load));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_PEER_START, &start));
	ASSERT_EQ(0, attach(fd, &slot));
	EXPECT_EQ(EADDRNOTAVAIL, register_lane(fd, &upid));
	close(fd);
}

TEST_F(old, version_1_has_no_user_interrupts)
{
	struct nimbos_legacy_attach slot;
	int fd = open_device();
	uint64_t upid;

	ASSERT_TRUE(write_text(LEGACY_ABI, "Y"));
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V1, 0));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), NIMBOS_BACKEND_NATIVE));
	ASSERT_EQ(0, attach(fd, &slot));
	EXPECT_EQ(EOPNOTSUPP, register_lane(fd, &upid));
	close(fd);
}

TEST_F(old, attaching_wants_a_legacy_peer_that_runs)
{
	struct nimbos_legacy_attach slot;
	int fd = open_device();

	EXPECT_EQ(ENOTCONN, attach(fd, &slot));
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2, 0));
	EXPECT_EQ(ENOTCONN, attach(fd, &slot));
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_by(self->fd, last_cpu(), NIMBOS_BACKEND_NATIVE));
	EXPECT_EQ(EPROTONOSUPPORT, attach(fd, &slot));
	close(fd);
}

TEST_HARNESS_MAIN
