// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench-lines: which cache lines of shared memory a polled call touches, counted, not timed.
 *
 * The client library and the server's rings are traced (trace.h): at each access to the slot's
 * memory the line and who it was are noted. A line is moved when one side has written it and the
 * other side touches it next. Lines that nobody writes stay in both caches and cost nothing.
 *
 * Prints the lines moved per call, with one call at a time and with full rings, and with --json
 * adds the former as lines_per_call to what is in the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "nimbos_local.h"
#include "trace.h"
#include "../lib/nimbos_ring.h"

#define DEPTH 64
#define CALLS (4 * DEPTH)
#define LINE 64
#define MAX_LINES 4096

enum side {
	NOBODY,
	CLIENT,
	SERVER,
};

struct line {
	enum side writer;
	bool seen_by_other;
};

static struct nimbos_local local;
static struct line lines[MAX_LINES];
static enum side side;
static unsigned int moved;

/* Shared memory is only accessed in words, so no access crosses a line. */
void trace_access(volatile void *at, size_t size, bool is_write)
{
	size_t offset = (volatile char *)at - local.region;
	struct line *line;

	(void)size;
	if (side == NOBODY || offset >= local.size)
		return;
	if (offset / LINE >= MAX_LINES)
		abort();
	line = &lines[offset / LINE];
	if (line->writer != NOBODY && line->writer != side && !line->seen_by_other) {
		line->seen_by_other = true;
		moved++;
	}
	if (is_write) {
		line->writer = side;
		line->seen_by_other = false;
	}
}

/* The other side's part of a call happens wherever the client would look at the clock or sleep. */
static struct nimbos_ring ring;

static void serve(void)
{
	enum side before = side;
	struct nimbos_scf_req req;
	int ret;

	if (side != NOBODY)
		side = SERVER;
	while ((ret = nimbos_ring_receive(&ring, &req)) == 1) {
		nimbos_ring_respond(&ring, 0, 0, req.cookie);
		if (nimbos_ring_need_notify(&ring))
			abort();
	}
	if (ret)
		abort();
	side = before;
}

static __u64 now_ns(struct nimbos_client *client)
{
	static __u64 now;

	(void)client;
	serve();
	return ++now;
}

static const struct nimbos_client_ops ops = {
	.now_ns = now_ns,
};

/* Lines moved per call, with @in_flight calls submitted before their responses are looked for. */
static double count(struct nimbos_client_lane *lane, unsigned int in_flight)
{
	static const __u64 args[6];
	struct nimbos_client_result results[DEPTH];
	unsigned int i, done = 0;

	moved = 0;
	side = CLIENT;
	while (done < CALLS) {
		for (i = 0; i < in_flight; i++)
			if (nimbos_client_submit(lane, NIMBOS_SCF_NR_NOP, args, 0))
				abort();
		if (nimbos_client_wait(lane, NIMBOS_FOREVER, NIMBOS_FOREVER))
			abort();
		done += nimbos_client_reap(lane, results, DEPTH);
	}
	side = NOBODY;
	return (double)moved / done;
}

int main(int argc, char **argv)
{
	static struct nimbos_client_call calls[DEPTH];
	static struct nimbos_client_lane lane;
	static struct nimbos_client_slot slot;
	struct bench_report *report;
	double one, full;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--json"))) {
		fprintf(stderr, "usage: nimbos-bench-lines [--json FILE]\n");
		return 2;
	}
	if (nimbos_local_open(&local, &ops, 1, 1, DEPTH)) {
		fprintf(stderr, "nimbos-bench-lines: no memory for a slot\n");
		return 1;
	}
	nimbos_ring_init(&ring, nimbos_local_control(&local, 0), 0, DEPTH);
	if (nimbos_client_slot_attach(&local.client, &slot, 0, 1) ||
	    nimbos_client_lane_open(&slot, &lane, 0, calls, DEPTH))
		abort();
	/* The first lap is not counted: lines that were written before are moved once. */
	count(&lane, 1);
	one = count(&lane, 1);
	full = count(&lane, DEPTH);

	report = bench_report_open(argc == 3 ? argv[2] : NULL);
	if (!report)
		return 1;
	bench_report_number(report, "lines_per_call", one);
	bench_report_number(report, "lines_per_call_full", full);
	return bench_report_close(report) ? 1 : 0;
}
