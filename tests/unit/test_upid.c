// SPDX-License-Identifier: GPL-2.0
/*
 * The client library's user interrupts: what is posted to whom, against Intel's manual.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define INDEX 5
#define VECTOR 0x35
#define APIC_ID 7
#define DOORBELL 0x41

static int setup_with(void **state, __u32 board_flags, struct nimbos_client_uitte *uitt)
{
	struct fixture *fixture = malloc(sizeof(*fixture));
	struct nimbos_client *client;

	if (!fixture)
		return -1;
	fixture_open(fixture, 8);
	client = &fixture->local.client;
	fixture->local.board->flags = board_flags;
	assert_int_equal(nimbos_client_init(client, client->ops, fixture->local.board,
					    fixture->local.region, fixture),
			 0);
	assert_int_equal(nimbos_client_uintr(client, uitt), NIMBOS_SCF_F_UPID);
	nimbos_client_up(client, DOORBELL);
	fixture_open_lane(fixture, 8);
	*state = fixture;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, 0, NULL);
}

static int setup_x2apic(void **state)
{
	return setup_with(state, NIMBOS_SCF_BOARD_X2APIC, NULL);
}

/* The lane's worker has a UPID and sleeps; a call is made. Return: the UPID. */
static struct nimbos_scf_upid *call_with(struct fixture *fixture, __u64 control)
{
	struct nimbos_scf_upid *upid = &fixture->local.upids[INDEX];

	*upid = (struct nimbos_scf_upid){ .control = control };
	fixture->local.board->lane_upid[0][0] = INDEX;
	assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
	assert_int_equal(fixture_submit(fixture, 1), 0);
	nimbos_client_flush(&fixture->lane);
	return upid;
}

static void test_features(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	const struct nimbos_scf_peer *peer = client->peer;

	assert_int_equal(client->nr_upids, NIMBOS_LOCAL_UPIDS);
	assert_int_equal(peer->features, NIMBOS_SCF_F_ALL | NIMBOS_SCF_F_UPID);
	/* A peer that polls has no vector by which a post could reach it. */
	nimbos_client_up(client, 0);
	assert_int_equal(peer->features, NIMBOS_SCF_F_ALL | NIMBOS_SCF_F_LANE_UPID);
}

static void init_with(struct fixture *fixture, __u64 features, __u32 nr_upids, __u64 expected)
{
	struct nimbos_client *client = &fixture->local.client;

	fixture->local.board->features = features;
	fixture->local.board->nr_upids = nr_upids;
	assert_int_equal(nimbos_client_init(client, client->ops, fixture->local.board,
					    fixture->local.region, fixture),
			 0);
	assert_int_equal(nimbos_client_uintr(client, NULL), expected);
	nimbos_client_up(client, DOORBELL);
	assert_int_equal(client->peer->features, (features & NIMBOS_SCF_F_ALL) | expected);
}

static void test_offers(void **state)
{
	struct fixture *fixture = *state;

	init_with(fixture, NIMBOS_SCF_F_ALL, NIMBOS_LOCAL_UPIDS, 0);
	init_with(fixture, ~0ULL, 0, 0);
	init_with(fixture, NIMBOS_SCF_F_LANE_UPID, NIMBOS_LOCAL_UPIDS, NIMBOS_SCF_F_LANE_UPID);
	init_with(fixture, NIMBOS_SCF_F_DOORBELL_UPID, NIMBOS_LOCAL_UPIDS,
		  NIMBOS_SCF_F_DOORBELL_UPID);
}

/* Slots may not lie where the UPIDs are. */
static void test_arena(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_board *board = fixture->local.board;
	struct nimbos_client_slot slot;

	board->slot[1].window_offset = board->upid_offset;
	assert_int_equal(nimbos_client_slot_attach(&fixture->local.client, &slot, 1, 1), -EPROTO);
}

static void test_post(void **state)
{
	struct fixture *fixture = *state;
	__u64 control = NIMBOS_SCF_UPID_CONTROL(VECTOR, APIC_ID << 8);
	struct nimbos_scf_upid *upid = call_with(fixture, control);

	assert_int_equal(upid->pir, 1ULL << NIMBOS_SCF_LANE_VECTOR);
	assert_int_equal(upid->control, control | NIMBOS_SCF_UPID_ON);
	assert_int_equal(fixture->ipis, 1);
	assert_int_equal(fixture->route, NIMBOS_SCF_ROUTE(VECTOR, APIC_ID));
	/* Who is posted to is not kicked. */
	assert_int_equal(fixture->slot.control->kick[0], 0);

	/* One notification for one sleep. */
	fixture_submit(fixture, 2);
	nimbos_client_flush(&fixture->lane);
	assert_int_equal(fixture->ipis, 1);
}

static void test_post_x2apic(void **state)
{
	struct fixture *fixture = *state;

	call_with(fixture, NIMBOS_SCF_UPID_CONTROL(VECTOR, 0x12345678));
	assert_int_equal(fixture->route, NIMBOS_SCF_ROUTE(VECTOR, 0x12345678));
}

/* Whatever the UPID is like: what becomes of it, and whether a notification is sent. */
static void test_post_against_model(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_upid *upid = &fixture->local.upids[INDEX];
	unsigned int seed = 1, sent = 0, i;

	fixture->local.board->lane_upid[0][0] = INDEX;
	for (i = 0; i < 10000; i++) {
		__u64 control = NIMBOS_SCF_UPID_CONTROL(rand_r(&seed), rand_r(&seed)) |
				rand_r(&seed) % 4;
		__u64 pir = rand_r(&seed) % 4;
		bool notifies = !(control & (NIMBOS_SCF_UPID_ON | NIMBOS_SCF_UPID_SN));

		*upid = (struct nimbos_scf_upid){ .control = control, .pir = pir };
		assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
		assert_int_equal(fixture_submit(fixture, i), 0);
		nimbos_client_flush(&fixture->lane);
		sent += notifies;
		assert_int_equal(fixture->ipis, sent);
		assert_int_equal(upid->pir, pir | 1);
		assert_int_equal(upid->control, control | (notifies ? NIMBOS_SCF_UPID_ON : 0));
		if (notifies)
			assert_int_equal(fixture->route,
					 NIMBOS_SCF_ROUTE(control >> 16, control >> 40 & 0xff));
		nimbos_ring_finish_sleep(&fixture->ring);
		fixture_serve(fixture);
		assert_int_equal(nimbos_client_reap(&fixture->lane,
						    &(struct nimbos_client_result){ 0 }, 1),
				 1);
	}
	assert_true(sent > i / 8);
}

/* Lanes without a UPID, and those whose number leads nowhere, are notified by an interrupt. */
static void test_no_post(void **state)
{
	static const __u16 indexes[] = { 0, NIMBOS_LOCAL_UPIDS, 0xffff };
	struct fixture *fixture = *state;
	struct nimbos_scf_upid none[NIMBOS_LOCAL_UPIDS] = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		fixture->local.board->lane_upid[0][0] = indexes[i];
		nimbos_ring_prepare_sleep(&fixture->ring);
		assert_int_equal(fixture_submit(fixture, 1), 0);
		nimbos_client_flush(&fixture->lane);
		assert_int_equal(fixture->ipis, i + 1);
		assert_int_equal(fixture->route, fixture->local.board->slot[0].route);
		assert_int_equal(fixture->slot.control->kick[0], i + 1);
		nimbos_ring_finish_sleep(&fixture->ring);
	}
	assert_memory_equal(fixture->local.upids, none, sizeof(none));
}

/* A peer that has not asked for it posts to nobody, and takes no posts. */
static void test_not_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client *client = &fixture->local.client;
	struct nimbos_scf_upid *doorbell = &fixture->local.upids[NIMBOS_SCF_UPID_DOORBELL];

	client->features &= ~NIMBOS_SCF_F_UPID;
	assert_int_equal(call_with(fixture, NIMBOS_SCF_UPID_CONTROL(VECTOR, 0))->pir, 0);
	assert_int_equal(fixture->slot.control->kick[0], 1);
	doorbell->control = NIMBOS_SCF_UPID_ON;
	nimbos_client_doorbell(client);
	assert_int_equal(doorbell->control, NIMBOS_SCF_UPID_ON);
}

/* What the processor needs for SENDUIPI, which a test cannot execute. */
static void test_uitt(void **state)
{
	static struct nimbos_client_uitte uitt[NIMBOS_SCF_MAX_UPIDS] __attribute__((aligned(16)));
	struct fixture *fixture;
	unsigned int i;

	memset(uitt, 0xff, sizeof(uitt));
	assert_int_equal(setup_with(state, 0, uitt), 0);
	fixture = *state;
	assert_int_equal(uitt[NIMBOS_SCF_UPID_DOORBELL].control, 0);
	for (i = 1; i < NIMBOS_LOCAL_UPIDS; i++) {
		assert_int_equal(uitt[i].control, 1 | NIMBOS_SCF_LANE_VECTOR << 8);
		assert_ptr_equal((void *)uitt[i].upid, &fixture->local.upids[i]);
	}
	/* The processor is not told of what follows. */
	assert_int_equal(uitt[i].control, ~0ULL);
}

/* The server answers while the thread sleeps, and notifies as @on_sleep of the tests below says. */
static struct nimbos_scf_upid *answer(struct fixture *fixture)
{
	fixture_serve(fixture);
	assert_true(nimbos_ring_need_notify(&fixture->ring));
	return &fixture->local.upids[NIMBOS_SCF_UPID_DOORBELL];
}

static void answer_by_post(struct fixture *fixture)
{
	struct nimbos_scf_upid *upid = answer(fixture);

	upid->pir |= 1ULL << NIMBOS_SCF_DOORBELL_VECTOR(fixture->slot.no);
	upid->control |= NIMBOS_SCF_UPID_ON;
	nimbos_client_doorbell(&fixture->local.client);
}

static void answer_by_kick(struct fixture *fixture)
{
	answer(fixture);
	nimbos_local_raise(&fixture->local, fixture->slot.no);
}

static void answer_to_another(struct fixture *fixture)
{
	struct nimbos_scf_upid *upid = answer(fixture);

	upid->pir |= 1ULL << NIMBOS_SCF_DOORBELL_VECTOR(fixture->slot.no + 1);
	nimbos_client_doorbell(&fixture->local.client);
}

static void test_doorbell(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_upid *upid = &fixture->local.upids[NIMBOS_SCF_UPID_DOORBELL];
	__u64 control = NIMBOS_SCF_UPID_CONTROL(DOORBELL, APIC_ID << 8);
	struct nimbos_client_result result;
	static const struct {
		void (*on_sleep)(struct fixture *fixture);
		unsigned int wakes;
	} ways[] = { { answer_by_post, 1 }, { answer_by_kick, 1 }, { answer_to_another, 0 } };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		upid->control = control;
		fixture->wakes = 0;
		fixture->on_sleep = ways[i].on_sleep;
		assert_int_equal(fixture_submit(fixture, i), 0);
		assert_int_equal(nimbos_client_wait(&fixture->lane, 0, NIMBOS_FOREVER), 0);
		assert_int_equal(fixture->wakes, ways[i].wakes);
		assert_int_equal(nimbos_client_reap(&fixture->lane, &result, 1), 1);
		/* Later posts are notified again, and this one is not taken twice. */
		assert_int_equal(upid->control, control);
		assert_int_equal(upid->pir, 0);
	}
}

/* A post says modulo 64 whose it is: all of these are looked at, and nobody else. */
static void test_doorbell_names_slots(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_upid *upid = &fixture->local.upids[NIMBOS_SCF_UPID_DOORBELL];
	unsigned int no;

	for (no = 1; no < FIXTURE_SLOTS; no++) {
		fixture->ready = 0;
		upid->pir = 1ULL << NIMBOS_SCF_DOORBELL_VECTOR(no);
		nimbos_client_doorbell(&fixture->local.client);
		assert_int_equal(fixture->ready, 1);
		assert_int_equal(fixture->ready_slot, no);
	}
	upid->pir = ~0ULL;
	nimbos_client_doorbell(&fixture->local.client);
	assert_int_equal(fixture->ready, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_features),
		TEST(test_offers),
		TEST(test_arena),
		TEST(test_post),
		cmocka_unit_test_setup_teardown(test_post_x2apic, setup_x2apic, fixture_teardown),
		TEST(test_post_against_model),
		TEST(test_no_post),
		TEST(test_not_asked_for),
		cmocka_unit_test_teardown(test_uitt, fixture_teardown),
		TEST(test_doorbell),
		TEST(test_doorbell_names_slots),
	};

	return cmocka_run_group_tests_name("upid", tests, NULL, NULL);
}
