// SPDX-License-Identifier: GPL-2.0
/*
 * How long a call takes that does nothing.
 */
#include "program.h"
#include "sys.h"

#define WARM_UP 100

static void sort(u64 *values, size_t n)
{
	/* Heap sort: no recursion, no worst case. */
	for (size_t start = n / 2, end = n; end > 1;) {
		u64 value;
		size_t root, child;

		if (start) {
			value = values[--start];
		} else {
			value = values[--end];
			values[end] = values[0];
		}
		for (root = start; (child = 2 * root + 1) < end; root = child) {
			if (child + 1 < end && values[child + 1] > values[child])
				child++;
			if (values[child] <= value)
				break;
			values[root] = values[child];
		}
		values[root] = value;
	}
}

static void one_round(struct rtos_call *calls, u64 batch)
{
	s64 ret = batch == 1 ? sys(NIMBOS_SCF_NR_NOP) : sys(RTOS_NR_BATCH, calls, batch);

	must(ret, "nop");
	for (u64 i = 0; batch > 1 && i < batch; i++)
		must(calls[i].result, "nop in a batch");
}

int main_nop(int argc, char **argv)
{
	u64 n = argc > 1 ? parse_number(argv[1]) : 1000;
	const char *mode = argc > 2 ? argv[2] : "adaptive";
	u64 batch = argc > 3 ? parse_number(argv[3]) : 1;
	struct rtos_call *calls = allocate(RTOS_MAX_BATCH * sizeof(*calls));
	u64 *times = allocate(n * sizeof(*times));
	u64 start, elapsed;

	if (!n || !batch || batch > RTOS_MAX_BATCH)
		fail("N must be at least 1, BATCH 1 to %u", RTOS_MAX_BATCH);
	memset(calls, 0, RTOS_MAX_BATCH * sizeof(*calls));
	for (u64 i = 0; i < batch; i++)
		calls[i].nr = NIMBOS_SCF_NR_NOP;
	must(sys_waiting(parse_waiting(mode), RTOS_FOREVER), "waiting");

	for (u64 i = 0; i < WARM_UP; i++)
		one_round(calls, batch);
	start = now_ns();
	for (u64 i = 0; i < n; i++) {
		u64 before = now_ns();

		one_round(calls, batch);
		times[i] = now_ns() - before;
	}
	elapsed = now_ns() - start;
	if (argc > 4)
		write_times(argv[4], times, n);
	sort(times, n);
	print("nop: n=%lu mode=%s batch=%lu ", n, mode, batch);
	print("min=%lu median=%lu p99=%lu max=%lu ns calls_per_s=%lu\n", times[0], times[n / 2],
	      times[n * 99 / 100], times[n - 1], n * batch * 1000000 / (elapsed / 1000 + 1));
	return 0;
}
