// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading the module, which lies in /lib/nimbos/nimbos.ko and is not loaded when the
 * program begins: refused while something depends on it, and leaving nothing behind.
 */
#include <sys/syscall.h>

#include "process.h"

#include "kselftest_harness.h"

#define MODULE "/lib/nimbos/nimbos.ko"
#define CYCLES scaled(100)

static int load_module(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int unload_module(void)
{
	return syscall(SYS_delete_module, "nimbos", O_NONBLOCK) ? errno : 0;
}

/* How many lines of a file have this text in them. */
static unsigned int lines_with(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	unsigned int n = 0;
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		n += !!strstr(line, text);
	if (file)
		fclose(file);
	return n;
}

static unsigned int left_behind(void)
{
	return lines_with("/proc/interrupts", "nimbos") + lines_with("/proc/iomem", "nimbos") +
	       lines_with("/proc/modules", "nimbos") + lines_with("/proc/misc", "nimbos") +
	       !access("/sys/kernel/debug/nimbos", F_OK) + !access(NIMBOS_DEVICE, F_OK);
}

FIXTURE(module)
{
};

FIXTURE_SETUP(module)
{
	ASSERT_EQ(0, left_behind());
}

FIXTURE_TEARDOWN(module)
{
	EXPECT_EQ(0, left_behind());
}

TEST_F(module, loading_starts_nothing)
{
	ASSERT_EQ(0, load_module());
	EXPECT_EQ(0, access(NIMBOS_DEVICE, R_OK | W_OK));
	EXPECT_EQ(0, lines_with("/proc/interrupts", "nimbos"));
	EXPECT_EQ(0, lines_with("/proc/iomem", "nimbos"));
	EXPECT_EQ(1, read_number("/sys/devices/system/cpu/cpu1/online"));
	EXPECT_EQ(0, unload_module());
}

TEST_F(module, unloading_is_refused)
{
	int fd, other;

	ASSERT_EQ(0, load_module());
	fd = open_device();
	EXPECT_EQ(EAGAIN, unload_module());
	EXPECT_EQ(0, load_reference(fd, 0, NULL));
	EXPECT_EQ(0, start_peer(fd, 0, 1));
	close(fd);
	EXPECT_EQ(EAGAIN, unload_module());
	other = open_device();
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(other, 0));
	EXPECT_EQ(0, stop_peer(other, 0));
	close(other);
	/* A region that is merely held does not keep the module. */
	EXPECT_EQ(0, unload_module());
}

TEST_F_TIMEOUT(module, cycles_leave_nothing, 900)
{
	char status[12];
	unsigned int i;
	pid_t pid;
	int fd;

	for (i = 0; i < CYCLES; i++) {
		ASSERT_EQ(0, load_module()) TH_LOG("cycle %u", i);
		fd = open_device();
		ASSERT_EQ(0, load_reference(fd, 0, NULL)) TH_LOG("cycle %u", i);
		ASSERT_EQ(0, start_peer(fd, 0, 1)) TH_LOG("cycle %u", i);
		snprintf(status, sizeof(status), "%u", i);
		pid = start_program("exit", status, NULL);
		ASSERT_EQ(i, wait_for_program(pid)) TH_LOG("cycle %u", i);
		ASSERT_EQ(0, stop_peer(fd, 0)) TH_LOG("cycle %u", i);
		ASSERT_EQ(0, unload_peer(fd, 0)) TH_LOG("cycle %u", i);
		close(fd);
		ASSERT_EQ(0, unload_module()) TH_LOG("cycle %u", i);
		ASSERT_EQ(0, left_behind()) TH_LOG("cycle %u", i);
	}
	EXPECT_EQ(1, read_number("/sys/devices/system/cpu/cpu1/online"));
}

TEST_HARNESS_MAIN
