// SPDX-License-Identifier: GPL-2.0
/*
 * A legacy queue that changes while it is read: each word does as soon as it has been read. Only
 * what was read first may be used.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "legacy_page.h"
#include "../../tools/bench/trace.h"

static char page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
static struct nimbos_legacy_queue queue;
static bool changing;
static unsigned int reads;
static unsigned int change_at;

void trace_access(volatile void *at, size_t size, bool is_write)
{
	volatile char *bytes = at;

	if (!changing || bytes < page || bytes >= page + sizeof(page))
		return;
	assert_true(bytes + size <= page + sizeof(page));
	if (is_write || (++reads != change_at && change_at))
		return;
	for (size_t i = 0; i < size; i++)
		bytes[i] = ~bytes[i];
}

static void begin(const struct version *version)
{
	changing = false;
	page_set_up(page, version);
	nimbos_legacy_queue_init(&queue, page, version->legacy);
	page_request(page, version, 5, 17, 100);
	reads = 0;
	changing = true;
}

static void test_all_words_change(void **state)
{
	struct nimbos_legacy_take request = { 0 };

	(void)state;
	for (size_t v = 0; v < NR_VERSIONS; v++) {
		change_at = 0;
		begin(&versions[v]);
		assert_int_equal(nimbos_legacy_queue_take(&queue, &request), 0);
		/* Magic, capacity, both indexes, the ring, the opcode, the arguments: each once. */
		assert_int_equal(reads, 6 + versions[v].nr_args);
		assert_int_equal(request.request, 5);
		assert_int_equal(request.opcode, 17);
		for (u16 i = 0; i < versions[v].nr_args; i++)
			assert_int_equal(request.args[i], 100 + i);
	}
}

/* Whichever word changes, and whenever: what follows is an answer or an error. */
static void test_one_word_changes(void **state)
{
	struct nimbos_legacy_take request = { 0 };
	int ret;

	(void)state;
	for (size_t v = 0; v < NR_VERSIONS; v++) {
		for (change_at = 1; change_at < 32; change_at++) {
			begin(&versions[v]);
			for (int i = 0; i < 3; i++) {
				ret = nimbos_legacy_queue_take(&queue, &request);
				assert_true(!ret || ret == -EAGAIN || ret == -EPROTO);
				if (ret)
					continue;
				assert_in_range(request.request, 0, versions[v].capacity - 1);
				ret = nimbos_legacy_queue_answer(&queue, request.request, 1);
				assert_true(!ret || ret == -ENOENT);
			}
			nimbos_legacy_queue_abandon(&queue, -ECONNRESET);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_words_change),
		cmocka_unit_test(test_one_word_changes),
	};

	return cmocka_run_group_tests_name("legacy queue that changes", tests, NULL, NULL);
}
