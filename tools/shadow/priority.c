// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: a worker has the priority of the thread that it works for.
 */
#include <errno.h>
#include <sched.h>

#include "log.h"
#include "shadow.h"

void priority_follow(struct worker *worker, uint8_t prio)
{
	static unsigned char told;
	struct sched_param param = { .sched_priority = prio };

	if (prio == worker->prio)
		return;
	/* Not tried again before it changes, whether or not Linux lets us. */
	worker->prio = prio;
	if (!sched_setscheduler(0, prio ? SCHED_FIFO : SCHED_OTHER, &param))
		return;
	if (!__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED))
		log_line(LOG_WARNING, "priorities cannot be taken over, CAP_SYS_NICE or "
				      "RLIMIT_RTPRIO is missing",
			 "lane=%u prio=%u error=%d", worker->no, prio, errno);
}
