// SPDX-License-Identifier: GPL-2.0
/*
 * Values that change while they are read. The library's and the rings' accesses are traced, and
 * what they read changes at once: only what was read first may be used.
 */
#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "../../tools/bench/trace.h"

enum what {
	NOTHING,
	SCRIBBLE, /* whatever is read in the area is garbage at the next look */
	KILL, /* the slot dies after a number of reads */
	POST, /* slot 1 posts to the doorbell after a number of reads of its UPID */
};

static struct fixture fixture;
static enum what what;
static volatile char *area;
static size_t area_size;
static unsigned int reads;
static unsigned int kill_at;
static __u32 kill_slot;
static unsigned int post_at;
static bool post_notifies;

/* What SENDUIPI does. */
static void post(void)
{
	struct nimbos_scf_upid *upid = &fixture.local.upids[NIMBOS_SCF_UPID_DOORBELL];

	upid->pir |= 1ULL << NIMBOS_SCF_DOORBELL_VECTOR(1);
	post_notifies = !(upid->control & NIMBOS_SCF_UPID_ON);
	upid->control |= NIMBOS_SCF_UPID_ON;
}

void trace_access(volatile void *at, size_t size, bool is_write)
{
	volatile char *bytes = at;
	size_t i;

	if (is_write)
		return;
	switch (what) {
	case SCRIBBLE:
		if (bytes < area || bytes >= area + area_size)
			return;
		reads++;
		for (i = 0; i < size; i++)
			bytes[i] = ~bytes[i];
		break;
	case KILL:
		if (bytes < fixture.local.region ||
		    bytes >= fixture.local.region + fixture.local.size || ++reads != kill_at)
			return;
		what = NOTHING;
		nimbos_local_kill(&fixture.local, kill_slot);
		break;
	case POST:
		if (bytes < area || bytes >= area + area_size || ++reads != post_at)
			return;
		what = NOTHING;
		post();
		break;
	default:
		break;
	}
}

static void scribble(volatile void *at, size_t size)
{
	area = at;
	area_size = size;
	reads = 0;
	what = SCRIBBLE;
}

static int setup(void **state)
{
	(void)state;
	what = NOTHING;
	fixture_open(&fixture, 8);
	fixture_open_lane(&fixture, 8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	what = NOTHING;
	nimbos_local_close(&fixture.local);
	return 0;
}

static void test_request(void **state)
{
	const struct nimbos_scf_req sent = {
		.args = { 11, 12, 13, 14, 15, 16 },
		.cookie = 17,
		.nr = 18,
		.prio = 19,
		.flags = 20,
		.seq = 1,
	};
	struct nimbos_scf_req req;

	(void)state;
	fixture.ring.shared->reqs[0] = sent;
	scribble(&fixture.ring.shared->reqs[0], sizeof(sent));
	assert_int_equal(nimbos_ring_receive(&fixture.ring, &req), 1);
	/* Six arguments, cookie, nr, prio, flags, seq: each once. */
	assert_int_equal(reads, 11);
	assert_memory_equal(&req, &sent, sizeof(sent));
	assert_memory_not_equal(&fixture.ring.shared->reqs[0], &sent, sizeof(sent));
}

static void test_response(void **state)
{
	struct nimbos_client_result result;

	(void)state;
	fixture_submit(&fixture, 5);
	fixture_serve(&fixture);
	/* All but seq, which is polled, and so read again. */
	scribble(&fixture.ring.rsps[0], offsetof(struct nimbos_scf_rsp, seq));
	assert_int_equal(nimbos_client_reap(&fixture.lane, &result, 1), 1);
	assert_int_equal(reads, 3);
	assert_int_equal(result.tag, 5);
	assert_int_equal(result.result, 6);
	assert_int_equal(result.aux, ~5ULL);
}

static void test_response_seq(void **state)
{
	struct nimbos_client_result result;

	(void)state;
	fixture_submit(&fixture, 5);
	fixture_serve(&fixture);
	scribble(&fixture.ring.rsps[0].seq, sizeof(__u32));
	/* It was there when it was polled, and is garbage when it is used. */
	assert_int_equal(nimbos_client_reap(&fixture.lane, &result, 1), -EPROTO);
}

static void test_lane_upid(void **state)
{
	__u16 *lane_upid = &fixture.local.board->lane_upid[0][0];

	(void)state;
	assert_int_equal(nimbos_client_uintr(&fixture.local.client, NULL), NIMBOS_SCF_F_UPID);
	fixture.ring.shared->server_need = 1;
	*lane_upid = 2;
	fixture_submit(&fixture, 1);
	scribble(lane_upid, sizeof(*lane_upid));
	nimbos_client_flush(&fixture.lane);
	assert_int_equal(reads, 1);
	assert_int_equal(fixture.local.upids[2].pir, 1);
}

/* A post is either taken by the doorbell that is under way, or rings it once more. */
static void test_post_in_doorbell(void **state)
{
	struct nimbos_client *client = &fixture.local.client;
	struct nimbos_scf_upid *upid = &fixture.local.upids[NIMBOS_SCF_UPID_DOORBELL];

	(void)state;
	assert_int_equal(nimbos_client_uintr(client, NULL), NIMBOS_SCF_F_UPID);
	for (post_at = 1;; post_at++) {
		*upid = (struct nimbos_scf_upid){ .control = NIMBOS_SCF_UPID_ON, .pir = 1 };
		client->started_epoch[1] = 0;
		fixture.ready = 0;
		area = (volatile char *)upid;
		area_size = sizeof(*upid);
		reads = 0;
		what = POST;
		nimbos_client_doorbell(client);
		if (what != NOTHING)
			break;
		assert_int_not_equal(fixture.ready, upid->pir >> 1);
		assert_true(fixture.ready || post_notifies);
	}
	assert_int_equal(post_at, 3);
}

static void test_need_words(void **state)
{
	(void)state;
	fixture.ring.shared->client_need = 3;
	scribble(&fixture.ring.shared->client_need, sizeof(__u32));
	assert_true(nimbos_ring_need_notify(&fixture.ring));
	assert_int_equal(reads, 1);
	assert_int_equal(fixture.ring.answered, 3);

	fixture.ring.shared->server_need = 5;
	fixture_submit(&fixture, 1);
	scribble(&fixture.ring.shared->server_need, sizeof(__u32));
	nimbos_client_flush(&fixture.lane);
	assert_int_equal(reads, 1);
	assert_int_equal(fixture.lane.answered, 5);
	assert_int_equal(fixture.ipis, 1);
}

static void test_route(void **state)
{
	__u64 *route = &fixture.local.board->slot[0].route;
	__u64 before = *route;

	(void)state;
	fixture.ring.shared->server_need = 1;
	fixture_submit(&fixture, 1);
	scribble(route, sizeof(*route));
	nimbos_client_flush(&fixture.lane);
	assert_int_equal(reads, 1);
	assert_int_equal(fixture.route, before);
}

static void test_entry(void **state)
{
	struct nimbos_scf_slot_entry *entry = &fixture.local.board->slot[1];
	struct nimbos_scf_slot_entry before = *entry;
	struct nimbos_client_slot slot;

	(void)state;
	/* All but epoch, which is read twice on purpose. */
	scribble(&entry->lanes, sizeof(*entry) - offsetof(struct nimbos_scf_slot_entry, lanes));
	assert_int_equal(nimbos_client_slot_attach(&fixture.local.client, &slot, 1, 1), 0);
	what = NOTHING;
	assert_int_equal(reads, 7);
	assert_int_equal(slot.lanes, before.lanes);
	assert_int_equal(slot.depth, before.depth);
	assert_int_equal(slot.window_size, before.window_size);
	assert_int_equal(slot.window_va, before.window_va);
	assert_ptr_equal(slot.control, fixture.local.region + before.control_offset);
	assert_ptr_equal(slot.window, fixture.local.region + before.window_offset);
}

/* A slot that dies at any point of attaching is refused or used, but acknowledged in the end. */
static void test_death_while_attaching(void **state)
{
	const __u32 *ack = fixture.local.client.peer->ack_epoch;
	unsigned int refused = 0, died = 0;
	struct nimbos_client_slot slot;
	__u32 epoch = 1;
	int ret;

	(void)state;
	for (kill_at = 1;; kill_at++) {
		nimbos_local_control(&fixture.local, 1)->client_state = NIMBOS_SCF_CLIENT_NONE;
		reads = 0;
		kill_slot = 1;
		what = KILL;
		ret = nimbos_client_slot_attach(&fixture.local.client, &slot, 1, epoch);
		if (what == KILL) {
			/* All reads were made before it could die. */
			assert_int_equal(ret, 0);
			break;
		}
		if (ret) {
			refused++;
			assert_int_equal(ret, -ECONNRESET);
			assert_int_equal(nimbos_local_control(&fixture.local, 1)->client_state,
					 NIMBOS_SCF_CLIENT_NONE);
		} else {
			died++;
			assert_false(nimbos_client_slot_alive(&slot));
			assert_int_not_equal(ack[1], epoch + 1);
			nimbos_client_slot_detach(&slot);
		}
		assert_int_equal(ack[1], epoch + 1);
		assert_null(fixture.local.client.slot[1]);
		epoch += 2;
		fixture.local.board->slot[1].epoch = epoch;
	}
	assert_true(refused >= 8);
	assert_true(died >= 1);
}

/* And of detaching: acknowledged whenever it dies. */
static void test_death_while_detaching(void **state)
{
	const __u32 *ack = fixture.local.client.peer->ack_epoch;
	struct nimbos_client_slot slot;
	__u32 epoch = 1;

	(void)state;
	for (kill_at = 1;; kill_at++) {
		assert_int_equal(nimbos_client_slot_attach(&fixture.local.client, &slot, 1, epoch),
				 0);
		reads = 0;
		kill_slot = 1;
		what = KILL;
		nimbos_client_slot_detach(&slot);
		assert_null(fixture.local.client.slot[1]);
		if (what == KILL)
			break;
		assert_int_equal(ack[1], epoch + 1);
		epoch += 2;
		fixture.local.board->slot[1].epoch = epoch;
	}
	assert_true(kill_at >= 3);
	what = NOTHING;
	nimbos_local_kill(&fixture.local, 1);
	assert_int_equal(ack[1], epoch + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_request),
		TEST(test_response),
		TEST(test_response_seq),
		TEST(test_lane_upid),
		TEST(test_post_in_doorbell),
		TEST(test_need_words),
		TEST(test_route),
		TEST(test_entry),
		TEST(test_death_while_attaching),
		TEST(test_death_while_detaching),
	};

	return cmocka_run_group_tests_name("changing", tests, NULL, NULL);
}
