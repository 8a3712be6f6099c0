/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-bench: what its files share.
 */
#ifndef NIMBOS_BENCH_H
#define NIMBOS_BENCH_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct bench_stats - what a set of measurements says
 * @n: how many there were
 * @median: of them
 * @p99: the value that 99 of 100 do not exceed
 */
struct bench_stats {
	size_t n;
	double median;
	double p99;
};

/* Sorts @samples. */
struct bench_stats bench_stats(double *samples, size_t n);

/*
 * Results. They go to a JSON file, where keys of other parts of the benchmark are kept; without a
 * file they are printed as a table.
 */
struct bench_report;

/* What the file holds already; an empty object if there is none, NULL if it is not JSON. */
cJSON *bench_results(const char *path);

struct bench_report *bench_report_open(const char *json_path);
void bench_report_stats(struct bench_report *report, const char *key, const char *what,
			const char *unit, struct bench_stats stats);
/* The ratios that there are, and their limits, are in report.c. */
void bench_report_number(struct bench_report *report, const char *key, double value);
/* Return: 0, or -1 with a message printed, or 1 if a ratio that was printed is beyond its limit. */
int bench_report_close(struct bench_report *report);

/**
 * struct bench_options - what the command line says
 * @json: file for the results; NULL for none
 * @counts: file that the plugin has written; NULL for none
 * @untraceable: the same, of a shadow and a peer without a look whether calls are traced; or NULL
 * @plot: file for a picture of what is in @json afterwards; NULL for none
 * @cpus: the two CPUs to run on
 * @rounds: how often each measurement is repeated; 0 for what the command takes by itself
 */
struct bench_options {
	const char *json;
	const char *counts;
	const char *untraceable;
	const char *plot;
	int cpus[2];
	unsigned int rounds;
};

/* Sub-commands: 0 if all was measured, 1 on errors, with a message printed. */
int bench_native(const struct bench_options *options);
int bench_guest(const struct bench_options *options);
int bench_stages(const struct bench_options *options);
int bench_count(const struct bench_options *options);
int bench_counted(const struct bench_options *options);
/* Prints what is in the file. 1 if a ratio is missing or beyond its limit, too. */
int bench_table(const struct bench_options *options);

/* plot.c: draw what is in the file. Return: 0, or -1 with a message printed. */
int bench_plot(const struct bench_options *options);

#endif /* NIMBOS_BENCH_H */
