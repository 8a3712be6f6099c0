/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: the time.
 */
#ifndef NIMBOS_CLOCK_H
#define NIMBOS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In ns; of any origin, but never set back. */
static inline uint64_t nimbos_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif /* NIMBOS_CLOCK_H */
