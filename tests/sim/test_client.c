// SPDX-License-Identifier: GPL-2.0
/*
 * End-to-end tests over the sim: what the client library promises of time.
 */
#include <errno.h>

#include "process.h"

/* A call that nobody answers in time; its late response is not taken for another call's. */
static void test_late_response(void **state)
{
	struct process *process = *state;
	struct nimbos_client_lane *lane = &process->lane[0].lane;
	uint64_t timeout_ns = lane->timeout_ns;
	int *fds = process_memory(process, 2 * sizeof(int));
	char *byte = process_memory(process, 1);

	assert_int_equal(CALL(process, pipe2, AT(fds), 0), 0);
	assert_true(process_clone(process, 1) > 0);
	lane->timeout_ns = 20000000;
	assert_int_equal(CALL(process, read, fds[0], AT(byte), 1), -ETIMEDOUT);
	assert_int_equal(CALL(process, close, 12345), -ETIMEDOUT);
	lane->timeout_ns = timeout_ns;
	assert_int_equal(CALL_ON(process, 1, SYS_write, fds[1], AT(byte), 1), 1);
	assert_int_equal(CALL(process, dup, 54321), -EBADF);
	assert_int_equal(CALL(process, lseek, fds[0], 0, 0), -ESPIPE);
	/* All of them have come by now, and the credit of all is back. */
	assert_int_equal(lane->submitted, lane->received);
}

/* Results of calls that others on the lane still have to fetch. */
static void test_call_amid_others(void **state)
{
	struct process *process = *state;
	struct nimbos_client_lane *lane = &process->lane[0].lane;
	struct nimbos_client_result results[CALLS];
	const __u64 args[6] = { 12345 };
	unsigned int i;

	for (i = 0; i < CALLS - 1; i++)
		assert_int_equal(nimbos_client_submit(lane, SYS_close, args, i), 0);
	assert_int_equal(CALL(process, lseek, 54321, 0, 0), -EBADF);
	assert_int_equal(nimbos_client_reap(lane, results, CALLS), CALLS - 1);
	for (i = 0; i < CALLS - 1; i++) {
		assert_int_equal(results[i].tag, i);
		assert_int_equal(results[i].result, -EBADF);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_late_response, process_setup,
						process_teardown),
		cmocka_unit_test_setup_teardown(test_late_response, process_setup_sleeping,
						process_teardown),
		cmocka_unit_test_setup_teardown(test_call_amid_others, process_setup,
						process_teardown),
		cmocka_unit_test_setup_teardown(test_call_amid_others, process_setup_sleeping,
						process_teardown),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
