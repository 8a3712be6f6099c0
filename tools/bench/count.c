// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench count, counted: instructions per null call, for each way to wait, and per round trip
 * of two processes of Linux.
 *
 * In the machine, each way is run one after the other, with marks around every few calls; the
 * plugin writes a line for each of these groups. Outside, the lines are read, in the same order,
 * and the groups' median counts: what few of them have, as timer ticks, is not the calls'. QEMU
 * runs the CPUs in turns there, and whoever waits awake gives its turn away: what is counted of
 * it is one look, not a time.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "guest.h"
#include "mark.h"

#define GROUPS 500
#define CALLS (GROUPS * MARK_GROUP)
#define MAX_CPUS 3

/* Two processes of Linux, instead of a shadow and a peer. */
static const struct {
	const char *key;
	enum pingpong how;
} pairs[] = {
	{ "eventfd", BY_EVENTFD },
	{ "signal", BY_SIGNAL },
};

#define NR_PAIRS (sizeof(pairs) / sizeof(pairs[0]))
#define NR_COUNTED (NR_WAYS + NR_PAIRS)

int bench_count(const struct bench_options *options)
{
	size_t i;

	if (set_third_cpu(false) || pin(options->cpus[0]))
		return 1;
	for (i = 0; i < NR_WAYS; i++) {
		if (run_way(&ways[i], options->cpus, CALLS))
			return 1;
		fprintf(stderr, "bench: counted %s\n", ways[i].key);
	}
	for (i = 0; i < NR_PAIRS; i++) {
		if (pingpong(NULL, pairs[i].how, options->cpus, CALLS))
			return 1;
		fprintf(stderr, "bench: counted %s\n", pairs[i].key);
	}
	return 0;
}

static int read_groups(FILE *file, double per_call[MAX_CPUS])
{
	double counts[MAX_CPUS][GROUPS];
	int i;

	for (i = 0; i < GROUPS; i++)
		if (fscanf(file, "%lf %lf %lf\n", &counts[0][i], &counts[1][i], &counts[2][i]) !=
		    MAX_CPUS)
			return -1;
	for (i = 0; i < MAX_CPUS; i++)
		per_call[i] = bench_stats(counts[i], GROUPS).median / MARK_GROUP;
	return 0;
}

/* Of the CPUs that have taken part. */
static void report_counted(struct bench_report *report, const char *key, const char *names[2],
			   const double per_call[MAX_CPUS], const int cpus[2])
{
	char whole[64];
	int i;

	for (i = 0; i < 2; i++) {
		snprintf(whole, sizeof(whole), "instructions_%s_%s", key, names[i]);
		bench_report_number(report, whole, per_call[cpus[i]]);
	}
}

static int read_counts(const char *path, double all[NR_COUNTED][MAX_CPUS])
{
	FILE *file = path ? fopen(path, "r") : NULL;
	size_t i;
	int ret = 0;

	if (!file) {
		fprintf(stderr, "nimbos-bench: counted: --counts %s: %s\n",
			path ? path : "is missing", strerror(errno));
		return -1;
	}
	for (i = 0; i < NR_COUNTED && !read_groups(file, all[i]); i++)
		;
	if (i < NR_COUNTED || fgetc(file) != EOF) {
		fprintf(stderr, "nimbos-bench: counted: %s does not have %zu lines of 3 numbers\n",
			path, NR_COUNTED * GROUPS);
		ret = -1;
	}
	fclose(file);
	return ret;
}

/*
 * What it costs that calls could be traced: the same looks for each way to wait, and counted where
 * nothing else happens. A call by interrupt has more that differs from run to run.
 */
static void report_tracing(struct bench_report *report, const double with[NR_COUNTED][MAX_CPUS],
			   const double without[NR_COUNTED][MAX_CPUS], const int cpus[2])
{
	double poll = with[WAY_POLL][cpus[0]] + with[WAY_POLL][cpus[1]];
	double looks = poll - without[WAY_POLL][cpus[0]] - without[WAY_POLL][cpus[1]];

	bench_report_number(report, "tracing_off", looks);
	bench_report_number(report, "tracing_off_vs_poll", looks / poll);
	bench_report_number(report, "tracing_off_vs_irq", looks / with[WAY_IRQ][cpus[0]]);
}

int bench_counted(const struct bench_options *options)
{
	double all[NR_COUNTED][MAX_CPUS], untraceable[NR_COUNTED][MAX_CPUS];
	const char *sides[2] = { "linux", "peer" }, *processes[2] = { "a", "b" };
	struct bench_report *report;
	size_t i;

	if (read_counts(options->counts, all) ||
	    (options->untraceable && read_counts(options->untraceable, untraceable)))
		return 1;
	report = bench_report_open(options->json);
	if (!report)
		return 1;
	for (i = 0; i < NR_WAYS; i++)
		report_counted(report, ways[i].key, sides, all[i], options->cpus);
	for (i = 0; i < NR_PAIRS; i++)
		report_counted(report, pairs[i].key, processes, all[NR_WAYS + i],
			       options->cpus);
	bench_report_number(report, "instructions_uintr_vs_irq",
			    all[WAY_UINTR][options->cpus[0]] / all[WAY_IRQ][options->cpus[0]]);
	if (options->untraceable)
		report_tracing(report, all, untraceable, options->cpus);
	return bench_report_close(report) ? 1 : 0;
}
