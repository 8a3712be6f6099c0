// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: how a worker waits for requests.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "shadow.h"

static const char *const names[] = {
	[WAITING_AUTO] = "auto",
	[WAITING_POLL] = "poll",
	[WAITING_UINTR] = "uintr",
	[WAITING_IRQ] = "irq",
};

bool waiting_parse(const char *name, enum waiting *waiting)
{
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*waiting = (enum waiting)i;
			return true;
		}
	}
	return false;
}

const char *waiting_what_is_missing(const struct shadow *shadow, int error)
{
	struct nimbos_query query;

	if (error != -EOPNOTSUPP ||
	    nimbos_query(nimbos_slot_fd(shadow->slot), shadow->shape.peer, &query))
		return nimbos_strerror(NIMBOS_CMD_UINTR_REGISTER_HANDLER, error);
	if (query.uintr == NIMBOS_UINTR_OK)
		return "the peer does not take part";
	return nimbos_uintr_state_name(query.uintr);
}

/* Whoever has asked for user interrupts is told, once, that it is not so. */
static void log_fallback(const struct worker *worker, int error)
{
	static unsigned char told;
	char quoted[LOG_QUOTE_SIZE];

	if (__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED))
		return;
	log_line(worker->shadow->waiting == WAITING_UINTR ? LOG_WARNING : LOG_DEBUG,
		 "no user interrupts, the worker waits for the kernel's",
		 "lane=%u reason=%s error=%d", worker->no,
		 log_quote(quoted, waiting_what_is_missing(worker->shadow, error)), -error);
}

/*
 * With user interrupts all the time, the time awake is spent waiting for one; else it is spent
 * looking at the ring, which is cheaper for the peer, and they come in where there is sleep.
 */
void waiting_start(struct worker *worker)
{
	enum waiting waiting = worker->shadow->waiting;
	uint64_t poll_ns = worker->shadow->poll_ns;
	int error;

	worker->poll_ns = waiting == WAITING_POLL ? UINT64_MAX : poll_ns;
	/* A legacy peer has no lanes, and asks for user interrupts by itself. */
	if (!worker->lane || (waiting != WAITING_AUTO && waiting != WAITING_UINTR))
		return;
	error = nimbos_lane_uintr_start(worker->lane, waiting == WAITING_UINTR ? poll_ns : 0);
	if (error) {
		log_fallback(worker, error);
		return;
	}
	if (waiting == WAITING_UINTR)
		worker->poll_ns = 0;
	log_line(LOG_DEBUG, "waits and notifies by user interrupts", "lane=%u", worker->no);
}

void waiting_stop(struct worker *worker)
{
	if (worker->lane)
		nimbos_lane_uintr_stop(worker->lane);
}
