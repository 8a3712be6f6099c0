// SPDX-License-Identifier: GPL-2.0
/*
 * The errno contract of linux/nimbos.h: sizes, tails, flags, padding, pointers, privileges.
 */
#include <linux/capability.h>
#include <linux/nimbos_legacy.h>
#include <sys/syscall.h>

#include "selftest.h"

#include "kselftest_harness.h"

FIXTURE(ioctls)
{
	int fd;
	unsigned char *page;
};

FIXTURE_VARIANT(ioctls)
{
	unsigned long cmd;
	uint32_t size;
	uint32_t first_size; /* as first published: it stays when fields are added */
	uint32_t flags;
	bool admin;
	size_t pad; /* offset of a padding word, 0 for none */
};

#define END_OF(type, field) \
	(offsetof(struct nimbos_##type, field) + sizeof(((struct nimbos_##type *)0)->field))
#define VARIANT(cmd_name, type, last, known_flags, is_admin, pad_offset)            \
	FIXTURE_VARIANT_ADD(ioctls, type)                                           \
	{                                                                           \
		.cmd = NIMBOS_IOC_##cmd_name, .size = sizeof(struct nimbos_##type), \
		.first_size = END_OF(type, last), .flags = known_flags,             \
		.admin = is_admin, .pad = pad_offset,                               \
	}

VARIANT(QUERY, query, message, 0, false, 0);
VARIANT(PEER_LOAD, peer_load, cmdline, 0, true, 0);
VARIANT(PEER_START, peer_start, heartbeat_ms, 0, true, 0);
VARIANT(PEER_STOP, peer_stop, pad, 0, true, offsetof(struct nimbos_peer_stop, pad));
VARIANT(PEER_UNLOAD, peer_unload, pad, 0, true, offsetof(struct nimbos_peer_unload, pad));
VARIANT(SLOT_ALLOC, slot_alloc, control_size, 0, false, offsetof(struct nimbos_slot_alloc, pad));
VARIANT(SLOT_WAIT, slot_wait, timeout_ns, NIMBOS_WAIT_NOTIFY, false,
	offsetof(struct nimbos_slot_wait, pad));
VARIANT(SLOT_NOTIFY, slot_notify, flags, 0, false, 0);
VARIANT(SLOT_EVENTFD, slot_eventfd, fd, 0, false, 0);
VARIANT(SLOT_TRACE, slot_trace, records, 0, false, 0);
VARIANT(UINTR_REGISTER_HANDLER, uintr_register_handler, upid, NIMBOS_UINTR_LANE, false,
	offsetof(struct nimbos_uintr_register_handler, pad));
VARIANT(UINTR_UNREGISTER_HANDLER, uintr_unregister_handler, flags, 0, false, 0);
VARIANT(UINTR_VECTOR_FD, uintr_vector_fd, fd, 0, false, 0);
VARIANT(UINTR_UNREGISTER_SENDER, uintr_unregister_sender, pad, 0, false,
	offsetof(struct nimbos_uintr_unregister_sender, pad));
VARIANT(UINTR_WAIT, uintr_wait, timeout_ns, 0, false, 0);
VARIANT(LEGACY_ATTACH, legacy_attach, apicid, 0, false, 0);
VARIANT(LEGACY_TAKE, legacy_take, args, 0, false, 0);
VARIANT(LEGACY_ANSWER, legacy_answer, result, NIMBOS_LEGACY_ANSWER_NOTIFY, false,
	offsetof(struct nimbos_legacy_answer, pad));

FIXTURE_SETUP(ioctls)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	/* One page, and none behind it. */
	self->page = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(self->page, MAP_FAILED);
	ASSERT_EQ(0, munmap(self->page + 0x1000, 0x1000));
}

FIXTURE_TEARDOWN(ioctls)
{
	munmap(self->page, 0x1000);
	close(self->fd);
}

static void set_word(unsigned char *page, size_t offset, uint32_t value)
{
	memcpy(page + offset, &value, sizeof(value));
}

TEST_F(ioctls, short_size_is_invalid)
{
	uint32_t size;

	for (size = 0; size < variant->first_size; size += 4) {
		set_word(self->page, 0, size);
		EXPECT_EQ(EINVAL, try_ioctl(self->fd, variant->cmd, self->page));
	}
}

TEST_F(ioctls, zero_tail_is_accepted)
{
	int exact, longer;

	set_word(self->page, 0, variant->size);
	exact = try_ioctl(self->fd, variant->cmd, self->page);
	memset(self->page, 0, 0x1000);
	set_word(self->page, 0, variant->size + 64);
	longer = try_ioctl(self->fd, variant->cmd, self->page);
	EXPECT_EQ(exact, longer);
}

TEST_F(ioctls, other_tail_is_too_big)
{
	set_word(self->page, 0, variant->size + 64);
	self->page[variant->size + 63] = 1;
	EXPECT_EQ(E2BIG, try_ioctl(self->fd, variant->cmd, self->page));
	set_word(self->page, 0, 0xfffffff0);
	self->page[variant->size] = 1;
	EXPECT_EQ(E2BIG, try_ioctl(self->fd, variant->cmd, self->page));
}

TEST_F(ioctls, unknown_flags_are_refused)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		memset(self->page, 0, variant->size);
		set_word(self->page, 0, variant->size);
		set_word(self->page, 4, 1U << bit);
		EXPECT_EQ(!(variant->flags & 1U << bit),
			  try_ioctl(self->fd, variant->cmd, self->page) == EOPNOTSUPP);
	}
}

TEST_F(ioctls, padding_must_be_zero)
{
	/* Where there is none, the size alone is set, and is good. */
	set_word(self->page, variant->pad, 1);
	set_word(self->page, 0, variant->size);
	EXPECT_EQ(variant->pad != 0,
		  try_ioctl(self->fd, variant->cmd, self->page) == EINVAL);
}

TEST_F(ioctls, bad_pointers_fault)
{
	unsigned char *end = self->page + 0x1000;

	EXPECT_EQ(EFAULT, try_ioctl(self->fd, variant->cmd, NULL));
	EXPECT_EQ(EFAULT, try_ioctl(self->fd, variant->cmd, (void *)-8L));
	EXPECT_EQ(EFAULT, try_ioctl(self->fd, variant->cmd, end));
	/* The structure's last byte lies on the page that is not there. */
	set_word(end - variant->size + 1, 0, variant->size);
	EXPECT_EQ(EFAULT, try_ioctl(self->fd, variant->cmd, end - variant->size + 1));
}

TEST_F(ioctls, privilege)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	set_word(self->page, 0, variant->size);
	ASSERT_EQ(0, syscall(SYS_capset, &header, data));
	EXPECT_EQ(variant->admin, try_ioctl(self->fd, variant->cmd, self->page) == EPERM);
}

FIXTURE(device)
{
	int fd;
};

FIXTURE_SETUP(device)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
}

/* Beyond those that are numbered without a gap. */
static bool is_known(unsigned int nr)
{
	return (nr >= NIMBOS_CMD_UINTR_REGISTER_HANDLER && nr <= NIMBOS_CMD_UINTR_WAIT) ||
	       (nr >= NIMBOS_CMD_LEGACY_ATTACH && nr <= NIMBOS_CMD_LEGACY_ANSWER);
}

TEST_F(device, unknown_ioctls)
{
	uint32_t size[16] = { sizeof(size) };
	unsigned int nr;

	for (nr = NIMBOS_CMD_SLOT_TRACE + 1; nr < 256; nr++)
		if (!is_known(nr))
			EXPECT_EQ(ENOTTY, try_ioctl(self->fd, _IO(NIMBOS_TYPE, nr), size));
	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, _IOWR(NIMBOS_TYPE, NIMBOS_CMD_QUERY, size), size));
	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, _IO(0, 0), size));
	EXPECT_EQ(ENOTTY, try_ioctl(self->fd, _IO(NIMBOS_TYPE + 1, 0), size));
}

TEST_F(device, unknown_peers)
{
	struct nimbos_query query = { .size = sizeof(query), .peer = NIMBOS_MAX_PEERS };
	struct nimbos_slot_alloc alloc = small_slot();

	EXPECT_EQ(ENXIO, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	query.peer = UINT32_MAX;
	EXPECT_EQ(ENXIO, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	alloc.peer = NIMBOS_MAX_PEERS;
	EXPECT_EQ(ENXIO, alloc_slot(self->fd, &alloc));
	EXPECT_EQ(ENXIO, start_peer(self->fd, NIMBOS_MAX_PEERS, 1));
	EXPECT_EQ(ENXIO, stop_peer(self->fd, NIMBOS_MAX_PEERS));
	EXPECT_EQ(ENXIO, unload_peer(self->fd, NIMBOS_MAX_PEERS));
}

TEST_F(device, nothing_without_a_slot)
{
	struct nimbos_slot_wait wait = { .size = sizeof(wait) };
	struct nimbos_slot_notify notify = { .size = sizeof(notify) };
	struct nimbos_slot_eventfd eventfd = { .size = sizeof(eventfd), .fd = -1 };
	struct nimbos_slot_alloc alloc = small_slot();
	void *map;

	EXPECT_EQ(ENODATA, try_ioctl(self->fd, NIMBOS_IOC_SLOT_WAIT, &wait));
	EXPECT_EQ(ENODATA, try_ioctl(self->fd, NIMBOS_IOC_SLOT_NOTIFY, &notify));
	EXPECT_EQ(ENODATA, try_ioctl(self->fd, NIMBOS_IOC_SLOT_EVENTFD, &eventfd));
	map = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(ENODATA, errno);
	EXPECT_EQ(ENOTCONN, alloc_slot(self->fd, &alloc));
}

TEST_F(device, query_says_offline)
{
	struct nimbos_query query;
	uint32_t peer;

	for (peer = 0; peer < NIMBOS_MAX_PEERS; peer++) {
		memset(&query, 0xff, sizeof(query));
		query.size = sizeof(query);
		query.flags = 0;
		query.peer = peer;
		ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
		EXPECT_EQ(NIMBOS_PEER_OFFLINE, query.state);
		EXPECT_EQ(-1, query.cpu);
		EXPECT_EQ(0, query.region_base);
		EXPECT_EQ(0, query.slots_used);
		EXPECT_EQ(NIMBOS_SCF_VERSION, query.scf_version);
		EXPECT_EQ('\0', query.message[0]);
	}
}

TEST_HARNESS_MAIN
