// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: JSON for programs, a table for people.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct bench_report {
	const char *path;
	cJSON *root;
};

/**
 * struct ratio - a number that says whether the design keeps its promise
 * @key: in the JSON file
 * @what: for people
 * @at_most: its limit; 0 for none
 * @at_least: its limit; 0 for none
 */
struct ratio {
	const char *key;
	const char *what;
	double at_most;
	double at_least;
};

static const struct ratio ratios[] = {
	{ "native_polled_vs_cacheline", "null call, polled / cache line", 1.5, 0 },
	{ "guest_irq_vs_eventfd", "null call by interrupt / eventfd ping-pong", 1.5, 0 },
	{ "guest_irq_vs_eventfd_p10", "  the same of their fastest tenths", 1.5, 0 },
	{ "guest_copy_vs_native", "speed of the peer's copy / Linux's copy", 0, 0.5 },
	{ "slots_16_vs_1", "null call with 16 slots / with 1", 1.1, 0 },
	{ "slots_16_vs_1_p10", "  the same of their fastest tenths", 1.1, 0 },
	{ "slots_256_vs_1", "null call with 256 slots / with 1", 1.1, 0 },
	{ "slots_256_vs_1_p10", "  the same of their fastest tenths", 1.1, 0 },
	{ "version_2_vs_3", "null call of version 2 / of version 3", 0, 0 },
	{ "version_2_vs_3_p10", "  the same of their fastest tenths", 0, 0 },
	/* The request's and the response's; in full rings two responses come with one line. */
	{ "lines_per_call", "cache lines moved per call, 1 in flight", 0, 0 },
	{ "lines_per_call_full", "cache lines moved per call, rings full", 0, 0 },
	{ "instructions_poll_linux", "instructions per null call, poll: Linux's CPU", 0, 0 },
	{ "instructions_poll_peer", "  the peer's CPU", 0, 0 },
	{ "instructions_uintr_linux", "  by user interrupts: Linux's CPU", 0, 0 },
	{ "instructions_uintr_peer", "  the peer's CPU", 0, 0 },
	{ "instructions_irq_linux", "  by interrupts: Linux's CPU", 0, 0 },
	{ "instructions_irq_peer", "  the peer's CPU", 0, 0 },
	{ "instructions_eventfd_a", "  per eventfd ping-pong: one process's CPU", 0, 0 },
	{ "instructions_eventfd_b", "  the other's", 0, 0 },
	{ "instructions_signal_a", "  per signal ping-pong: one process's CPU", 0, 0 },
	{ "instructions_signal_b", "  the other's", 0, 0 },
	{ "instructions_uintr_vs_irq", "user interrupts / interrupts, Linux's CPU", 0.2, 0 },
	{ "tracing_off", "  to look whether somebody traces", 0, 0 },
	{ "tracing_off_vs_poll", "  the same / a polled null call, both CPUs", 0.01, 0 },
	{ "tracing_off_vs_irq", "  the same / one by interrupt, Linux's CPU", 0.01, 0 },
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct bench_stats bench_stats(double *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare);
	return (struct bench_stats){
		.n = n,
		.median = samples[n / 2],
		.p99 = samples[n - 1 - n / 100],
	};
}

cJSON *bench_results(const char *path)
{
	FILE *file = path ? fopen(path, "r") : NULL;
	char text[65536];
	size_t len;

	if (!file)
		return cJSON_CreateObject();
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	return len ? cJSON_Parse(text) : cJSON_CreateObject();
}

static void put(cJSON *object, const char *key, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(object, key);
	cJSON_AddItemToObject(object, key, value);
}

struct bench_report *bench_report_open(const char *json_path)
{
	struct bench_report *report = calloc(1, sizeof(*report));

	if (!report)
		abort();
	report->path = json_path;
	report->root = bench_results(json_path);
	if (!report->root) {
		fprintf(stderr, "nimbos-bench: %s holds something else than JSON; remove it\n",
			json_path);
		free(report);
		return NULL;
	}
	return report;
}

void bench_report_stats(struct bench_report *report, const char *key, const char *what,
			const char *unit, struct bench_stats stats)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "what", what);
	cJSON_AddNumberToObject(object, "median", stats.median);
	cJSON_AddNumberToObject(object, "p99", stats.p99);
	cJSON_AddNumberToObject(object, "runs", stats.n);
	cJSON_AddStringToObject(object, "unit", unit);
	put(report->root, key, object);
}

void bench_report_number(struct bench_report *report, const char *key, double value)
{
	put(report->root, key, cJSON_CreateNumber(value));
}

static double number(const cJSON *object, const char *key)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static void print_stats(const cJSON *root)
{
	const char *heading = "%-46s %12s %12s %9s\n";
	const cJSON *item;

	cJSON_ArrayForEach(item, root) {
		if (!cJSON_IsObject(item))
			continue;
		if (heading)
			printf(heading, "", "median", "p99", "runs");
		heading = NULL;
		printf("%-46s %12.1f %12.1f %9.0f  %s\n",
		       cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "what")),
		       number(item, "median"), number(item, "p99"), number(item, "runs"),
		       cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "unit")));
	}
}

/* Return: whether it is within its limits. */
static bool print_ratio(const struct ratio *ratio, double value)
{
	bool good = (!ratio->at_most || value <= ratio->at_most) && value >= ratio->at_least;

	printf("%-46s %12.3f", ratio->what, value);
	if (ratio->at_most)
		printf("  at most %g: %s", ratio->at_most, good ? "ok" : "MISSED");
	if (ratio->at_least)
		printf("  at least %g: %s", ratio->at_least, good ? "ok" : "MISSED");
	printf("\n");
	return good;
}

static int print_table(const cJSON *root, bool complete)
{
	int ret = 0;
	size_t i;

	print_stats(root);
	for (i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		if (cJSON_HasObjectItem(root, ratios[i].key)) {
			if (!print_ratio(&ratios[i], number(root, ratios[i].key)))
				ret = 1;
		} else if (complete) {
			printf("%-46s  was not measured\n", ratios[i].what);
			ret = 1;
		}
	}
	return ret;
}

static int write_file(const struct bench_report *report)
{
	char *text = cJSON_Print(report->root);
	FILE *file = fopen(report->path, "w");
	int ret = 0;

	if (!file || fprintf(file, "%s\n", text) < 0 || fclose(file)) {
		fprintf(stderr, "nimbos-bench: cannot write %s: %s\n", report->path,
			strerror(errno));
		ret = -1;
	}
	free(text);
	return ret;
}

int bench_report_close(struct bench_report *report)
{
	int ret;

	if (report->path)
		ret = write_file(report);
	else
		ret = print_table(report->root, false);
	cJSON_Delete(report->root);
	free(report);
	return ret;
}

int bench_table(const struct bench_options *options)
{
	struct bench_report *report;
	int ret;

	if (!options->json) {
		fprintf(stderr, "nimbos-bench: table: of which file? See --json\n");
		return 1;
	}
	report = bench_report_open(options->json);
	if (!report)
		return 1;
	ret = print_table(report->root, true);
	cJSON_Delete(report->root);
	free(report);
	return ret;
}
