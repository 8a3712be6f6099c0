// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: how long to wait before the next attempt.
 */
#include "backoff.h"

uint32_t backoff_next(struct backoff *backoff, uint64_t lasted_ms)
{
	uint32_t delay = backoff->next_ms;

	if (!delay || lasted_ms >= backoff->steady_ms)
		delay = backoff->from_ms;
	/* It may be that twice as much is no number. */
	backoff->next_ms = delay < backoff->to_ms / 2 ? 2 * delay : backoff->to_ms;
	return delay;
}
