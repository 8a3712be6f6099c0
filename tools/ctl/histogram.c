// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: how times are distributed. Up to HISTOGRAM_PARTS, each time has a bucket; from there
 * on as many buckets for each power of two.
 */
#include "histogram.h"

#define PARTS_SHIFT 5
_Static_assert(HISTOGRAM_PARTS == 1 << PARTS_SHIFT, "a power of two");

static size_t find_bucket(uint64_t ns)
{
	unsigned int shift;
	size_t bucket;

	if (ns < HISTOGRAM_PARTS)
		return ns;
	shift = 63 - (unsigned int)__builtin_clzll(ns) - PARTS_SHIFT;
	bucket = (size_t)shift * HISTOGRAM_PARTS + (ns >> shift);
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

uint64_t histogram_lower(size_t bucket)
{
	size_t shift = bucket / HISTOGRAM_PARTS;

	if (shift < 2)
		return bucket;
	return (uint64_t)(bucket % HISTOGRAM_PARTS + HISTOGRAM_PARTS) << (shift - 1);
}

void histogram_add(struct histogram *histogram, int64_t ns)
{
	if (!histogram->count || ns < histogram->min)
		histogram->min = ns;
	if (!histogram->count || ns > histogram->max)
		histogram->max = ns;
	histogram->count++;
	histogram->bucket[find_bucket(ns < 0 ? 0 : (uint64_t)ns)]++;
}

int64_t histogram_quantile(const struct histogram *histogram, double part)
{
	uint64_t wanted = (uint64_t)((double)histogram->count * part + 0.999999);
	uint64_t seen = 0;

	if (!histogram->count)
		return 0;
	if (!wanted)
		wanted = 1;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		int64_t upper = (int64_t)histogram_lower(i + 1) - 1;

		seen += histogram->bucket[i];
		if (seen >= wanted)
			return upper < histogram->max ? upper : histogram->max;
	}
	return histogram->max;
}
