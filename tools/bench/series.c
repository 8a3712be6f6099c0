// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench guest: values that are kept over all rounds and looked at round by round.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "guest.h"

void series_add(struct series *series, double value)
{
	if (series->n == series->room) {
		series->room = series->room ? 2 * series->room : 1024;
		series->at = realloc(series->at, series->room * sizeof(*series->at));
		if (!series->at)
			abort();
	}
	series->at[series->n++] = value;
}

double series_quantile(const struct series *series, size_t from, double part)
{
	size_t n = series->n - from;
	double *copy = malloc(n * sizeof(*copy));
	double value;

	if (!copy)
		abort();
	memcpy(copy, series->at + from, n * sizeof(*copy));
	bench_stats(copy, n);
	value = copy[(size_t)(n * part)];
	free(copy);
	return value;
}
