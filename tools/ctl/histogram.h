/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: how times are distributed, at a precision of 1/32 of each.
 */
#ifndef NIMBOS_CTL_HISTOGRAM_H
#define NIMBOS_CTL_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Buckets for each power of two, itself one. */
#define HISTOGRAM_PARTS 32
/* Up to 2^41 ns, more than half an hour. */
#define HISTOGRAM_BUCKETS (HISTOGRAM_PARTS * 37)

/**
 * struct histogram - times in ns; all zero at first
 * @count: how many
 * @min: the least
 * @max: the most
 * @bucket: how many are in each bucket
 */
struct histogram {
	uint64_t count;
	int64_t min;
	int64_t max;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Add a time. What is less than nothing counts as nothing, but as @min. */
void histogram_add(struct histogram *histogram, int64_t ns);

/* What a part of them, 0 to 1, is not longer than; 0 if there are none. */
int64_t histogram_quantile(const struct histogram *histogram, double part);

/* The least time that belongs into a bucket, or that belongs into none before HISTOGRAM_BUCKETS. */
uint64_t histogram_lower(size_t bucket);

#endif /* NIMBOS_CTL_HISTOGRAM_H */
