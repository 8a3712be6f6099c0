/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: how long to wait before the next attempt: each time twice as long.
 */
#ifndef NIMBOS_CTL_BACKOFF_H
#define NIMBOS_CTL_BACKOFF_H

#include <stdint.h>

/**
 * struct backoff - delays
 * @from_ms: the first one
 * @to_ms: the longest one
 * @steady_ms: what has lasted so long was a success, after which it begins anew
 * @next_ms: the next one; 0 for the first
 */
struct backoff {
	uint32_t from_ms;
	uint32_t to_ms;
	uint32_t steady_ms;
	uint32_t next_ms;
};

/**
 * backoff_next() - something has failed again
 * @backoff: the delays
 * @lasted_ms: how long it was good until then
 *
 * Return: how long to wait, in ms.
 */
uint32_t backoff_next(struct backoff *backoff, uint64_t lasted_ms);

#endif /* NIMBOS_CTL_BACKOFF_H */
