// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation fails in turn: in loading, starting, giving out a slot, mapping it, and taking
 * all of it down again. Whatever fails is reported, and nothing is lost.
 *
 * The kernel fails the n-th allocation of a task that has written n to its fail-nth file.
 */
#include "process.h"

#include "kselftest_harness.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define CPU_ONLINE "/sys/devices/system/cpu/cpu1/online"
/* More allocations than any of the steps can make. */
#define MANY 100000

FIXTURE(fault)
{
	int fd;
	int nth;
	void *image;
	size_t image_size;
	struct nimbos_slot_alloc alloc;
	int slot_fd;
	unsigned char *window;
};

FIXTURE_SETUP(fault)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	self->slot_fd = -1;
	self->window = MAP_FAILED;
	self->nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (self->nth < 0)
		return;
	/* Also allocations that may wait for memory, and single pages. */
	ASSERT_TRUE(write_text("/sys/kernel/debug/failslab/ignore-gfp-wait", "N"));
	ASSERT_TRUE(write_text("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N"));
	ASSERT_TRUE(write_text("/sys/kernel/debug/fail_page_alloc/min-order", "0"));
	self->image = read_file(REFERENCE_PEER, &self->image_size);
	ASSERT_NE(NULL, self->image);
}

FIXTURE_TEARDOWN(fault)
{
	close(self->fd);
	free(self->image);
}

/* A skip in the set-up does not keep the test from running. */
#define NEEDS_FAULT_INJECTION()                                                           \
	do {                                                                              \
		if (self->nth < 0)                                                        \
			SKIP(return, "this kernel has no fault injection: no " FAIL_NTH); \
	} while (0)

static void arm(int nth, unsigned int n)
{
	char text[16];

	pwrite(nth, text, snprintf(text, sizeof(text), "%u", n), 0);
}

/* Returns whether the allocation was reached. */
static bool disarm(int nth)
{
	char text[16] = "";

	pread(nth, text, sizeof(text) - 1, 0);
	pwrite(nth, "0", 1, 0);
	return atoi(text) == 0;
}

struct step {
	const char *name;
	int (*prepare)(FIXTURE_DATA(fault) *self);
	int (*run)(FIXTURE_DATA(fault) *self);
	void (*undo)(FIXTURE_DATA(fault) *self);
};

static int nothing(FIXTURE_DATA(fault) *self)
{
	return 0;
}

static int load(FIXTURE_DATA(fault) *self)
{
	struct nimbos_peer_load arg = good_load(self->image, self->image_size);

	return try_ioctl(self->fd, NIMBOS_IOC_PEER_LOAD, &arg);
}

static void unload(FIXTURE_DATA(fault) *self)
{
	unload_peer(self->fd, 0);
}

static int start(FIXTURE_DATA(fault) *self)
{
	return start_peer(self->fd, 0, 1);
}

static int stop(FIXTURE_DATA(fault) *self)
{
	return stop_peer(self->fd, 0);
}

/* Linux may have had no memory to bring the CPU up: then that is asked for again. */
static void stop_and_unload(FIXTURE_DATA(fault) *self)
{
	stop(self);
	unload(self);
	if (!read_number(CPU_ONLINE))
		write_text(CPU_ONLINE, "1");
}

static int load_and_start(FIXTURE_DATA(fault) *self)
{
	return load(self) ?: start(self);
}

static int open_file(FIXTURE_DATA(fault) *self)
{
	self->slot_fd = open_device();
	return self->slot_fd < 0 ? errno : 0;
}

static void close_file(FIXTURE_DATA(fault) *self)
{
	/* That may have no memory either, the first time. */
	if (self->window != MAP_FAILED && !munmap(self->window, self->alloc.window_size))
		self->window = MAP_FAILED;
	if (self->slot_fd >= 0)
		close(self->slot_fd);
	self->slot_fd = -1;
	wait_until_reaped(self->fd);
}

static int alloc_the_slot(FIXTURE_DATA(fault) *self)
{
	self->alloc = small_slot();
	return alloc_slot(self->slot_fd, &self->alloc);
}

static int open_and_alloc(FIXTURE_DATA(fault) *self)
{
	return open_file(self) ?: alloc_the_slot(self);
}

static int map_and_touch(FIXTURE_DATA(fault) *self)
{
	self->window = mmap(NULL, self->alloc.window_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    self->slot_fd, self->alloc.window_offset);
	if (self->window == MAP_FAILED)
		return errno;
	/* By a system call, which is told of a fault that cannot be served. */
	return pread(self->nth, self->window, 1, 0) < 0 ? errno : 0;
}

static int open_alloc_map(FIXTURE_DATA(fault) *self)
{
	return open_and_alloc(self) ?: map_and_touch(self);
}

static int close_all(FIXTURE_DATA(fault) *self)
{
	close_file(self);
	return 0;
}

static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
		  const struct step *step)
{
	unsigned int n, failed = 0;
	bool reached = true;
	long long allocated;
	int err;

	for (n = 1; reached && n < MANY; n++) {
		ASSERT_EQ(0, step->prepare(self)) TH_LOG("%s %u", step->name, n);
		arm(self->nth, n);
		err = step->run(self);
		reached = disarm(self->nth);
		failed += !!err;
		step->undo(self);
		ASSERT_EQ(0, in_use("irqnums:", &allocated) > 1) TH_LOG("%s %u", step->name, n);
	}
	TH_LOG("%s: %u allocations, %u times an error", step->name, n - 2, failed);
	/* The last time nothing failed. */
	EXPECT_EQ(0, err);
	EXPECT_LT(n, MANY);
}

TEST_F_TIMEOUT(fault, open, 600)
{
	static const struct step step = { "open", nothing, open_file, close_file };

	NEEDS_FAULT_INJECTION();
	sweep(_metadata, self, &step);
}

TEST_F_TIMEOUT(fault, load, 600)
{
	static const struct step step = { "load", nothing, load, unload };

	NEEDS_FAULT_INJECTION();
	sweep(_metadata, self, &step);
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
}

TEST_F_TIMEOUT(fault, start, 900)
{
	static const struct step step = { "start", load, start, stop_and_unload };

	NEEDS_FAULT_INJECTION();
	sweep(_metadata, self, &step);
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

TEST_F_TIMEOUT(fault, stop, 900)
{
	static const struct step step = { "stop", load_and_start, stop, stop_and_unload };

	NEEDS_FAULT_INJECTION();
	sweep(_metadata, self, &step);
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

TEST_F_TIMEOUT(fault, slot, 900)
{
	static const struct step alloc = { "alloc", open_file, alloc_the_slot, close_file };
	static const struct step map = { "map", open_and_alloc, map_and_touch, close_file };
	static const struct step finish = { "close", open_alloc_map, close_all, close_file };
	long long allocated;

	NEEDS_FAULT_INJECTION();
	ASSERT_EQ(0, load_and_start(self));
	sweep(_metadata, self, &alloc);
	sweep(_metadata, self, &map);
	sweep(_metadata, self, &finish);
	EXPECT_EQ(0, in_use("peer 0: slots:", &allocated));
	EXPECT_EQ(1, in_use("irqnums:", &allocated));
	stop_and_unload(self);
}

TEST_HARNESS_MAIN
