// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: the time-stamp counter, in ns.
 */
#include <stdio.h>
#include <x86intrin.h>

#include "guest.h"

static double ns_per_cycle;

int clock_init(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];
	double mhz = 0;

	while (file && !mhz && fgets(line, sizeof(line), file))
		sscanf(line, "cpu MHz : %lf", &mhz);
	if (file)
		fclose(file);
	if (!mhz) {
		fprintf(stderr, "nimbos-bench: /proc/cpuinfo does not tell the frequency\n");
		return -1;
	}
	ns_per_cycle = 1000 / mhz;
	return 0;
}

double cycles_to_ns(double cycles)
{
	return cycles * ns_per_cycle;
}

double clock_ns(void)
{
	return cycles_to_ns(__rdtsc());
}
