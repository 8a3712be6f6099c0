// SPDX-License-Identifier: GPL-2.0
/*
 * Lanes of the client library against the server's rings, in one thread.
 */
#include <errno.h>

#include "fixture.h"

_Static_assert(NIMBOS_EAGAIN == EAGAIN && NIMBOS_EBUSY == EBUSY && NIMBOS_ENODEV == ENODEV &&
	       NIMBOS_EINVAL == EINVAL && NIMBOS_EPROTO == EPROTO &&
	       NIMBOS_ECONNRESET == ECONNRESET && NIMBOS_ETIMEDOUT == ETIMEDOUT,
	       "the library's errors are Linux's");

static void expect_result(struct fixture *fixture, __u64 tag)
{
	struct nimbos_client_result result;

	assert_int_equal(nimbos_client_reap(&fixture->lane, &result, 1), 1);
	assert_int_equal(result.tag, tag);
	assert_int_equal(result.result, tag + 1);
	assert_int_equal(result.aux, ~tag);
}

static void test_open_arguments(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_call calls[1];
	struct nimbos_client_lane lane;
	struct nimbos_client_slot *slot = &fixture->slot;

	assert_int_equal(nimbos_client_lane_open(slot, &lane, FIXTURE_LANES, calls, 1), -EINVAL);
	assert_int_equal(nimbos_client_lane_open(slot, &lane, 1, calls, 0), -EINVAL);
	assert_int_equal(nimbos_client_lane_open(slot, &lane, 0, calls, 1), -EBUSY);
	assert_int_equal(nimbos_client_lane_open(slot, &lane, 1, calls, 1), 0);
	assert_ptr_equal((char *)lane.shared - (char *)fixture->lane.shared,
			 NIMBOS_SCF_LANE_STRIDE(8));
}

static void test_request_arrives_whole(void **state)
{
	struct fixture *fixture = *state;
	const __u64 args[6] = { 1, ~0ULL, 3, 1ULL << 63, 5, 6 };
	struct nimbos_scf_req req;
	int i;

	fixture->lane.prio = 42;
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 0);
	assert_int_equal(nimbos_client_submit(&fixture->lane, 0x1234, args, 7), 0);
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 1);
	for (i = 0; i < 6; i++)
		assert_int_equal(req.args[i], args[i]);
	assert_int_equal(req.nr, 0x1234);
	assert_int_equal(req.prio, 42);
	assert_int_equal(req.flags, 0);
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 0);
}

/* Start at @start and make many more calls than the rings are deep, @burst at a time. */
static void run_laps(struct fixture *fixture, __u64 start, unsigned int burst)
{
	unsigned int i, n;

	fixture_advance(fixture, start);
	for (n = 0; n < 1000; n += burst) {
		for (i = 0; i < burst; i++)
			assert_int_equal(fixture_submit(fixture, n + i), 0);
		assert_int_equal(fixture_serve(fixture), burst);
		for (i = 0; i < burst; i++)
			expect_result(fixture, n + i);
	}
	assert_int_equal(nimbos_client_reap(&fixture->lane, NULL, 0), 0);
}

static void test_wrap_around(void **state)
{
	static const __u32 depths[] = { 2, 8, 64 };
	struct fixture fixture;
	unsigned int i, burst, back;

	(void)state;
	for (i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		for (burst = 1; burst <= depths[i]; burst++) {
			/* From 0, and through 2^32 at every place of the ring. */
			for (back = 0; back <= depths[i]; back++) {
				fixture_open(&fixture, depths[i]);
				fixture_open_lane(&fixture, depths[i]);
				run_laps(&fixture, back ? (1ULL << 32) - back : 0, burst);
				nimbos_local_close(&fixture.local);
			}
		}
	}
}

static void test_credit(void **state)
{
	struct fixture *fixture = *state;
	__u64 i;

	for (i = 0; i < 8; i++)
		assert_int_equal(fixture_submit(fixture, i), 0);
	assert_int_equal(fixture_submit(fixture, 8), -EAGAIN);
	/* What has been received has no response yet. */
	assert_int_equal(fixture_serve(fixture), 8);
	expect_result(fixture, 0);
	assert_int_equal(fixture_submit(fixture, 8), 0);
	assert_int_equal(fixture_submit(fixture, 9), -EAGAIN);
}

static void test_credit_smaller_than_depth(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture, 8);
	fixture_open_lane(&fixture, 1);
	assert_int_equal(fixture_submit(&fixture, 1), 0);
	assert_int_equal(fixture_submit(&fixture, 2), -EAGAIN);
	fixture_serve(&fixture);
	expect_result(&fixture, 1);
	assert_int_equal(fixture_submit(&fixture, 2), 0);
	nimbos_local_close(&fixture.local);
}

static void test_responses_in_any_order(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_result result;
	struct nimbos_scf_req req[8];
	unsigned int lap;
	__u64 i;

	for (lap = 0; lap < 10; lap++) {
		for (i = 0; i < 8; i++)
			assert_int_equal(fixture_submit(fixture, i), 0);
		for (i = 0; i < 8; i++)
			assert_int_equal(nimbos_ring_receive(&fixture->ring, &req[i]), 1);
		for (i = 0; i < 8; i++)
			nimbos_ring_respond(&fixture->ring, i * 5 % 8, 0, req[i * 5 % 8].cookie);
		for (i = 0; i < 8; i++) {
			assert_int_equal(nimbos_client_reap(&fixture->lane, &result, 1), 1);
			assert_int_equal(result.tag, i * 5 % 8);
			assert_int_equal(result.result, i * 5 % 8);
		}
	}
}

static void test_oldest_call_answered_last(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_result result;
	struct nimbos_scf_req first, req;
	__u64 i;

	assert_int_equal(fixture_submit(fixture, 1000), 0);
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &first), 1);
	for (i = 0; i < 100; i++) {
		assert_int_equal(fixture_submit(fixture, i), 0);
		assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 1);
		nimbos_ring_respond(&fixture->ring, i + 1, ~i, req.cookie);
		expect_result(fixture, i);
	}
	nimbos_ring_respond(&fixture->ring, -5, 0, first.cookie);
	assert_int_equal(nimbos_client_reap(&fixture->lane, &result, 1), 1);
	assert_int_equal(result.tag, 1000);
	assert_int_equal(result.result, -5);
}

static void test_reap_takes_what_there_is_room_for(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_result results[8];
	__u64 i;

	for (i = 0; i < 8; i++)
		fixture_submit(fixture, i);
	fixture_serve(fixture);
	assert_int_equal(nimbos_client_reap(&fixture->lane, results, 3), 3);
	assert_int_equal(results[2].tag, 2);
	assert_int_equal(nimbos_client_reap(&fixture->lane, results, 8), 5);
	assert_int_equal(results[4].tag, 7);
	assert_int_equal(nimbos_client_reap(&fixture->lane, results, 8), 0);
}

static void test_batch_is_one_notification(void **state)
{
	struct fixture *fixture = *state;
	__u64 i;

	assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
	for (i = 0; i < 8; i++)
		fixture_submit(fixture, i);
	assert_int_equal(fixture->ipis, 0);
	nimbos_client_flush(&fixture->lane);
	nimbos_client_flush(&fixture->lane);
	assert_int_equal(fixture->ipis, 1);
	assert_int_equal(nimbos_local_control(&fixture->local, 0)->kick[0], 1);
	assert_int_equal(fixture->route, fixture->local.board->slot[0].route);
}

static void test_no_notification_while_server_is_awake(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 1);
	nimbos_client_flush(&fixture->lane);
	assert_int_equal(fixture->ipis, 0);
	/* One is there: the server must not sleep. */
	assert_false(nimbos_ring_prepare_sleep(&fixture->ring));
	nimbos_ring_finish_sleep(&fixture->ring);
	fixture_submit(fixture, 2);
	nimbos_client_flush(&fixture->lane);
	assert_int_equal(fixture->ipis, 0);
}

static void test_every_sleep_is_notified_once(void **state)
{
	struct fixture *fixture = *state;
	unsigned int i;

	for (i = 1; i <= 5; i++) {
		assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
		fixture_submit(fixture, 1);
		nimbos_client_flush(&fixture->lane);
		assert_int_equal(fixture->ipis, i);
		/* It is on its way: more requests need no more of it. */
		fixture_submit(fixture, 1);
		nimbos_client_flush(&fixture->lane);
		assert_int_equal(fixture->ipis, i);
		nimbos_ring_finish_sleep(&fixture->ring);
		fixture_serve(fixture);
		nimbos_client_wait(&fixture->lane, 0, 0);
		expect_result(fixture, 1);
		expect_result(fixture, 1);
	}
}

static void test_no_route_no_ipi(void **state)
{
	struct fixture *fixture = *state;

	fixture->local.board->slot[0].route = 0;
	assert_true(nimbos_ring_prepare_sleep(&fixture->ring));
	fixture_submit(fixture, 1);
	nimbos_client_flush(&fixture->lane);
	/* nimbos.ko looks at the word when it has a route again. */
	assert_int_equal(fixture->ipis, 0);
	assert_int_equal(nimbos_local_control(&fixture->local, 0)->kick[0], 1);
}

static void test_client_token(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_scf_req req;

	assert_false(nimbos_ring_need_notify(&fixture->ring));
	fixture->on_sleep = fixture_serve_and_notify;
	fixture_submit(fixture, 1);
	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, NIMBOS_FOREVER), 0);
	assert_int_equal(fixture->sleeps, 1);
	assert_int_equal(fixture->wakes, 1);
	expect_result(fixture, 1);
	/* Awake: no notification, and the doorbell wakes nobody. */
	fixture_submit(fixture, 2);
	assert_int_equal(nimbos_ring_receive(&fixture->ring, &req), 1);
	nimbos_ring_respond(&fixture->ring, 3, ~2ULL, req.cookie);
	assert_false(nimbos_ring_need_notify(&fixture->ring));
	nimbos_local_raise(&fixture->local, 0);
	assert_int_equal(fixture->wakes, 1);
	expect_result(fixture, 2);
}

/* Two responses in one sleep: one notification. */
static void serve_one_by_one(struct fixture *fixture)
{
	struct nimbos_scf_req req;
	unsigned int notified = 0;

	while (nimbos_ring_receive(&fixture->ring, &req) == 1) {
		nimbos_ring_respond(&fixture->ring, req.args[0] + 1, ~req.args[0], req.cookie);
		notified += nimbos_ring_need_notify(&fixture->ring);
	}
	assert_int_equal(notified, 1);
	nimbos_local_raise(&fixture->local, 0);
}

static void test_server_notifies_once(void **state)
{
	struct fixture *fixture = *state;
	unsigned int i;

	fixture->on_sleep = serve_one_by_one;
	for (i = 1; i <= 3; i++) {
		fixture_submit(fixture, 1);
		fixture_submit(fixture, 2);
		assert_int_equal(nimbos_client_wait(&fixture->lane, 0, NIMBOS_FOREVER), 0);
		assert_int_equal(fixture->wakes, i);
		expect_result(fixture, 1);
		expect_result(fixture, 2);
	}
}

/*
 * The server notifies late, for a response that the client has taken before it slept: that is all
 * the notification that this sleep gets, so the client must wake up and sleep anew.
 */
static void notify_late_then_serve(struct fixture *fixture)
{
	unsigned int before = fixture->wakes;

	if (fixture->sleeps == 2)
		fixture_serve(fixture);
	assert_true(nimbos_ring_need_notify(&fixture->ring));
	nimbos_local_raise(&fixture->local, 0);
	assert_int_equal(fixture->wakes, before + 1);
}

static void test_notification_for_what_was_taken(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 1);
	fixture_serve(fixture);
	expect_result(fixture, 1);
	fixture_submit(fixture, 2);
	fixture->on_sleep = notify_late_then_serve;
	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, NIMBOS_FOREVER), 0);
	assert_int_equal(fixture->sleeps, 2);
	expect_result(fixture, 2);
}

/* A doorbell for another lane of the slot is not this one's. */
static void ring_for_others(struct fixture *fixture)
{
	nimbos_local_raise(&fixture->local, 0);
	assert_int_equal(fixture->wakes, 0);
	fixture->on_sleep = NULL;
	fixture_serve_and_notify(fixture);
	assert_int_equal(fixture->wakes, 1);
}

static void test_only_who_is_meant_wakes_up(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 1);
	fixture->on_sleep = ring_for_others;
	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, NIMBOS_FOREVER), 0);
	expect_result(fixture, 1);
}

static void serve_on_clock(struct fixture *fixture)
{
	fixture_serve(fixture);
}

static void test_polled_call(void **state)
{
	struct fixture *fixture = *state;

	fixture->lane.poll_ns = NIMBOS_FOREVER;
	fixture->on_clock = serve_on_clock;
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 10, 0, 0, 0, 0, 0), 11);
	assert_int_equal(fixture->sleeps, 0);
	assert_int_equal(fixture->lane.need, 0);
}

static void test_poll_then_sleep(void **state)
{
	struct fixture *fixture = *state;

	fixture->tick = 10;
	fixture->lane.poll_ns = 1000;
	fixture->on_sleep = fixture_serve_and_notify;
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 10, 0, 0, 0, 0, 0), 11);
	assert_int_equal(fixture->sleeps, 1);
	assert_in_range(fixture->now, 2000, 2100);
}

static void test_wait_for_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, NIMBOS_FOREVER), -EAGAIN);
}

static void test_wait_returns_what_is_there(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 1);
	fixture_serve(fixture);
	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, 0), 0);
	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, 0), 0);
	expect_result(fixture, 1);
}

static void test_timeout_while_polling_and_sleeping(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 1);
	assert_int_equal(nimbos_client_wait(&fixture->lane, NIMBOS_FOREVER, 500), -ETIMEDOUT);
	assert_int_equal(fixture->sleeps, 0);
	assert_int_equal(nimbos_client_wait(&fixture->lane, 0, 500), -ETIMEDOUT);
	assert_int_equal(fixture->sleeps, 1);
	/* It is still in flight, and still somebody's. */
	fixture_serve(fixture);
	expect_result(fixture, 1);
}

static void test_late_response_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	struct nimbos_client_lane *lane = &fixture->lane;
	struct nimbos_client_result result;
	unsigned int i;

	lane->timeout_ns = 100;
	for (i = 0; i < 7; i++)
		assert_int_equal(nimbos_client_call6(lane, 1, 10, 0, 0, 0, 0, 0), -ETIMEDOUT);
	fixture_submit(fixture, 77);
	assert_int_equal(fixture_submit(fixture, 78), -EAGAIN);
	assert_int_equal(fixture_serve(fixture), 8);
	expect_result(fixture, 77);
	assert_int_equal(nimbos_client_reap(lane, &result, 1), 0);
	/* The credit is back. */
	for (i = 0; i < 8; i++)
		assert_int_equal(fixture_submit(fixture, i), 0);
}

static void test_call_waits_for_credit_of_late_call(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture, 8);
	fixture_open_lane(&fixture, 1);
	fixture.lane.timeout_ns = 100;
	assert_int_equal(nimbos_client_call6(&fixture.lane, 1, 10, 0, 0, 0, 0, 0), -ETIMEDOUT);
	/* All credit is gone; this call is never sent. */
	assert_int_equal(nimbos_client_call6(&fixture.lane, 1, 20, 0, 0, 0, 0, 0), -ETIMEDOUT);
	assert_int_equal(fixture.lane.submitted, 1);
	fixture.on_sleep = fixture_serve_and_notify;
	assert_int_equal(nimbos_client_call6(&fixture.lane, 1, 30, 0, 0, 0, 0, 0), 31);
	nimbos_local_close(&fixture.local);
}

static void test_call_keeps_results_of_others(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 1);
	fixture_submit(fixture, 2);
	fixture->on_sleep = fixture_serve_and_notify;
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 10, 0, 0, 0, 0, 0), 11);
	expect_result(fixture, 1);
	expect_result(fixture, 2);
}

enum garbage {
	SEQ_AHEAD,
	SEQ_BEHIND,
	COOKIE_0,
	COOKIE_INDEX,
	COOKIE_SERIAL,
	COOKIE_AGAIN,
	CASES,
};

static __u64 garbage_cookie(enum garbage garbage, __u64 cookie)
{
	switch (garbage) {
	case COOKIE_0:
		return 0;
	case COOKIE_INDEX:
		return cookie + 4;
	case COOKIE_SERIAL:
		return cookie + (1ULL << 32);
	default:
		return cookie;
	}
}

static void test_garbage_responses(void **state)
{
	struct nimbos_client_result result;
	struct nimbos_scf_rsp *rsp;
	struct fixture fixture;
	__u64 cookie;
	int i;

	(void)state;
	for (i = 0; i < CASES; i++) {
		fixture_open(&fixture, 8);
		fixture_open_lane(&fixture, 4);
		fixture_advance(&fixture, 100);
		fixture_submit(&fixture, 1);
		fixture_submit(&fixture, 2);
		cookie = fixture.calls[0].cookie;
		if (i == COOKIE_AGAIN) {
			nimbos_ring_respond(&fixture.ring, 2, ~1ULL, cookie);
			expect_result(&fixture, 1);
		}
		rsp = &fixture.ring.rsps[fixture.ring.responded % 8];
		rsp->cookie = garbage_cookie(i, cookie);
		rsp->seq = fixture.ring.responded + (i == SEQ_AHEAD ? 2 : i == SEQ_BEHIND ? 0 : 1);

		assert_int_equal(nimbos_client_wait(&fixture.lane, 0, NIMBOS_FOREVER), -EPROTO);
		assert_int_equal(nimbos_client_reap(&fixture.lane, &result, 1), -EPROTO);
		assert_int_equal(fixture_submit(&fixture, 3), -EPROTO);
		assert_int_equal(nimbos_client_call6(&fixture.lane, 1, 0, 0, 0, 0, 0, 0), -EPROTO);
		nimbos_local_close(&fixture.local);
	}
}

static void kill_slot(struct fixture *fixture)
{
	nimbos_local_kill(&fixture->local, 0);
}

static void test_death_while_polling(void **state)
{
	struct fixture *fixture = *state;

	fixture->lane.poll_ns = NIMBOS_FOREVER;
	fixture->on_clock = kill_slot;
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 0, 0, 0, 0, 0, 0), -ECONNRESET);
	assert_int_equal(fixture->deaths, 1);
}

static void test_death_while_sleeping(void **state)
{
	struct fixture *fixture = *state;

	fixture->on_sleep = kill_slot;
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 0, 0, 0, 0, 0, 0), -ECONNRESET);
	assert_int_equal(fixture->wakes, 1);
	assert_int_equal(fixture->deaths, 1);
	/* And from then on. */
	assert_int_equal(fixture_submit(fixture, 1), -ECONNRESET);
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 0, 0, 0, 0, 0, 0), -ECONNRESET);
	assert_int_equal(nimbos_client_reap(&fixture->lane, NULL, 0), -ECONNRESET);
}

/* EXIT_GROUP: the answer is there, and then nobody. */
static void serve_and_die(struct fixture *fixture)
{
	fixture_serve(fixture);
	nimbos_local_kill(&fixture->local, 0);
}

static void test_last_response_of_the_dead(void **state)
{
	struct fixture *fixture = *state;

	fixture_submit(fixture, 5);
	fixture->on_clock = serve_and_die;
	assert_int_equal(nimbos_client_call6(&fixture->lane, 1, 10, 0, 0, 0, 0, 0), 11);
	expect_result(fixture, 5);
	assert_int_equal(nimbos_client_reap(&fixture->lane, NULL, 0), -ECONNRESET);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_open_arguments),
		TEST(test_request_arrives_whole),
		cmocka_unit_test(test_wrap_around),
		TEST(test_credit),
		cmocka_unit_test(test_credit_smaller_than_depth),
		TEST(test_responses_in_any_order),
		TEST(test_oldest_call_answered_last),
		TEST(test_reap_takes_what_there_is_room_for),
		TEST(test_batch_is_one_notification),
		TEST(test_no_notification_while_server_is_awake),
		TEST(test_every_sleep_is_notified_once),
		TEST(test_no_route_no_ipi),
		TEST(test_client_token),
		TEST(test_server_notifies_once),
		TEST(test_notification_for_what_was_taken),
		TEST(test_only_who_is_meant_wakes_up),
		TEST(test_polled_call),
		TEST(test_poll_then_sleep),
		TEST(test_wait_for_nothing),
		TEST(test_wait_returns_what_is_there),
		TEST(test_timeout_while_polling_and_sleeping),
		TEST(test_late_response_is_dropped),
		cmocka_unit_test(test_call_waits_for_credit_of_late_call),
		TEST(test_call_keeps_results_of_others),
		cmocka_unit_test(test_garbage_responses),
		TEST(test_death_while_polling),
		TEST(test_death_while_sleeping),
		TEST(test_last_response_of_the_dead),
	};

	return cmocka_run_group_tests_name("lane", tests, NULL, NULL);
}
