// SPDX-License-Identifier: GPL-2.0
/*
 * Loading, starting and stopping peers: every refusal has an errno of its own, and changes nothing.
 */
#include <poll.h>

#include "selftest.h"

#include "kselftest_harness.h"

#define CPU_ONLINE "/sys/devices/system/cpu/cpu1/online"

FIXTURE(peer)
{
	int fd;
};

FIXTURE_SETUP(peer)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(peer)
{
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	close(self->fd);
}

/* Two bytes: jmp to itself. It never says a word. */
static const unsigned char mute_image[] = { 0xeb, 0xfe };

static int try_load(int fd, struct nimbos_peer_load load)
{
	int err = try_ioctl(fd, NIMBOS_IOC_PEER_LOAD, &load);

	return err;
}

TEST_F(peer, load_refuses_bad_regions)
{
	struct nimbos_peer_load load;

	load = good_load(mute_image, sizeof(mute_image));
	load.region_base += 0x1000;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = good_load(mute_image, sizeof(mute_image));
	load.region_size += 0x1000;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = good_load(mute_image, sizeof(mute_image));
	load.region_size = 0;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = good_load(mute_image, sizeof(mute_image));
	load.private_size = load.region_size;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load.private_size = UINT64_MAX;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load.private_size = 0x1001;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));

	load = good_load(mute_image, sizeof(mute_image));
	load.region_base = 0xfff00000ULL & ~(NIMBOS_REGION_ALIGN - 1);
	EXPECT_EQ(ERANGE, try_load(self->fd, load));
	load.region_base = 0x100000000ULL;
	EXPECT_EQ(ERANGE, try_load(self->fd, load));
	load.region_base = -NIMBOS_REGION_ALIGN;
	load.region_size = 2 * NIMBOS_REGION_ALIGN;
	EXPECT_EQ(ERANGE, try_load(self->fd, load));

	/* Linux's own memory; memory that only begins in the reservation; the PCI hole. */
	load = good_load(mute_image, sizeof(mute_image));
	load.region_base = 0x2000000;
	EXPECT_EQ(EADDRNOTAVAIL, try_load(self->fd, load));
	load.region_base = REGION_BASE + REGION_SIZE - NIMBOS_REGION_ALIGN;
	EXPECT_EQ(EADDRNOTAVAIL, try_load(self->fd, load));
	load.region_base = REGION_BASE - NIMBOS_REGION_ALIGN;
	EXPECT_EQ(EADDRNOTAVAIL, try_load(self->fd, load));
	load.region_base = 0xe0000000;
	EXPECT_EQ(EADDRNOTAVAIL, try_load(self->fd, load));
}

TEST_F(peer, load_refuses_bad_images)
{
	struct nimbos_peer_load load = good_load(mute_image, 0);

	EXPECT_EQ(ENODATA, try_load(self->fd, load));
	load.image_size = REGION_SIZE;
	EXPECT_EQ(EFBIG, try_load(self->fd, load));
	load.image_size = UINT64_MAX;
	EXPECT_EQ(EFBIG, try_load(self->fd, load));
	load = good_load(NULL, 0x1000);
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	load = good_load(mute_image, sizeof(mute_image));
	load.serial_port = 0x10000;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
}

TEST_F(peer, load_refuses_bad_command_lines)
{
	struct nimbos_peer_load load = good_load(mute_image, sizeof(mute_image));
	char line[NIMBOS_SCF_CMDLINE_SIZE + 1];

	load.cmdline = 8;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	memset(line, 'a', sizeof(line));
	line[NIMBOS_SCF_CMDLINE_SIZE] = '\0';
	load.cmdline = (uintptr_t)line;
	EXPECT_EQ(ENAMETOOLONG, try_load(self->fd, load));
	line[NIMBOS_SCF_CMDLINE_SIZE - 1] = '\0';
	EXPECT_EQ(0, try_load(self->fd, load));
}

TEST_F(peer, regions_do_not_overlap)
{
	struct nimbos_peer_load load = good_load(mute_image, sizeof(mute_image));

	ASSERT_EQ(0, try_load(self->fd, load));
	load.peer = 1;
	EXPECT_EQ(EADDRINUSE, try_load(self->fd, load));
	load.region_base += load.region_size - NIMBOS_REGION_ALIGN;
	EXPECT_EQ(EADDRINUSE, try_load(self->fd, load));
	load.region_base += NIMBOS_REGION_ALIGN;
	EXPECT_EQ(0, try_load(self->fd, load));
	EXPECT_EQ(0, unload_peer(self->fd, 1));
	EXPECT_EQ(ENODATA, unload_peer(self->fd, 1));
}

TEST_F(peer, start_refuses_bad_cpus)
{
	ASSERT_EQ(ENODATA, start_peer(self->fd, 0, 1));
	ASSERT_EQ(0, try_load(self->fd, good_load(mute_image, sizeof(mute_image))));
	EXPECT_EQ(ENODEV, start_peer(self->fd, 0, 63));
	EXPECT_EQ(ENODEV, start_peer(self->fd, 0, UINT32_MAX));
	EXPECT_EQ(EOPNOTSUPP, start_peer(self->fd, 0, 0));
	EXPECT_EQ(NIMBOS_PEER_LOADED, peer_state(self->fd, 0));
	EXPECT_EQ(ENOTCONN, stop_peer(self->fd, 0));
}

TEST_F(peer, start_refuses_bad_times)
{
	struct nimbos_peer_start start = { .size = sizeof(start), .cpu = 1 };

	ASSERT_EQ(0, try_load(self->fd, good_load(mute_image, sizeof(mute_image))));
	start.timeout_ms = 60001;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_PEER_START, &start));
	start.timeout_ms = 0;
	start.heartbeat_ms = 99;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_PEER_START, &start));
	start.heartbeat_ms = 600001;
	EXPECT_EQ(EINVAL, try_ioctl(self->fd, NIMBOS_IOC_PEER_START, &start));
}

TEST_F(peer, a_mute_image_times_out)
{
	struct nimbos_peer_start start = { .size = sizeof(start), .cpu = 1, .timeout_ms = 300 };
	struct nimbos_query query = { .size = sizeof(query) };

	ASSERT_EQ(0, try_load(self->fd, good_load(mute_image, sizeof(mute_image))));
	EXPECT_EQ(ETIMEDOUT, try_ioctl(self->fd, NIMBOS_IOC_PEER_START, &start));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, query.state);
	EXPECT_STREQ("it showed no sign of life within 300 ms", query.message);
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	/* It has run: it must be loaded again. */
	EXPECT_EQ(ENODATA, start_peer(self->fd, 0, 1));
}

TEST_F(peer, starts_and_stops)
{
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
	EXPECT_EQ(0, read_number(CPU_ONLINE));
	EXPECT_EQ(EALREADY, start_peer(self->fd, 0, 1));
	EXPECT_EQ(EBUSY, load_reference(self->fd, 0, NULL));
	EXPECT_EQ(EBUSY, unload_peer(self->fd, 0));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	EXPECT_EQ(ENOTCONN, stop_peer(self->fd, 0));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, peer_state(self->fd, 0));
}

TEST_F(peer, linux_cannot_take_the_cpu_back)
{
	int online;

	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	online = open(CPU_ONLINE, O_WRONLY);
	ASSERT_GE(online, 0);
	EXPECT_EQ(-1, write(online, "1", 1));
	EXPECT_EQ(EBUSY, errno);
	close(online);
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
}

TEST_F(peer, a_cpu_is_given_once)
{
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, load_reference(self->fd, 1, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_EQ(EBUSY, start_peer(self->fd, 1, 1));
	EXPECT_EQ(NIMBOS_PEER_LOADED, peer_state(self->fd, 1));
	EXPECT_EQ(0, unload_peer(self->fd, 1));
}

TEST_F(peer, a_cpu_that_was_offline_stays_offline)
{
	FILE *online = fopen(CPU_ONLINE, "w");

	ASSERT_NE(NULL, online);
	ASSERT_EQ(1, fwrite("0", 1, 1, online));
	ASSERT_EQ(0, fflush(online));
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	EXPECT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(0, read_number(CPU_ONLINE));
	ASSERT_EQ(1, fwrite("1", 1, 1, online));
	ASSERT_EQ(0, fclose(online));
}

TEST_F(peer, suspend_is_refused)
{
	int state = open("/sys/power/state", O_WRONLY);

	if (state < 0)
		SKIP(return, "this kernel cannot suspend: no /sys/power/state");
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_EQ(-1, write(state, "freeze", 6));
	EXPECT_EQ(EBUSY, errno);
	close(state);
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
}

/* Waits for a state, as long as the harness lets it. */
static void wait_for_state(int fd, int state)
{
	while (peer_state(fd, 0) != state)
		usleep(10000);
}

/* Whether poll() says, within a time, that the state of a peer has changed, and nothing else. */
static bool is_told(int fd, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLPRI | POLLIN };

	return poll(&pollfd, 1, timeout_ms) == 1 && pollfd.revents == POLLPRI;
}

TEST_F(peer, changes_are_told)
{
	int other = open_device();

	ASSERT_GE(other, 0);
	/* Who has not asked for a peer is told of none. */
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	EXPECT_FALSE(is_told(other, 0));
	EXPECT_EQ(NIMBOS_PEER_LOADED, peer_state(other, 0));
	EXPECT_FALSE(is_told(other, 0));
	EXPECT_FALSE(is_told(self->fd, 0));

	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_TRUE(is_told(other, 0));
	EXPECT_TRUE(is_told(other, 0));
	EXPECT_FALSE(is_told(self->fd, 0));
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(other, 0));
	EXPECT_FALSE(is_told(other, 0));

	/* Of another peer it is not told until it asks for that, too. */
	ASSERT_EQ(0, load_reference(self->fd, 1, NULL));
	EXPECT_FALSE(is_told(other, 0));
	EXPECT_EQ(NIMBOS_PEER_LOADED, peer_state(other, 1));
	ASSERT_EQ(0, unload_peer(self->fd, 1));
	EXPECT_TRUE(is_told(other, 0));
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(other, 0));
	EXPECT_TRUE(is_told(other, 0));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(other, 1));
	EXPECT_FALSE(is_told(other, 0));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_TRUE(is_told(other, 0));
	close(other);
}

static int start_briefly(int fd, const char *cmdline, uint32_t timeout_ms, uint32_t heartbeat_ms)
{
	struct nimbos_peer_start start = {
		.size = sizeof(start),
		.cpu = 1,
		.timeout_ms = timeout_ms,
		.heartbeat_ms = heartbeat_ms,
	};
	int err = load_reference(fd, 0, cmdline);

	return err ?: try_ioctl(fd, NIMBOS_IOC_PEER_START, &start);
}

TEST_F(peer, that_never_comes_up)
{
	EXPECT_EQ(ETIMEDOUT, start_briefly(self->fd, "test=never-up", 3000, 0));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	EXPECT_EQ(0, start_briefly(self->fd, NULL, 20000, 20000));
}

TEST_F(peer, that_fails_at_boot)
{
	struct nimbos_query query = { .size = sizeof(query) };

	EXPECT_EQ(EIO, start_briefly(self->fd, "test=fail-at-boot", 20000, 0));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, query.state);
	EXPECT_NE('\0', query.message[0]);
	EXPECT_EQ(0, start_briefly(self->fd, NULL, 20000, 20000));
}

TEST_F_TIMEOUT(peer, that_panics, 60)
{
	struct nimbos_query query = { .size = sizeof(query) };

	ASSERT_EQ(0, start_briefly(self->fd, "test=panic-after-ms=200", 20000, 20000));
	wait_for_state(self->fd, NIMBOS_PEER_FAILED);
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_NE('\0', query.message[0]);
	EXPECT_EQ(0, read_number(CPU_ONLINE));
	EXPECT_EQ(EALREADY, start_peer(self->fd, 0, 1));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(0, start_briefly(self->fd, NULL, 20000, 20000));
}

TEST_F_TIMEOUT(peer, that_hangs, 60)
{
	struct nimbos_query query = { .size = sizeof(query) };

	ASSERT_EQ(0, start_briefly(self->fd, "test=hang-after-ms=200", 20000, 1000));
	wait_for_state(self->fd, NIMBOS_PEER_FAILED);
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_EQ(0, strncmp(query.message, "its heartbeat has stood still for ", 34));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	EXPECT_EQ(0, start_briefly(self->fd, NULL, 20000, 20000));
}

/* Memory can be had again once no slot is left: who waits for that need not ask for it. */
TEST_F_TIMEOUT(peer, the_end_of_the_last_slot_is_told, 60)
{
	struct nimbos_slot_alloc alloc = small_slot();
	int first = open_device(), second = open_device();

	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	ASSERT_EQ(0, alloc_slot(first, &alloc));
	alloc = small_slot();
	ASSERT_EQ(0, alloc_slot(second, &alloc));
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(EBUSY, unload_peer(self->fd, 0));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, peer_state(self->fd, 0));
	close(first);
	EXPECT_FALSE(is_told(self->fd, 0));
	close(second);
	EXPECT_TRUE(is_told(self->fd, -1));
	EXPECT_EQ(0, unload_peer(self->fd, 0));
}

/* Nobody asks meanwhile: whoever waits is woken. */
TEST_F_TIMEOUT(peer, failures_are_told_to_who_waits, 60)
{
	ASSERT_EQ(0, start_briefly(self->fd, "test=panic-after-ms=500", 20000, 20000));
	ASSERT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
	EXPECT_TRUE(is_told(self->fd, -1));
	EXPECT_EQ(NIMBOS_PEER_FAILED, peer_state(self->fd, 0));
	EXPECT_FALSE(is_told(self->fd, 0));
}

TEST_HARNESS_MAIN
