// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the module's side of a legacy queue.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "legacy_page.h"

/* Its own block of memory, so that the address sanitizer watches both ends. */
static char *page;
static struct nimbos_legacy_queue queue;
static struct nimbos_legacy_take request;
static const struct version *const end = versions + NR_VERSIONS;

static int setup(void **state)
{
	(void)state;
	page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
	return page ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(page);
	return 0;
}

static void begin(const struct version *version)
{
	page_set_up(page, version);
	nimbos_legacy_queue_init(&queue, page, version->legacy);
}

static int take(void)
{
	/* What is not filled in is noticed. */
	memset(&request, 0xa5, sizeof(request));
	return nimbos_legacy_queue_take(&queue, &request);
}

static void test_requests_and_answers(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		begin(v);
		assert_true(nimbos_legacy_queue_is_empty(&queue));
		assert_int_equal(take(), -EAGAIN);
		/* More than twice around the indexes. */
		for (u32 i = 0; i < 150000; i++) {
			u16 nr = (u16)(i * 7 % v->capacity);

			page_request(page, v, nr, (u8)i, i);
			assert_false(nimbos_legacy_queue_is_empty(&queue));
			assert_int_equal(take(), 0);
			assert_int_equal(request.request, nr);
			assert_int_equal(request.opcode, (u8)i);
			for (u32 k = 0; k < 4; k++)
				assert_int_equal(request.args[k], k < v->nr_args ? i + k : 0);
			assert_int_equal(nimbos_legacy_queue_answer(&queue, nr, -(s64)i), 0);
			assert_int_equal(page_result(page, v, nr), -(s64)i);
			assert_int_equal(page_response(page, v, (u16)i), nr);
			assert_int_equal(AT16(page, RESPONSES), (u16)(i + 1));
			assert_int_equal(AT16(page, REQUESTS), (u16)(i + 1));
		}
	}
}

static void test_as_many_as_there_are_in_any_order(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		begin(v);
		for (u16 nr = 0; nr < v->capacity; nr++)
			page_request(page, v, nr, 1, nr);
		for (u16 nr = 0; nr < v->capacity; nr++) {
			assert_int_equal(take(), 0);
			assert_int_equal(request.request, nr);
		}
		assert_int_equal(take(), -EAGAIN);
		for (u16 i = 0; i < v->capacity; i++) {
			u16 nr = (u16)(v->capacity - 1 - i);

			assert_int_equal(nimbos_legacy_queue_answer(&queue, nr, nr), 0);
			assert_int_equal(page_response(page, v, i), nr);
			assert_int_equal(page_result(page, v, nr), nr);
		}
	}
}

static void test_answers_nobody_waits_for(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		begin(v);
		page_request(page, v, 3, 1, 0);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 3, 0), -ENOENT);
		assert_int_equal(take(), 0);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 4, 0), -ENOENT);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, v->capacity, 0), -ENOENT);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, ~0U, 0), -ENOENT);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 3, 0), 0);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 3, 0), -ENOENT);
		assert_int_equal(AT16(page, RESPONSES), 1);
	}
}

/* What was asked before anybody served the queue. */
static void test_requests_before_the_shadow(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		page_set_up(page, v);
		AT16(page, REQUESTS) = AT16(page, RESPONSES) = 0xfffe;
		for (u16 nr = 0; nr < 5; nr++)
			page_request(page, v, nr, 1, nr);
		nimbos_legacy_queue_init(&queue, page, v->legacy);
		for (u16 nr = 0; nr < 5; nr++) {
			assert_int_equal(take(), 0);
			assert_int_equal(request.request, nr);
		}
		assert_int_equal(take(), -EAGAIN);
	}
}

/* A shadow ends with requests in flight and others waiting; the next one replays nothing. */
static void test_next_shadow(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		begin(v);
		for (u16 nr = 0; nr < 6; nr++)
			page_request(page, v, nr, 1, nr);
		for (u16 nr = 0; nr < 4; nr++)
			assert_int_equal(take(), 0);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 1, 100), 0);
		nimbos_legacy_queue_abandon(&queue, -ECONNRESET);
		nimbos_legacy_queue_abandon(&queue, -EIO);
		assert_int_equal(AT16(page, RESPONSES), 4);
		assert_int_equal(page_result(page, v, 0), -ECONNRESET);
		assert_int_equal(page_result(page, v, 1), 100);
		assert_int_equal(page_result(page, v, 2), -ECONNRESET);
		assert_int_equal(page_result(page, v, 3), -ECONNRESET);

		nimbos_legacy_queue_init(&queue, page, v->legacy);
		assert_int_equal(take(), 0);
		assert_int_equal(request.request, 4);
		assert_int_equal(take(), 0);
		assert_int_equal(request.request, 5);
		assert_int_equal(take(), -EAGAIN);
	}
}

/* With a request in flight, which is of no interest to anybody any more. */
static void test_set_up_anew(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		begin(v);
		for (u16 nr = 0; nr < 3; nr++) {
			page_request(page, v, nr, 1, nr);
			assert_int_equal(take(), 0);
			if (nr)
				assert_int_equal(nimbos_legacy_queue_answer(&queue, nr, 0), 0);
		}
		page_set_up(page, v);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 0, 7), -ENOENT);
		assert_int_equal(page_result(page, v, 0), 0);
		page_request(page, v, 0, 1, 0);
		assert_int_equal(take(), 0);
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 0, 7), 0);
		assert_int_equal(page_result(page, v, 0), 7);
		assert_int_equal(AT16(page, RESPONSES), 1);
	}
}

static void test_not_set_up_yet(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		memset(page, 0, PAGE_BYTES);
		nimbos_legacy_queue_init(&queue, page, v->legacy);
		AT16(page, REQUESTS) = 1;
		assert_true(nimbos_legacy_queue_is_empty(&queue));
		assert_int_equal(take(), -EAGAIN);
		page_set_up(page, v);
		page_request(page, v, 9, 1, 0);
		assert_int_equal(take(), 0);
		assert_int_equal(request.request, 9);
	}
}

static void expect_malformed(void)
{
	assert_false(nimbos_legacy_queue_is_empty(&queue));
	assert_int_equal(take(), -EPROTO);
}

static void test_malformed(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		static const u16 capacities[] = { 0, 1, 63, 65, 127, 129, 256, 0xffff };

		begin(v);
		page_request(page, v, 0, 1, 0);
		AT32(page, MAGIC) = 0x4643537e;
		expect_malformed();
		AT32(page, MAGIC) = 0x4643537f;
		for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
			AT16(page, CAPACITY) = capacities[i];
			expect_malformed();
		}
		/* The other version's. */
		AT16(page, CAPACITY) = v->capacity == 64 ? 128 : 64;
		expect_malformed();
		AT16(page, CAPACITY) = v->capacity;

		AT16(page, REQUESTS) = v->capacity + 1;
		expect_malformed();
		AT16(page, REQUESTS) = 0xffff;
		expect_malformed();
		AT16(page, REQUESTS) = 1;

		AT16(page, v->requests) = v->capacity;
		expect_malformed();
		AT16(page, v->requests) = 0xffff;
		expect_malformed();
		AT16(page, v->requests) = 0;
		assert_int_equal(take(), 0);

		/* The same descriptor once more, without an answer. */
		page_send(page, v, 0);
		expect_malformed();
		assert_int_equal(nimbos_legacy_queue_answer(&queue, 0, 0), 0);
		assert_int_equal(take(), 0);
	}
}

/*
 * A peer that keeps to the lock and two servers that do. Each request is answered once, with what
 * belongs to it, and nobody sees half of anything.
 */

#define CALLS 20000

static void lock(void)
{
	while (__atomic_exchange_n(nimbos_legacy_queue_lock(&queue), 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void unlock(void)
{
	__atomic_store_n(nimbos_legacy_queue_lock(&queue), 0, __ATOMIC_RELEASE);
}

static int served;

static void *serve(void *arg)
{
	struct nimbos_legacy_take mine;
	int ret;

	(void)arg;
	while (__atomic_load_n(&served, __ATOMIC_RELAXED) < CALLS) {
		lock();
		ret = nimbos_legacy_queue_take(&queue, &mine);
		unlock();
		if (ret) {
			assert_int_equal(ret, -EAGAIN);
			sched_yield();
			continue;
		}
		lock();
		ret = nimbos_legacy_queue_answer(&queue, mine.request, (s64)mine.args[0] + 1);
		unlock();
		assert_int_equal(ret, 0);
		__atomic_add_fetch(&served, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* One look for answers; how many have come since. */
static u16 collect(const struct version *v, u64 sent[], u16 seen)
{
	u16 nr;

	lock();
	while (AT16(page, RESPONSES) != seen) {
		nr = page_response(page, v, seen++);
		assert_in_range(nr, 0, v->capacity - 1);
		assert_int_not_equal(sent[nr], 0);
		assert_int_equal(page_result(page, v, nr), sent[nr] + 1);
		sent[nr] = 0;
	}
	unlock();
	return seen;
}

static void test_three_parties(void **state)
{
	const struct version *v;

	(void)state;
	for (v = versions; v < end; v++) {
		u64 sent[NIMBOS_LEGACY_MAX_CAPACITY] = { 0 };
		pthread_t servers[2];
		u16 seen = 0, nr;
		u32 i = 0;

		begin(v);
		served = 0;
		for (int k = 0; k < 2; k++)
			assert_int_equal(pthread_create(&servers[k], NULL, serve, NULL), 0);
		while (i < CALLS) {
			for (nr = 0; nr < v->capacity && i < CALLS; nr++) {
				if (sent[nr])
					continue;
				sent[nr] = ++i;
				lock();
				page_request(page, v, nr, 1, sent[nr]);
				unlock();
			}
			seen = collect(v, sent, seen);
		}
		while (seen != (u16)CALLS)
			seen = collect(v, sent, seen);
		for (int k = 0; k < 2; k++)
			pthread_join(servers[k], NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_and_answers),
		cmocka_unit_test(test_as_many_as_there_are_in_any_order),
		cmocka_unit_test(test_answers_nobody_waits_for),
		cmocka_unit_test(test_requests_before_the_shadow),
		cmocka_unit_test(test_next_shadow),
		cmocka_unit_test(test_set_up_anew),
		cmocka_unit_test(test_not_set_up_yet),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_three_parties),
	};

	return cmocka_run_group_tests_name("legacy queue", tests, setup, teardown);
}
