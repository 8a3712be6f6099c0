// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench guest: calls of a peer that has a CPU of its own, on a kernel with /dev/nimbos.
 *
 * Time in an emulated machine says nothing by itself, and what else the host does disturbs it. So
 * everything is measured in turns, round by round, together with what it is compared with; a ratio
 * is that of two medians of one round, and its median over all rounds counts. On a busy host even
 * medians are those of the disturbance, so that the fastest tenths of a round are compared, too.
 *
 * Linux keeps one CPU, and the peer has another: the two that the processes use that are compared
 * with it. While calls are polled for, Linux has a third: with a single CPU, shadows do not poll.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "guest.h"

#define ROUNDS 12
#define CALLS 1000
#define COPY_SIZE (64 << 20)
#define COPY_BLOCK 0x40000

#define TIMES "/tmp/bench-times"
#define INPUT "/tmp/bench-input"
#define COPY "/tmp/bench-copy"

enum {
	EVENTFD,
	POLLED,
	SLOTS_1,
	SLOTS_16,
	SLOTS_256,
	VERSION_2,
	COPY_PEER,
	COPY_LINUX,
	NR_SERIES,
};

static struct series all[NR_SERIES] = {
	[EVENTFD] = { "guest_eventfd", "guest: eventfd ping-pong, two CPUs", "ns" },
	[POLLED] = { "guest_polled", "guest: null call, polled", "ns" },
	[SLOTS_1] = { "guest_irq", "guest: null call by interrupt, 1 slot", "ns" },
	[SLOTS_16] = { "guest_irq_slots_16", "guest: null call by interrupt, 16 slots", "ns" },
	[SLOTS_256] = { "guest_irq_slots_256", "guest: null call by interrupt, 256 slots", "ns" },
	[VERSION_2] = { "guest_irq_v2", "guest: null call by interrupt, SCF version 2", "ns" },
	[COPY_PEER] = { "guest_copy_peer", "guest: 64 MiB copied by the peer", "MiB/s" },
	[COPY_LINUX] = { "guest_copy_linux", "guest: 64 MiB copied by Linux", "MiB/s" },
};

static const unsigned int slots[] = {
	[SLOTS_1] = 1,
	[SLOTS_16] = 16,
	[SLOTS_256] = 256,
};

/**
 * struct comparison - a ratio, taken round by round
 * @key: in the JSON file
 * @above: what is divided
 * @below: by what
 * @part: at which quantile of a round's values
 */
struct comparison {
	const char *key;
	int above;
	int below;
	double part;
};

static const struct comparison comparisons[] = {
	{ "guest_irq_vs_eventfd", SLOTS_1, EVENTFD, 0.5 },
	{ "guest_irq_vs_eventfd_p10", SLOTS_1, EVENTFD, 0.1 },
	{ "guest_copy_vs_native", COPY_PEER, COPY_LINUX, 0.5 },
	{ "slots_16_vs_1", SLOTS_16, SLOTS_1, 0.5 },
	{ "slots_256_vs_1", SLOTS_256, SLOTS_1, 0.5 },
	{ "slots_16_vs_1_p10", SLOTS_16, SLOTS_1, 0.1 },
	{ "slots_256_vs_1_p10", SLOTS_256, SLOTS_1, 0.1 },
	{ "version_2_vs_3", VERSION_2, SLOTS_1, 0.5 },
	{ "version_2_vs_3_p10", VERSION_2, SLOTS_1, 0.1 },
};

#define NR_COMPARISONS (sizeof(comparisons) / sizeof(comparisons[0]))

/* The times that the peer's program took; it writes them when it has measured them all. */
static int measure_calls(struct series *series, const char *mode)
{
	uint64_t ns;
	FILE *file;
	unsigned int n = 0;

	if (run("nimbosctl run nop %d %s 1 " TIMES " > /dev/null", CALLS, mode))
		return -1;
	file = fopen(TIMES, "r");
	while (file && fread(&ns, sizeof(ns), 1, file) == 1) {
		series_add(series, ns);
		n++;
	}
	if (file)
		fclose(file);
	unlink(TIMES);
	if (n == CALLS)
		return 0;
	fprintf(stderr, "nimbos-bench: the peer has noted %u times instead of %d\n", n, CALLS);
	return -1;
}

static int measure_polled(void)
{
	int ret = set_third_cpu(true);

	if (!ret)
		ret = measure_calls(&all[POLLED], "poll");
	return set_third_cpu(false) ? -1 : ret;
}

static int measure_version_2(int cpu)
{
	struct legacy_call calls[CALLS];
	unsigned int i;

	if (run_legacy(cpu, calls, CALLS))
		return -1;
	for (i = 0; i < CALLS; i++)
		series_add(&all[VERSION_2], cycles_to_ns(calls[i].resumed - calls[i].begin));
	return 0;
}

/* In another order in each round, so that no number of slots always comes first. */
static int measure_slots(unsigned int round)
{
	unsigned int i, which;

	for (i = 0; i < 3; i++) {
		which = SLOTS_1 + (round + i) % 3;
		if (hold_slots(slots[which] - 1) || measure_calls(&all[which], "irq"))
			return -1;
	}
	return hold_slots(0);
}

static void add_speed(struct series *series, double ns)
{
	series_add(series, COPY_SIZE / (double)(1 << 20) / (ns / 1e9));
}

static int copy_by_peer(void)
{
	FILE *file;
	uint64_t ns;
	int ret;

	if (run("nimbosctl run copy " INPUT " " COPY " %d " TIMES, COPY_BLOCK))
		return -1;
	file = fopen(TIMES, "r");
	ret = file && fread(&ns, sizeof(ns), 1, file) == 1 ? copy_check(INPUT, COPY) : -1;
	if (!ret)
		add_speed(&all[COPY_PEER], ns);
	if (file)
		fclose(file);
	unlink(TIMES);
	unlink(COPY);
	return ret;
}

static int copy_natively(void)
{
	double ns = copy_by_linux(INPUT, COPY, COPY_BLOCK);

	if (ns < 0)
		return -1;
	add_speed(&all[COPY_LINUX], ns);
	return unlink(COPY);
}

static int measure_copies(unsigned int round)
{
	if (round & 1)
		return copy_natively() || copy_by_peer() ? -1 : 0;
	return copy_by_peer() || copy_natively() ? -1 : 0;
}

static int measure_round(const int cpus[2], unsigned int round)
{
	int ret;

	if (pingpong(&all[EVENTFD], BY_EVENTFD, cpus, CALLS / 2) ||
	    start_peer(cpus[1]))
		return -1;
	ret = measure_slots(round) || measure_copies(round) || measure_polled() ? -1 : 0;
	if (stop_peer() || (!ret && measure_version_2(cpus[1])))
		ret = -1;
	return ret ? ret : pingpong(&all[EVENTFD], BY_EVENTFD, cpus, CALLS / 2);
}

/* The ratio of one round, whose values begin at @from of each series. */
static void compare(struct series *ratios, const struct comparison *ratio, const size_t *from)
{
	double above = series_quantile(&all[ratio->above], from[ratio->above], ratio->part);
	double below = series_quantile(&all[ratio->below], from[ratio->below], ratio->part);

	series_add(ratios, above / below);
}

static int measure(const struct bench_options *options, unsigned int rounds,
		   struct series ratios[NR_COMPARISONS])
{
	size_t from[NR_SERIES];
	unsigned int round, i;

	if (clock_init() || copy_prepare(INPUT, COPY_SIZE) ||
	    set_third_cpu(false))
		return -1;
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < NR_SERIES; i++)
			from[i] = all[i].n;
		if (measure_round(options->cpus, round))
			return -1;
		for (i = 0; i < NR_COMPARISONS; i++)
			compare(&ratios[i], &comparisons[i], from);
		fprintf(stderr, "bench: guest, round %u of %u\n", round + 1, rounds);
	}
	return 0;
}

int bench_guest(const struct bench_options *options)
{
	unsigned int rounds = options->rounds ? options->rounds : ROUNDS;
	struct series ratios[NR_COMPARISONS] = { 0 };
	struct bench_report *report;
	unsigned int i;

	if (measure(options, rounds, ratios))
		return 1;
	report = bench_report_open(options->json);
	if (!report)
		return 1;
	for (i = 0; i < NR_SERIES; i++)
		bench_report_stats(report, all[i].key, all[i].what, all[i].unit,
				   bench_stats(all[i].at, all[i].n));
	for (i = 0; i < NR_COMPARISONS; i++)
		bench_report_number(report, comparisons[i].key,
				    series_quantile(&ratios[i], 0, 0.5));
	return bench_report_close(report) ? 1 : 0;
}
