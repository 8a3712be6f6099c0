// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: what can be had and mapped, how they die, and that nothing is lost when they do. The peer
 * takes no notice of these slots, since no server ever says that it is ready; it acknowledges their
 * death.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "process.h"

#include "kselftest_harness.h"

static const char trace_calls[] = "/sys/kernel/tracing/events/nimbos/nimbos_call/enable";

FIXTURE(slot)
{
	int fd;
	struct nimbos_slot_alloc alloc;
};

FIXTURE_SETUP(slot)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	self->alloc = small_slot();
}

/* What a test has mapped: a mapping keeps its slot alive, so the teardown removes what is left. */
static struct {
	unsigned char *address;
	size_t size;
} mapped[8];

static unsigned char *map(int fd, uint64_t offset, uint64_t size)
{
	unsigned char *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	unsigned int i = 0;

	if (address != MAP_FAILED) {
		while (mapped[i].size)
			i++;
		mapped[i].address = address;
		mapped[i].size = size;
	}
	return address;
}

static void unmap(unsigned char *address)
{
	unsigned int i = 0;

	while (mapped[i].address != address || !mapped[i].size)
		i++;
	munmap(address, mapped[i].size);
	mapped[i].size = 0;
}

FIXTURE_TEARDOWN(slot)
{
	long long allocated;
	unsigned int i;
	int fd = open_device();

	for (i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++)
		if (mapped[i].size)
			unmap(mapped[i].address);
	EXPECT_TRUE(write_text(trace_calls, "0"));
	close(self->fd);
	EXPECT_EQ(0, stop_peer(fd, 0));
	EXPECT_EQ(0, in_use("peer 0: slots:", &allocated));
	EXPECT_EQ(0, in_use("irqnums:", &allocated));
	EXPECT_EQ(0, unload_peer(fd, 0));
	close(fd);
}

TEST_F(slot, shapes_are_checked)
{
	static const struct {
		uint32_t lanes, depth;
		uint64_t window_size, window_va;
	} bad[] = {
		{ 0, 8, 0x1000, 0 },
		{ 65, 8, 0x1000, 0 },
		{ UINT32_MAX, 8, 0x1000, 0 },
		{ 1, 0, 0x1000, 0 },
		{ 1, 1, 0x1000, 0 },
		{ 1, 3, 0x1000, 0 },
		{ 1, 2048, 0x1000, 0 },
		{ 1, 1U << 31, 0x1000, 0 },
		{ 1, 8, 0, 0 },
		{ 1, 8, 0x1001, 0 },
		{ 1, 8, 0x1000, 0x1234 },
		{ 1, 8, 0x1000, 1ULL << 56 },
		{ 1, 8, 0x1000, -0x1000ULL },
		{ 1, 8, -0x1000ULL, 0x1000 },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct nimbos_slot_alloc alloc = small_slot();

		alloc.lanes = bad[i].lanes;
		alloc.depth = bad[i].depth;
		alloc.window_size = bad[i].window_size;
		alloc.window_va = bad[i].window_va;
		EXPECT_EQ(EINVAL, alloc_slot(self->fd, &alloc)) TH_LOG("shape %zu", i);
	}
	/* All of the arena is not enough for this one. */
	self->alloc.window_size = 1ULL << 32;
	EXPECT_EQ(ENOSPC, alloc_slot(self->fd, &self->alloc));
	self->alloc = small_slot();
	self->alloc.lanes = NIMBOS_SCF_MAX_LANES;
	self->alloc.depth = NIMBOS_SCF_MAX_DEPTH;
	EXPECT_EQ(0, alloc_slot(self->fd, &self->alloc));
}

TEST_F(slot, a_file_has_one)
{
	struct nimbos_slot_alloc again = small_slot();

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	EXPECT_EQ(1, self->alloc.epoch & 1);
	EXPECT_EQ(NIMBOS_SCF_WINDOW_VA, self->alloc.window_va);
	EXPECT_EQ(EBUSY, alloc_slot(self->fd, &again));
}

TEST_F(slot, results_that_cannot_be_told_are_undone)
{
	struct nimbos_slot_alloc *alloc = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct nimbos_query q;

	ASSERT_NE(MAP_FAILED, alloc);
	*alloc = small_slot();
	ASSERT_EQ(0, mprotect(alloc, 0x1000, PROT_READ));
	EXPECT_EQ(EFAULT, alloc_slot(self->fd, alloc));
	query_peer(self->fd, &q);
	EXPECT_EQ(0, q.slots_used);
	EXPECT_EQ(0, alloc_slot(self->fd, &self->alloc));
}

TEST_F(slot, maps_its_areas_and_nothing_else)
{
	const int rw = PROT_READ | PROT_WRITE;
	uint64_t control, window, csize;

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	control = self->alloc.control_offset;
	csize = self->alloc.control_size;
	window = self->alloc.window_offset;

#define REFUSED(errno_, size, prot, flags, offset)                                \
	do {                                                                      \
		EXPECT_EQ(MAP_FAILED, mmap(NULL, size, prot, flags, self->fd, offset)); \
		EXPECT_EQ(errno_, errno);                                         \
	} while (0)
	REFUSED(EINVAL, csize + 0x1000, rw, MAP_SHARED, control);
	REFUSED(EINVAL, 0x10000 - 0x1000, rw, MAP_SHARED, window);
	REFUSED(EINVAL, 0x10000 + 0x1000, rw, MAP_SHARED, window);
	REFUSED(EINVAL, csize, rw, MAP_SHARED, control + 0x1000);
	REFUSED(EINVAL, 0x10000, rw, MAP_SHARED, window + (1ULL << 40));
	REFUSED(EINVAL, 0x10000, rw, MAP_SHARED, window + (2ULL << 32));
	REFUSED(EINVAL, csize, rw, MAP_PRIVATE, control);
	REFUSED(EACCES, csize, rw | PROT_EXEC, MAP_SHARED, control);
	REFUSED(EACCES, 0x10000, PROT_READ | PROT_EXEC, MAP_SHARED, window);
#undef REFUSED
	EXPECT_NE(MAP_FAILED, map(self->fd, control, csize));
	EXPECT_NE(MAP_FAILED, map(self->fd, window, 0x10000));
}

TEST_F(slot, mappings_stay_as_they_were_made)
{
	unsigned char *window;

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	window = map(self->fd, self->alloc.window_offset, 0x10000);
	ASSERT_NE(MAP_FAILED, window);
	EXPECT_EQ(-1, mprotect(window, 0x10000, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mremap(window, 0x10000, 0x20000, MREMAP_MAYMOVE));
	/* A part of a mapping still maps the right part of the window. */
	window[0x9000] = 42;
	EXPECT_EQ(0, munmap(window, 0x9000));
	EXPECT_EQ(42, window[0x9000]);
	EXPECT_EQ(42, map(self->fd, self->alloc.window_offset, 0x10000)[0x9000]);
}

TEST_F(slot, control_describes_it)
{
	const struct nimbos_scf_slot *control;

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	control = (void *)map(self->fd, self->alloc.control_offset, self->alloc.control_size);
	ASSERT_NE(MAP_FAILED, (void *)control);
	EXPECT_EQ(NIMBOS_SCF_SLOT_MAGIC, control->magic);
	EXPECT_EQ(NIMBOS_SCF_VERSION, control->version);
	EXPECT_EQ(2, control->lanes);
	EXPECT_EQ(8, control->depth);
	EXPECT_EQ(self->alloc.epoch, control->epoch);
	EXPECT_EQ(sizeof(*control), control->lane_offset);
	EXPECT_EQ(NIMBOS_SCF_LANE_STRIDE(8), control->lane_stride);
}

TEST_F(slot, memory_comes_zeroed)
{
	struct nimbos_slot_alloc alloc;
	unsigned char *area;
	unsigned int round, i, dirty = 0;
	int fd;

	for (round = 0; round < 3; round++) {
		fd = open_device();
		alloc = small_slot();
		ASSERT_EQ(0, alloc_slot(fd, &alloc));
		area = map(fd, alloc.window_offset, alloc.window_size);
		ASSERT_NE(MAP_FAILED, area);
		for (i = 0; i < alloc.window_size; i++)
			dirty += !!area[i];
		memset(area, 0xff, alloc.window_size);
		unmap(area);
		area = map(fd, alloc.control_offset, alloc.control_size);
		ASSERT_NE(MAP_FAILED, area);
		for (i = 24; i < alloc.control_size; i++)
			dirty += !!area[i];
		memset(area, 0xff, alloc.control_size);
		unmap(area);
		close(fd);
		wait_until_reaped(self->fd);
	}
	EXPECT_EQ(0, dirty);
}

TEST_F_TIMEOUT(slot, all_of_them, 120)
{
	int fd[NIMBOS_SCF_MAX_SLOTS], one_more = open_device();
	struct nimbos_slot_alloc alloc;
	struct nimbos_query q;
	long long before, after;
	unsigned int i;

	ASSERT_EQ(0, in_use("peer 0: slots:", &before));
	for (i = 0; i < NIMBOS_SCF_MAX_SLOTS; i++) {
		fd[i] = open_device();
		alloc = small_slot();
		ASSERT_EQ(0, alloc_slot(fd[i], &alloc)) TH_LOG("slot %u", i);
		EXPECT_EQ(i, alloc.slot);
	}
	alloc = small_slot();
	EXPECT_EQ(ENOSPC, alloc_slot(one_more, &alloc));
	query_peer(one_more, &q);
	EXPECT_EQ(NIMBOS_SCF_MAX_SLOTS, q.slots_max);
	EXPECT_EQ(NIMBOS_SCF_MAX_SLOTS, q.slots_used);
	EXPECT_GT(q.irqnums_used, 1);

	close(fd[77]);
	wait_until_reaped(one_more);
	alloc = small_slot();
	EXPECT_EQ(0, alloc_slot(one_more, &alloc));
	EXPECT_EQ(77, alloc.slot);
	fd[77] = one_more;
	for (i = 0; i < NIMBOS_SCF_MAX_SLOTS; i++)
		close(fd[i]);
	wait_until_reaped(self->fd);
	query_peer(self->fd, &q);
	EXPECT_EQ(0, q.slots_used);
	EXPECT_EQ(1, q.irqnums_used);
	EXPECT_EQ(0, in_use("peer 0: slots:", &after));
	EXPECT_EQ(before + NIMBOS_SCF_MAX_SLOTS + 1, after);
}

static void nothing(int sig)
{
}

TEST_F(slot, waits_end)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait) };
	struct sigaction action = { .sa_handler = nothing };
	pid_t parent = getpid(), child;

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	EXPECT_EQ(ETIMEDOUT, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	wait.timeout_ns = 1000000;
	EXPECT_EQ(ETIMEDOUT, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	wait.flags = NIMBOS_WAIT_NOTIFY;
	EXPECT_EQ(ETIMEDOUT, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	wait.flags = 0;
	wait.lane = 2;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	wait.lane = UINT32_MAX;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));

	/* A signal that comes again and again ends the wait, whenever that begins. */
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	child = fork();
	if (!child) {
		while (!kill(parent, SIGUSR1))
			usleep(10000);
		_exit(0);
	}
	wait.lane = 1;
	wait.timeout_ns = -1;
	EXPECT_EQ(EINTR, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

TEST_F(slot, eventfds_are_checked)
{
	struct nimbos_slot_eventfd bind = { .size = sizeof(bind), .fd = eventfd(0, EFD_CLOEXEC) };

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	EXPECT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	bind.lane = 2;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	bind.lane = 0;
	bind.fd = self->fd;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	bind.fd = 1000;
	EXPECT_EQ(EBADF, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	bind.fd = -2;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	bind.fd = -1;
	EXPECT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
}

/* Waits, as long as the harness lets it, until all lanes say whether calls are traced. */
static void wait_until_lanes_say(const struct nimbos_slot_alloc *alloc, void *control, bool traced)
{
	const uint32_t *trace;
	unsigned int i;

	for (i = 0; i < alloc->lanes; i++) {
		trace = &nimbos_scf_slot_lane(control, i, alloc->depth)->trace;
		while (!!__atomic_load_n(trace, __ATOMIC_RELAXED) != traced)
			usleep(1000);
	}
}

TEST_F(slot, lanes_say_whether_calls_are_traced)
{
	struct nimbos_slot_alloc later = small_slot();
	void *control, *later_control;
	unsigned int i;
	int fd;

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	control = map(self->fd, self->alloc.control_offset, self->alloc.control_size);
	ASSERT_NE(MAP_FAILED, control);
	for (i = 0; i < self->alloc.lanes; i++)
		EXPECT_EQ(0, nimbos_scf_slot_lane(control, i, self->alloc.depth)->trace);
	ASSERT_TRUE(write_text(trace_calls, "1"));
	wait_until_lanes_say(&self->alloc, control, true);

	/* A slot that is given out now says it from the start. */
	fd = open_device();
	ASSERT_EQ(0, alloc_slot(fd, &later));
	later_control = map(fd, later.control_offset, later.control_size);
	ASSERT_NE(MAP_FAILED, later_control);
	for (i = 0; i < later.lanes; i++)
		EXPECT_NE(0, nimbos_scf_slot_lane(later_control, i, later.depth)->trace);

	ASSERT_TRUE(write_text(trace_calls, "0"));
	wait_until_lanes_say(&self->alloc, control, false);
	wait_until_lanes_say(&later, later_control, false);
	close(fd);
}

/* They are looked at only while somebody traces calls. */
TEST_F(slot, calls_that_are_shown_are_checked)
{
	struct nimbos_call_record record[2] = { { .waited = NIMBOS_WAITED_SLEEP } };
	struct nimbos_slot_trace show = { .size = sizeof(show), .records = (uintptr_t)record };

	EXPECT_EQ(ENODATA, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	show.lane = 2;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
	show.lane = 1;
	show.count = NIMBOS_TRACE_RECORDS + 1;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
	show.count = 1;
	show.records = 0;
	EXPECT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
	ASSERT_TRUE(write_text(trace_calls, "1"));
	EXPECT_EQ(EFAULT, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
	show.records = (uintptr_t)record;
	EXPECT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
	show.count = 2;
	record[1].waited = NIMBOS_WAITED_SLEEP + 1;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_SLOT_TRACE, &show));
}

static sigjmp_buf bus_error;

static void on_bus_error(int sig)
{
	siglongjmp(bus_error, 1);
}

static bool faults(volatile unsigned char *address)
{
	struct sigaction action = { .sa_handler = on_bus_error };

	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(bus_error, 1))
		return true;
	(void)*address;
	return false;
}

TEST_F(slot, dies_with_the_peer)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = -1 };
	struct nimbos_slot_notify notify = { .size = sizeof(notify) };
	struct nimbos_slot_eventfd bind = { .size = sizeof(bind), .lane = 1 };
	struct pollfd pollfd = { .fd = self->fd, .events = POLLIN };
	unsigned char *window, *untouched;
	int other = open_device(), status;
	uint64_t count;
	pid_t child;

	ASSERT_EQ(0, alloc_slot(self->fd, &self->alloc));
	window = map(self->fd, self->alloc.window_offset, 0x10000);
	untouched = map(self->fd, self->alloc.control_offset, self->alloc.control_size);
	ASSERT_NE(MAP_FAILED, window);
	ASSERT_NE(MAP_FAILED, untouched);
	bind.fd = eventfd(0, EFD_NONBLOCK);
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	EXPECT_FALSE(faults(window));
	EXPECT_EQ(0, poll(&pollfd, 1, 0));

	child = fork();
	if (!child)
		_exit(try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	ASSERT_EQ(0, stop_peer(other, 0));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(ESHUTDOWN, WEXITSTATUS(status));

	EXPECT_TRUE(faults(window));
	EXPECT_TRUE(faults(untouched));
	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_TRUE(pollfd.revents & POLLHUP);
	EXPECT_EQ(sizeof(count), read(bind.fd, &count, sizeof(count)));
	EXPECT_EQ(ESHUTDOWN, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	EXPECT_EQ(ESHUTDOWN, try_ioctl(self->fd, NIMBOS_IOC_SLOT_NOTIFY, &notify));
	EXPECT_EQ(ESHUTDOWN, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &bind));
	EXPECT_EQ(MAP_FAILED, map(self->fd, self->alloc.window_offset, 0x10000));
	EXPECT_EQ(ESHUTDOWN, errno);

	/* Its memory is not given to another peer's start while the file is open. */
	EXPECT_EQ(EBUSY, load_reference(other, 0, NULL));
	close(self->fd);
	unmap(window);
	unmap(untouched);
	EXPECT_EQ(0, load_reference(other, 0, NULL));
	EXPECT_EQ(0, start_peer(other, 0, 1));
	close(other);
	self->fd = -1;
}

TEST_F(slot, lives_as_long_as_file_or_mapping)
{
	struct nimbos_query q;
	unsigned char *window;
	int fd = open_device();
	pid_t child;

	ASSERT_EQ(0, alloc_slot(fd, &self->alloc));
	window = map(fd, self->alloc.window_offset, 0x10000);
	ASSERT_NE(MAP_FAILED, window);
	window[0] = 1;
	child = fork();
	if (!child) {
		/* The mapping is not inherited, the descriptor is. */
		_exit(msync(window, 0x1000, MS_ASYNC) == -1 && errno == ENOMEM ? pause() : 1);
	}
	unmap(window);
	close(fd);
	query_peer(self->fd, &q);
	EXPECT_EQ(1, q.slots_used);
	kill(child, SIGKILL);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
	wait_until_reaped(self->fd);
	query_peer(self->fd, &q);
	EXPECT_EQ(0, q.slots_used);

	fd = open_device();
	self->alloc = small_slot();
	ASSERT_EQ(0, alloc_slot(fd, &self->alloc));
	window = map(fd, self->alloc.window_offset, 0x10000);
	close(fd);
	window[5] = 6;
	query_peer(self->fd, &q);
	EXPECT_EQ(1, q.slots_used);
	unmap(window);
	wait_until_reaped(self->fd);
	query_peer(self->fd, &q);
	EXPECT_EQ(0, q.slots_used);
}

TEST_HARNESS_MAIN
