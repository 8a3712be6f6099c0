// SPDX-License-Identifier: GPL-2.0
/*
 * Starting legacy peers by RVM1.5: what is refused where there is none, and with the stand-in for
 * it (tests/kmod/standin.c), which lies in /lib/nimbos, what becomes of each answer that it gives.
 */
#include <sys/syscall.h>

#include "legacy.h"

#include "kselftest_harness.h"

#define STANDIN "/lib/nimbos/rvm_standin.ko"
#define PARAMETERS "/sys/module/rvm_standin/parameters/"
#define CPU_ONLINE "/sys/devices/system/cpu/cpu1/online"

FIXTURE(rvm)
{
	int fd;
	bool loaded;
};

FIXTURE_SETUP(rvm)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V2, 0));
}

static int load_standin(FIXTURE_DATA(rvm) *self, const char *parameters)
{
	int fd = open(STANDIN, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;

	if (fd >= 0)
		close(fd);
	self->loaded = !err;
	return err;
}

static int unload_standin(void)
{
	return syscall(SYS_delete_module, "rvm_standin", O_NONBLOCK) ? errno : 0;
}

FIXTURE_TEARDOWN(rvm)
{
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	if (self->loaded)
		EXPECT_EQ(0, unload_standin());
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	close(self->fd);
}

/* Why the peer did not start; nothing has changed. */
static const char *reason(struct __test_metadata *_metadata, int fd)
{
	static struct nimbos_query query;

	query_peer(fd, &query);
	EXPECT_EQ(NIMBOS_PEER_LOADED, query.state);
	EXPECT_EQ(0, query.irqnums_used);
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	return query.message;
}

#define EXPECT_REASON(text) \
	EXPECT_NE(NULL, strstr(reason(_metadata, self->fd), text)) \
	TH_LOG("it says: %s", reason(_metadata, self->fd))

static void expect_runs(struct __test_metadata *_metadata, int fd, uint32_t backend)
{
	struct nimbos_query query;

	query_peer(fd, &query);
	EXPECT_EQ(NIMBOS_PEER_RUNNING, query.state);
	EXPECT_EQ(backend, query.backend);
}

TEST_F(rvm, is_not_there)
{
	EXPECT_EQ(EPROTONOSUPPORT, start_by(self->fd, 1, NIMBOS_BACKEND_RVM));
	EXPECT_REASON("there is no RVM1.5 on this machine");
	EXPECT_EQ(EINVAL, start_by(self->fd, 1, NIMBOS_BACKEND_RVM + 1));
	EXPECT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	expect_runs(_metadata, self->fd, NIMBOS_BACKEND_NATIVE);
}

TEST_F(rvm, is_chosen_where_it_is)
{
	ASSERT_EQ(0, load_standin(self, ""));
	EXPECT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	expect_runs(_metadata, self->fd, NIMBOS_BACKEND_RVM);
	EXPECT_EQ(1, read_number(PARAMETERS "starts_done"));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(1, read_number(PARAMETERS "stops_done"));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	ASSERT_EQ(0, load_legacy(self->fd, NIMBOS_LEGACY_V1, 0));
	EXPECT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_NATIVE));
	expect_runs(_metadata, self->fd, NIMBOS_BACKEND_NATIVE);
	EXPECT_EQ(1, read_number(PARAMETERS "starts_done"));
}

TEST_F(rvm, cannot_start_a_peer_with_a_board)
{
	ASSERT_EQ(0, load_standin(self, ""));
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	EXPECT_EQ(EPROTONOSUPPORT, start_peer(self->fd, 0, 1));
	EXPECT_REASON("RVM1.5 tells a peer nothing of its board");
	EXPECT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_NATIVE));
	expect_runs(_metadata, self->fd, NIMBOS_BACKEND_NATIVE);
}

TEST_F(rvm, driver_knows_no_memory)
{
	ASSERT_EQ(0, load_standin(self, "driver_size=0"));
	EXPECT_EQ(EPROTONOSUPPORT, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	EXPECT_REASON("RVM1.5's driver has no memory for an RTOS (error -16)");
}

TEST_F(rvm, driver_has_other_memory)
{
	ASSERT_EQ(0, load_standin(self, "driver_size=0x4000000"));
	EXPECT_EQ(EPROTONOSUPPORT, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	EXPECT_REASON("RVM1.5 has 0x42000000+0x4000000 for an RTOS, and the peer's region is "
		      "0x42000000+0x8000000");
}

/* "the start hypercall's result ignored" */
TEST_F(rvm, bug_refused_start_is_taken_for_a_start)
{
	ASSERT_EQ(0, load_standin(self, "size=0"));
	EXPECT_EQ(EREMOTEIO, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	EXPECT_REASON("RVM1.5 has refused to start it at 0x42000000 (result -22)");
	EXPECT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_NATIVE));
}

/* An unknown call leaves the register as it was, which is no success. */
TEST_F(rvm, bug_unknown_call_is_taken_for_a_start)
{
	ASSERT_EQ(0, load_standin(self, "knows_rt=N"));
	EXPECT_EQ(EREMOTEIO, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	EXPECT_REASON("(result -38)");
}

TEST_F(rvm, refused_stop_is_an_init)
{
	ASSERT_EQ(0, load_standin(self, "stops=N"));
	ASSERT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(0, read_number(PARAMETERS "stops_done"));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

TEST_F(rvm, goes_while_a_peer_runs)
{
	ASSERT_EQ(0, load_standin(self, ""));
	ASSERT_EQ(0, start_by(self->fd, 1, NIMBOS_BACKEND_AUTO));
	ASSERT_EQ(0, unload_standin());
	self->loaded = false;
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

TEST_HARNESS_MAIN
