// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: user interrupts of legacy peers. linux/nimbos_legacy.h has the facts.
 *
 * The peer posts to the slot's descriptor once it has asked where that is. From then on the worker
 * that receives is the thread behind it, whichever that is at the moment.
 */
#include <errno.h>

#include "../lib/uintr.h"
#include "legacy.h"
#include "log.h"

/* Return: the descriptor's physical address, or a negative errno. */
static int64_t begin(struct worker *worker)
{
	uint64_t upid;
	int error = nimbos_uintr_register_lane(nimbos_slot_fd(worker->shadow->slot),
					       (uintptr_t)nimbos_uintr_ignore, 0, &upid);

	if (error)
		return error;
	worker->uintr = true;
	nimbos_uintr_enable();
	/* Nobody is told whose rights do not go as far as the region. */
	return upid ? (int64_t)upid : -EPERM;
}

static void log_refusal(const struct worker *worker, const char *reason, int64_t error)
{
	static unsigned char told;
	char quoted[LOG_QUOTE_SIZE];

	if (!__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED))
		log_line(LOG_WARNING, "no user interrupts for the peer, it can go on by others",
			 "slot=%u reason=%s error=%lld", worker->shadow->legacy->attached.slot,
			 log_quote(quoted, reason), (long long)-error);
}

int64_t legacy_uintr_init(struct worker *worker)
{
	struct legacy *legacy = worker->shadow->legacy;
	enum waiting waiting = worker->shadow->waiting;
	int64_t upid;

	if (legacy->upid)
		return (int64_t)legacy->upid;
	if (waiting != WAITING_AUTO && waiting != WAITING_UINTR) {
		log_refusal(worker, "the shadow was told to wait without, by --wait", -EOPNOTSUPP);
		return -EOPNOTSUPP;
	}
	upid = begin(worker);
	if (upid < 0) {
		log_refusal(worker, waiting_what_is_missing(worker->shadow, (int)upid), upid);
		legacy_uintr_end(worker);
		return upid;
	}
	legacy->upid = (uint64_t)upid;
	log_line(LOG_DEBUG, "the peer notifies by user interrupts", "slot=%u upid=0x%llx",
		 legacy->attached.slot, (unsigned long long)legacy->upid);
	return upid;
}

void legacy_uintr_begin(struct worker *worker)
{
	int64_t upid;

	if (!worker->shadow->legacy->upid)
		return;
	upid = begin(worker);
	if (upid < 0)
		log_refusal(worker, waiting_what_is_missing(worker->shadow, (int)upid), upid);
}

void legacy_uintr_end(struct worker *worker)
{
	if (!worker->uintr)
		return;
	worker->uintr = false;
	nimbos_uintr_unregister(nimbos_slot_fd(worker->shadow->slot));
}
