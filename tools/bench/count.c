// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench count, counted: instructions per null call, for each way to wait, and per round trip
 * of two processes of Linux.
 *
 * In the machine, each way is run between marks, one after the other; the plugin writes a line for
 * each. Outside, these lines are read, in the same order. QEMU runs the CPUs in turns there, and
 * whoever waits awake gives its turn away: what is counted of it is one look, not a time.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "guest.h"

#define CALLS 10000
#define MAX_CPUS 3

/**
 * struct way - a way to wake each other
 * @key: in the JSON file, with the CPUs' names added to it
 * @shadow: how the shadow waits; NULL where there is no peer
 * @peer: how the peer's program waits; NULL where there is no peer
 * @pingpong: without a peer: how the two processes do
 */
struct way {
	const char *key;
	const char *shadow;
	const char *peer;
	enum pingpong pingpong;
};

static const struct way ways[] = {
	{ "poll", "--wait=poll", "poll", 0 },
	{ "uintr", "--wait=uintr", "irq", 0 },
	{ "irq", "--wait=irq --poll-us=0", "irq", 0 },
	{ "eventfd", NULL, NULL, BY_EVENTFD },
	{ "signal", NULL, NULL, BY_SIGNAL },
};

#define NR_WAYS (sizeof(ways) / sizeof(ways[0]))

/* With a single CPU, shadows do not poll. */
static int run_way(const struct way *way, const int cpus[2])
{
	bool polled = way->peer && !strcmp(way->peer, "poll");
	int ret;

	if (!way->shadow)
		return pingpong(NULL, way->pingpong, cpus, CALLS);
	if (start_peer(cpus[1]) || (polled && set_third_cpu(true)))
		return -1;
	ret = run("nimbos-shadow %s steady %d %s > /dev/null", way->shadow, CALLS, way->peer);
	if (polled && set_third_cpu(false))
		ret = -1;
	return stop_peer() ? -1 : ret;
}

int bench_count(const struct bench_options *options)
{
	size_t i;

	if (set_third_cpu(false) || pin(options->cpus[0]))
		return 1;
	for (i = 0; i < NR_WAYS; i++) {
		if (run_way(&ways[i], options->cpus))
			return 1;
		fprintf(stderr, "bench: counted %s\n", ways[i].key);
	}
	return 0;
}

static int read_line(FILE *file, double per_call[MAX_CPUS])
{
	unsigned long long counts[MAX_CPUS];
	int i;

	if (fscanf(file, "%llu %llu %llu\n", &counts[0], &counts[1], &counts[2]) != MAX_CPUS)
		return -1;
	for (i = 0; i < MAX_CPUS; i++)
		per_call[i] = (double)counts[i] / CALLS;
	return 0;
}

static void report_way(struct bench_report *report, const struct way *way, double first,
		       double second)
{
	char key[64];

	snprintf(key, sizeof(key), "instructions_%s_%s", way->key, way->shadow ? "linux" : "a");
	bench_report_number(report, key, first);
	snprintf(key, sizeof(key), "instructions_%s_%s", way->key, way->shadow ? "peer" : "b");
	bench_report_number(report, key, second);
}

int bench_counted(const struct bench_options *options)
{
	double all[NR_WAYS][MAX_CPUS];
	struct bench_report *report;
	FILE *file;
	size_t i;

	file = options->counts ? fopen(options->counts, "r") : NULL;
	if (!file) {
		fprintf(stderr, "nimbos-bench: counted: --counts %s: %s\n",
			options->counts ? options->counts : "is missing", strerror(errno));
		return 1;
	}
	for (i = 0; i < NR_WAYS && !read_line(file, all[i]); i++)
		;
	if (i < NR_WAYS || fgetc(file) != EOF) {
		fprintf(stderr, "nimbos-bench: counted: %s does not have %zu lines of 3 numbers\n",
			options->counts, NR_WAYS);
		fclose(file);
		return 1;
	}
	fclose(file);

	report = bench_report_open(options->json);
	if (!report)
		return 1;
	for (i = 0; i < NR_WAYS; i++)
		report_way(report, &ways[i], all[i][options->cpus[0]], all[i][options->cpus[1]]);
	/* Of Linux's CPU; ways[] has their order. */
	bench_report_number(report, "instructions_uintr_vs_irq",
			    all[1][options->cpus[0]] / all[2][options->cpus[0]]);
	return bench_report_close(report) ? 1 : 0;
}
