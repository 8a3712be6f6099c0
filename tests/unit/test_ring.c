// SPDX-License-Identifier: GPL-2.0
/*
 * The server's rings against a client that writes whatever it likes.
 */
#include <errno.h>

#include "fixture.h"

static void test_empty(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_req req;
	unsigned int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 0);
	assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
	nimbos_ring_finish_sleep(&fixture->ring);
	assert_int_equal(fixture->ring.shared->server_need, 2);
}

/* Every sequence number but two is garbage, wherever the ring stands. */
static void test_garbage_seq(void **state)
{
	static const __u64 positions[] = { 0, 1, 7, 8, 100, 0xfffffff9, 0xffffffff, 1ULL << 32 };
	static const __u32 offsets[] = { 2, 7, 8, 9, 0x80000001, -1U, -6U, -8U, -9U };
	struct nimbos_scf_req req;
	struct fixture fixture;
	unsigned int i, j;
	__u32 stale;

	(void)state;
	for (i = 0; i < sizeof(positions) / sizeof(positions[0]); i++) {
		stale = positions[i] < 8 ? 0 : positions[i] + 1 - 8;
		for (j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++) {
			if ((__u32)positions[i] + offsets[j] == stale)
				continue;
			fixture_open(&fixture, 8);
			fixture_open_lane(&fixture, 8);
			fixture_advance(&fixture, positions[i]);
			assert_int_equal(nimbos_ring_receive(&fixture.ring, &req), 0);
			fixture.ring.shared->reqs[positions[i] % 8].seq = positions[i] + offsets[j];
			assert_false(nimbos_ring_prepare_sleep(&fixture.ring));
			assert_int_equal(nimbos_ring_receive(&fixture.ring, &req), -EPROTO);
			/* For good, even if the client now writes what it should have. */
			fixture.ring.shared->reqs[positions[i] % 8].seq = positions[i] + 1;
			assert_int_equal(nimbos_ring_receive(&fixture.ring, &req), -EPROTO);
			fixture.ring.shared->reqs[positions[i] % 8].seq = stale;
			assert_int_equal(nimbos_ring_receive(&fixture.ring, &req), -EPROTO);
			nimbos_local_close(&fixture.local);
		}
	}
}

static void test_more_requests_than_credit(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_req req;
	__u32 i;

	for (i = 0; i < 8; i++) {
		fixture->ring.shared->reqs[i].seq = i + 1;
		assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 1);
	}
	/* None has been answered: a ninth would have no room for its response. */
	fixture->ring.shared->reqs[0].seq = 9;
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), -EPROTO);
}

static void test_any_content_is_only_copied(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_req *entry = &fixture->ring.shared->reqs[0];
	struct nimbos_scf_req req;

	*entry = (struct nimbos_scf_req){
		.args = { -1, -1, -1, -1, -1, -1 },
		.cookie = -1,
		.nr = 0xffff,
		.prio = 0xff,
		.flags = 0xff,
		.seq = 1,
	};
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 1);
	assert_memory_equal(&req, entry, sizeof(req));
	nimbos_ring_respond(&fixture->ring, -ENOSYS, 0, req.cookie);
	assert_int_equal(fixture->ring.rsps[0].cookie, -1);
	assert_int_equal(fixture->ring.rsps[0].seq, 1);
}

static void test_any_need_word(void **state)
{
	struct fixture *fixture = *state;
	__u32 *need = &fixture->ring.shared->client_need;

	*need = 0xffffffff;
	assert_true(nimbos_ring_need_notify(&fixture->ring));
	assert_false(nimbos_ring_need_notify(&fixture->ring));
	*need = 0;
	assert_false(nimbos_ring_need_notify(&fixture->ring));
	*need = 1;
	assert_true(nimbos_ring_need_notify(&fixture->ring));
	assert_false(nimbos_ring_need_notify(&fixture->ring));
	*need = 3;
	assert_true(nimbos_ring_need_notify(&fixture->ring));
}

static void test_sleep_words_through_wrap(void **state)
{
	struct fixture *fixture = *state;
	unsigned int i;

	fixture->ring.need = 0xfffffffc;
	for (i = 1; i <= 4; i++) {
		assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
		assert_int_equal(fixture->ring.shared->server_need & 1, 1);
		fixture_submit(fixture, 1);
		nimbos_client_flush(&fixture->lane);
		assert_int_equal(fixture->ipis, i);
		nimbos_ring_finish_sleep(&fixture->ring);
		assert_int_equal(fixture->ring.shared->server_need & 1, 0);
		fixture_serve(fixture);
	}
}

static void test_lanes_do_not_overlap(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_slot *control = nimbos_local_control(&fixture->local, 0);
	struct nimbos_ring second;

	nimbos_ring_init(&second, control, 1, 8);
	assert_true((char *)&fixture->ring.rsps[8] <= (char *)second.shared);
	assert_true((char *)&second.rsps[8] <=
		    (char *)control + NIMBOS_SCF_CONTROL_SIZE(FIXTURE_LANES, 8));
	assert_int_equal((unsigned long)second.shared % NIMBOS_SCF_LANE_ALIGN, 0);
	assert_true((void *)second.shared->reqs == (void *)(second.shared + 1));
	assert_true((void *)&second.shared->reqs[8] == second.rsps);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_empty),
		cmocka_unit_test(test_garbage_seq),
		TEST(test_more_requests_than_credit),
		TEST(test_any_content_is_only_copied),
		TEST(test_any_need_word),
		TEST(test_sleep_words_through_wrap),
		TEST(test_lanes_do_not_overlap),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
