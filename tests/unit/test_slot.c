// SPDX-License-Identifier: GPL-2.0
/*
 * The client library's peer, doorbell and slots.
 */
#include <errno.h>
#include <string.h>

#include "fixture.h"

static struct nimbos_scf_slot_entry *entry_of(struct fixture *fixture, __u32 no)
{
	return &fixture->local.board->slot[no];
}

static void test_board(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_board *board = fixture->local.board;
	struct nimbos_scf_board good = *board;
	struct nimbos_client client;

#define EXPECT(error, field, value)                                                           \
	do {                                                                                  \
		board->field = (value);                                                       \
		assert_int_equal(nimbos_client_init(&client, fixture->local.client.ops, board, \
						    fixture->local.region, NULL),             \
				 error);                                                      \
		*board = good;                                                                \
	} while (0)
	EXPECT(-ENODEV, magic, 0);
	EXPECT(-ENODEV, version, 2);
	EXPECT(-EPROTO, nr_slots, 0);
	EXPECT(-EPROTO, nr_slots, 257);
	EXPECT(-EPROTO, region_size, 0);
	EXPECT(-EPROTO, region_size, good.region_size - 4096);
	EXPECT(-EPROTO, peer_offset, good.peer_offset + 1);
	EXPECT(-EPROTO, peer_offset, good.peer_offset + 4096);
	EXPECT(-EPROTO, peer_offset, -4096ULL);
	EXPECT(-EPROTO, private_size, good.peer_offset + 4096);
	EXPECT(-EPROTO, nr_upids, NIMBOS_SCF_MAX_UPIDS + 1);
	EXPECT(-EPROTO, upid_offset, good.upid_offset + 64);
	EXPECT(-EPROTO, upid_offset, good.peer_offset);
	EXPECT(-EPROTO, upid_offset, -4096ULL);
	EXPECT(-EPROTO, private_size, good.upid_offset + 4096);
	EXPECT(0, nr_upids, 0);
	EXPECT(0, features, ~0ULL);
	assert_int_equal(client.features, NIMBOS_SCF_F_ALL);
#undef EXPECT
	assert_int_equal(client.peer->magic, NIMBOS_SCF_PEER_MAGIC);
	assert_int_equal(client.peer->version, NIMBOS_SCF_VERSION);
	assert_int_equal(client.peer->state, NIMBOS_SCF_PEER_BOOTING);
}

static void test_up_fail_heartbeat(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	char message[2 * NIMBOS_SCF_MESSAGE_SIZE];

	nimbos_client_up(client, 0x41);
	assert_int_equal(client->peer->state, NIMBOS_SCF_PEER_UP);
	assert_int_equal(client->peer->doorbell_vector, 0x41);
	assert_int_equal(fixture->events, 1);
	assert_int_equal(fixture->route, fixture->local.board->event_route);

	nimbos_client_heartbeat(client);
	nimbos_client_heartbeat(client);
	assert_int_equal(client->peer->heartbeat, 2);

	nimbos_client_fail(client, "no memory");
	assert_int_equal(client->peer->state, NIMBOS_SCF_PEER_FAILED);
	assert_string_equal(client->peer->message, "no memory");
	assert_int_equal(fixture->events, 2);

	memset(message, 'x', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	nimbos_client_fail(client, message);
	assert_int_equal(strlen(client->peer->message), NIMBOS_SCF_MESSAGE_SIZE - 1);
}

static void test_console(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	char text[1000];
	unsigned int i;

	nimbos_client_console_write(client, "hello\n", 6);
	assert_int_equal(client->peer->console_head, 6);
	assert_memory_equal(client->peer->console, "hello\n", 6);
	for (i = 0; i < 60; i++) {
		memset(text, 'a' + i % 26, sizeof(text));
		nimbos_client_console_write(client, text, sizeof(text));
	}
	assert_int_equal(client->peer->console_head, 60006);
	/* Byte 60005 is the last, and bytes beyond the end of the ring begin at its start. */
	assert_int_equal(client->peer->console[60005 - NIMBOS_SCF_CONSOLE_SIZE], 'a' + 59 % 26);
	assert_int_equal(client->peer->console[NIMBOS_SCF_CONSOLE_SIZE - 1], 'a' + 57 % 26);
}

static void test_attach(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_slot *control = nimbos_local_control(&fixture->local, 0);

	assert_int_equal(fixture->slot.no, 0);
	assert_int_equal(fixture->slot.lanes, FIXTURE_LANES);
	assert_int_equal(fixture->slot.depth, 8);
	assert_int_equal(fixture->slot.window_va, NIMBOS_SCF_WINDOW_VA);
	assert_ptr_equal(fixture->slot.control, control);
	assert_int_equal(control->client_state, NIMBOS_SCF_CLIENT_ATTACHED);
	assert_int_equal(control->client_version, NIMBOS_SCF_VERSION);
	assert_int_equal(control->client_features, NIMBOS_SCF_F_ALL);
	assert_true(nimbos_client_slot_alive(&fixture->slot));
}

static void test_attach_arguments(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	struct nimbos_client_slot slot;

	assert_int_equal(nimbos_client_slot_attach(client, &slot, FIXTURE_SLOTS, 1), -EINVAL);
	assert_int_equal(nimbos_client_slot_attach(client, &slot, -1U, 1), -EINVAL);
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 0, 1), -EBUSY);
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 3), -ECONNRESET);
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 0), -ECONNRESET);
	entry_of(fixture, 1)->epoch = 2;
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 2), -ECONNRESET);
	assert_null(client->slot[1]);
}

static void test_attach_checks_the_entry(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	struct nimbos_scf_slot_entry *entry = entry_of(fixture, 1);
	struct nimbos_scf_slot_entry good = *entry;
	struct nimbos_client_slot slot;
	__u64 end = client->arena_end;

#define EXPECT_REFUSED(field, value)                                                         \
	do {                                                                                 \
		entry->field = (value);                                                      \
		assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 1), -EPROTO);   \
		assert_null(client->slot[1]);                                                \
		*entry = good;                                                               \
	} while (0)
	EXPECT_REFUSED(lanes, 0);
	EXPECT_REFUSED(lanes, 65);
	EXPECT_REFUSED(lanes, 64); /* more than the area holds */
	EXPECT_REFUSED(depth, 0);
	EXPECT_REFUSED(depth, 1);
	EXPECT_REFUSED(depth, 12);
	EXPECT_REFUSED(depth, 2048);
	EXPECT_REFUSED(depth, 1024); /* more than the area holds */
	EXPECT_REFUSED(control_offset, good.control_offset + 64);
	EXPECT_REFUSED(control_offset, end);
	EXPECT_REFUSED(control_offset, -4096ULL);
	EXPECT_REFUSED(control_offset, good.window_offset);
	EXPECT_REFUSED(control_size, 0);
	EXPECT_REFUSED(control_size, good.control_size - 1);
	EXPECT_REFUSED(control_size, end);
	EXPECT_REFUSED(control_size, -4096ULL);
	EXPECT_REFUSED(window_offset, good.window_offset + 1);
	EXPECT_REFUSED(window_offset, end);
	EXPECT_REFUSED(window_offset, -4096ULL);
	EXPECT_REFUSED(window_offset, good.control_offset);
	EXPECT_REFUSED(window_size, 0);
	EXPECT_REFUSED(window_size, end);
	EXPECT_REFUSED(window_size, -4096ULL);
	EXPECT_REFUSED(window_va, 0);
	EXPECT_REFUSED(window_va, good.window_va + 1);
	EXPECT_REFUSED(window_va, good.window_va + 0x800);
	client->arena_start = good.control_offset + 4096;
	EXPECT_REFUSED(lanes, good.lanes);
	client->arena_start = 0;
#undef EXPECT_REFUSED
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 1), 0);
	nimbos_client_slot_detach(&slot);
}

static void test_attach_wants_a_ready_server(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	struct nimbos_scf_slot *control = nimbos_local_control(&fixture->local, 1);
	struct nimbos_client_slot slot;

	control->server_state = NIMBOS_SCF_SERVER_NONE;
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 1), -EAGAIN);
	control->server_state = 77;
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 1), -EPROTO);
	assert_int_equal(control->client_state, NIMBOS_SCF_CLIENT_NONE);
	assert_null(client->slot[1]);
	control->server_state = NIMBOS_SCF_SERVER_FORKED;
	control->server_features = NIMBOS_SCF_F_PRIORITY | 1ULL << 40;
	assert_int_equal(nimbos_client_slot_attach(client, &slot, 1, 1), 0);
	assert_int_equal(slot.features, NIMBOS_SCF_F_PRIORITY);
	nimbos_client_slot_detach(&slot);
}

static void test_ready_once(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	struct nimbos_scf_slot *control = nimbos_local_control(&fixture->local, 2);

	control->server_state = NIMBOS_SCF_SERVER_NONE;
	nimbos_local_raise(&fixture->local, 2);
	assert_int_equal(fixture->ready, 0);
	control->server_state = NIMBOS_SCF_SERVER_FORKED;
	nimbos_local_raise(&fixture->local, 2);
	assert_int_equal(fixture->ready, 0);
	control->server_state = NIMBOS_SCF_SERVER_READY;
	/* Nothing was raised. */
	nimbos_client_doorbell(client);
	assert_int_equal(fixture->ready, 0);
	nimbos_local_raise(&fixture->local, 2);
	assert_int_equal(fixture->ready, 1);
	assert_int_equal(fixture->ready_slot, 2);
	assert_int_equal(fixture->ready_epoch, 1);
	nimbos_local_raise(&fixture->local, 2);
	assert_int_equal(fixture->ready, 1);
	/* Its next life. */
	nimbos_local_kill(&fixture->local, 2);
	assert_int_equal(fixture->ready, 1);
	entry_of(fixture, 2)->epoch = 3;
	nimbos_local_raise(&fixture->local, 2);
	assert_int_equal(fixture->ready, 2);
	assert_int_equal(fixture->ready_epoch, 3);
}

static void test_slots_beyond_the_last(void **state)
{
	struct fixture *fixture = *state;

	fixture->local.board->slot[FIXTURE_SLOTS].epoch = 1;
	nimbos_local_raise(&fixture->local, FIXTURE_SLOTS);
	assert_int_equal(fixture->ready, 0);
}

static void test_unattached_death_is_acknowledged(void **state)
{
	struct fixture *fixture = *state;
	const __u32 *ack = fixture->local.client.peer->ack_epoch;

	nimbos_local_kill(&fixture->local, 1);
	assert_int_equal(ack[1], 2);
	assert_int_equal(fixture->events, 1);
	assert_int_equal(fixture->deaths, 0);
	/* Once is enough. */
	nimbos_local_raise(&fixture->local, 1);
	assert_int_equal(fixture->events, 1);
}

static void test_attached_death_is_acknowledged_by_detach(void **state)
{
	struct fixture *fixture = *state;
	const __u32 *ack = fixture->local.client.peer->ack_epoch;

	nimbos_local_kill(&fixture->local, 0);
	assert_int_equal(fixture->deaths, 1);
	assert_false(nimbos_client_slot_alive(&fixture->slot));
	assert_int_equal(ack[0], 0);
	nimbos_local_raise(&fixture->local, 0);
	assert_int_equal(fixture->deaths, 1);
	assert_int_equal(ack[0], 0);
	assert_int_equal(fixture->events, 0);
	nimbos_client_slot_detach(&fixture->slot);
	assert_int_equal(ack[0], 2);
	assert_int_equal(fixture->events, 1);
	assert_null(fixture->local.client.slot[0]);
}

static void test_detach_alive(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_slot *control = nimbos_local_control(&fixture->local, 0);
	const __u32 *ack = fixture->local.client.peer->ack_epoch;

	nimbos_client_slot_detach(&fixture->slot);
	assert_int_equal(control->client_state, NIMBOS_SCF_CLIENT_DETACHED);
	assert_int_equal(control->kick[0], 1);
	assert_int_equal(fixture->ipis, 1);
	assert_int_equal(ack[0], 0);
	/* The process is gone: its slot is not offered again, and its death is acknowledged. */
	nimbos_local_raise(&fixture->local, 0);
	assert_int_equal(fixture->ready, 0);
	nimbos_local_kill(&fixture->local, 0);
	assert_int_equal(ack[0], 2);
}

static void fork_child(struct fixture *fixture)
{
	struct nimbos_scf_req req;

	if (nimbos_ring_receive(&fixture->ring, &req) != 1)
		return;
	assert_int_equal(req.nr, NIMBOS_SCF_NR_FORK);
	nimbos_local_control(&fixture->local, 3)->server_state = NIMBOS_SCF_SERVER_FORKED;
	nimbos_ring_respond(&fixture->ring, 4711, 3 | 1ULL << 32, req.cookie);
}

static void test_fork(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_slot child;

	fixture->lane.timeout_ns = 5;
	fixture->on_clock = fork_child;
	assert_int_equal(nimbos_client_fork(&fixture->lane, &child), 4711);
	assert_int_equal(fixture->lane.timeout_ns, 5);
	assert_int_equal(child.no, 3);
	assert_int_equal(child.epoch, 1);
	nimbos_client_slot_detach(&child);
}

static void fork_fails(struct fixture *fixture)
{
	struct nimbos_scf_req req;

	if (nimbos_ring_receive(&fixture->ring, &req) == 1)
		nimbos_ring_respond(&fixture->ring, -ENOSPC, 0, req.cookie);
}

static void fork_garbage(struct fixture *fixture)
{
	struct nimbos_scf_req req;

	if (nimbos_ring_receive(&fixture->ring, &req) == 1)
		nimbos_ring_respond(&fixture->ring, 4711, 0x700000099, req.cookie);
}

static void test_fork_errors(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_slot child;

	fixture->on_clock = fork_fails;
	assert_int_equal(nimbos_client_fork(&fixture->lane, &child), -ENOSPC);
	fixture->on_clock = fork_garbage;
	assert_int_equal(nimbos_client_fork(&fixture->lane, &child), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_board),
		TEST(test_up_fail_heartbeat),
		TEST(test_console),
		TEST(test_attach),
		TEST(test_attach_arguments),
		TEST(test_attach_checks_the_entry),
		TEST(test_attach_wants_a_ready_server),
		TEST(test_ready_once),
		TEST(test_slots_beyond_the_last),
		TEST(test_unattached_death_is_acknowledged),
		TEST(test_attached_death_is_acknowledged_by_detach),
		TEST(test_detach_alive),
		TEST(test_fork),
		TEST(test_fork_errors),
	};

	return cmocka_run_group_tests_name("slot", tests, NULL, NULL);
}
