// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: telling of calls that were refused.
 */
#include <errno.h>
#include <sys/mman.h>

#include "../lib/clock.h"
#include "log.h"
#include "shadow.h"

/* So many lines at once, and one more after so many ns each. */
#define BURST 32
#define INTERVAL_NS 500000000ULL

/**
 * struct bucket - how much has been logged, by a shadow and all that come of it by forks
 * @full: the time at which it will be full again, which goes up with each line
 * @suppressed: lines that have not been logged since the last one that was
 */
struct bucket {
	uint64_t full;
	unsigned int suppressed;
};

static struct bucket *bucket;

int refusal_init(void)
{
	void *page = mmap(NULL, sizeof(*bucket), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -errno;
	bucket = page;
	return 0;
}

static bool may_log(void)
{
	uint64_t now = nimbos_now_ns();
	uint64_t old = __atomic_load_n(&bucket->full, __ATOMIC_RELAXED);
	uint64_t new;

	do {
		new = (old > now ? old : now) + INTERVAL_NS;
		if (new > now + BURST * INTERVAL_NS) {
			__atomic_add_fetch(&bucket->suppressed, 1, __ATOMIC_RELAXED);
			return false;
		}
	} while (!__atomic_compare_exchange_n(&bucket->full, &old, new, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

static const char *reason(const struct caller *caller, int64_t result)
{
	static const char *const reasons[] = {
		[REFUSED_ALWAYS] = "is never forwarded",
		[REFUSED_UNKNOWN] = "no such call",
		[REFUSED_ELSEWHERE] = "is not forwarded",
		[REFUSED_BY_POLICY] = "not in the policy",
		[REFUSED_POINTER] = "a pointer leads out of the window",
		[REFUSED_COMMAND] = "its command is never forwarded",
		[REFUSED_DESCRIPTOR] = "a descriptor is the shadow's own",
	};

	if (!caller->policy && caller->refusal > REFUSED_UNKNOWN)
		return NULL;
	if (caller->refusal)
		return reasons[caller->refusal];
	/* A policy is enforced by Linux, too. */
	if (caller->policy && (result == -EACCES || result == -EPERM))
		return caller->string ? "outside of the policy's directories, or as its modes say" :
					"its user or its limits have no right to";
	return NULL;
}

void refusal_log(const struct worker *worker, unsigned int nr, int64_t result)
{
	const struct caller *caller = &worker->caller;
	const char *why = reason(caller, result);
	const char *name = call_lookup(nr)->name;
	char quoted[LOG_QUOTE_SIZE], path[LOG_QUOTE_SIZE];

	if (!why || !may_log())
		return;
	log_line(LOG_WARNING, "call refused",
		 "lane=%u nr=%u call=%s reason=%s path=%s error=%d suppressed=%u", worker->no, nr,
		 name ? name : "-", log_quote(quoted, why),
		 caller->refusal || !caller->string ? "-" : log_quote(path, caller->string),
		 result < 0 ? (int)-result : 0,
		 __atomic_exchange_n(&bucket->suppressed, 0, __ATOMIC_RELAXED));
}
