/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: stats: what is measured, and how it is drawn.
 */
#ifndef NIMBOS_CTL_STATS_H
#define NIMBOS_CTL_STATS_H

#include <stdio.h>

#include "call_trace.h"
#include "histogram.h"

/* All of a call's time, and then its stages. */
#define NR_TIMES (1 + NR_STAGES)

/**
 * struct stats - what has been measured
 * @calls: how many calls
 * @errors: how many of them returned an error
 * @seconds: how long it took
 * @times: how long calls took, and their stages; those that are known
 */
struct stats {
	uint64_t calls;
	uint64_t errors;
	double seconds;
	struct histogram times[NR_TIMES];
};

/* The name of one of the times. */
const char *stats_name(unsigned int which);

/* A time as people write it, as in "12.3 us". */
void stats_print_time(char *text, size_t size, int64_t ns);

/* Draw it, as SVG. */
void stats_plot(FILE *out, const struct stats *stats);

#endif /* NIMBOS_CTL_STATS_H */
