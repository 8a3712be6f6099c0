/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: forwarded calls, from the module's trace point.
 */
#ifndef NIMBOS_CTL_CALL_TRACE_H
#define NIMBOS_CTL_CALL_TRACE_H

#include <sys/types.h>

#include "ctl.h"

/* As the trace point names them, in the order in which a call goes through them. */
enum call_stage {
	STAGE_ENQUEUE,
	STAGE_NOTIFY,
	STAGE_WAKE,
	STAGE_EXECUTE,
	STAGE_REPLY,
	STAGE_RESUME,
	NR_STAGES,
};

extern const char *const call_stage_names[NR_STAGES];

#define NR_WAITED (NIMBOS_WAITED_SLEEP + 1)

extern const char *const call_waited_names[NR_WAITED];

/**
 * struct call_event - a call
 * @peer: whose
 * @slot: of which process
 * @lane: of which of its threads
 * @nr: which call, in SCF
 * @args: its arguments
 * @result: what it returned, or a negative errno
 * @waited: how the worker had waited for it: enum nimbos_waited
 * @tid: of the shadow's worker
 * @at_ns: when it was shown, by Linux's trace clock
 * @is_complete: the peer has told when it was where; else only STAGE_EXECUTE and STAGE_REPLY are
 *	known
 * @stage_ns: how long each stage took
 * @is_pending: it has not been answered, and nothing from @result on is known
 */
struct call_event {
	uint32_t peer;
	uint32_t slot;
	uint32_t lane;
	uint32_t nr;
	uint64_t args[6];
	int64_t result;
	uint32_t waited;
	pid_t tid;
	uint64_t at_ns;
	bool is_complete;
	int64_t stage_ns[NR_STAGES];
	bool is_pending;
};

/* How long all of it took, as far as that is known. */
int64_t call_total_ns(const struct call_event *event);

/* Whether it returned an error. */
bool call_has_failed(const struct call_event *event);

/**
 * struct call_filter - which calls are wanted
 * @peer: of this peer only
 * @slot: of this slot only
 * @lane: of this lane only
 * @has_peer: @peer counts
 * @has_slot: @slot counts
 * @has_lane: @lane counts
 * @names: of these calls only, separated by commas; NULL for all
 */
struct call_filter {
	uint32_t peer;
	uint32_t slot;
	uint32_t lane;
	bool has_peer;
	bool has_slot;
	bool has_lane;
	const char *names;
};

/*
 * Whether there are all calls that are wanted, which is reported if not; or show all that there
 * are. Return: exit status, or CTL_DONE.
 */
int call_filter_check(const struct ctl *ctl, const struct call_filter *filter);

struct call_trace;

/**
 * call_trace_open() - make a trace of one's own, in which nothing happens yet
 * @ctl: of the command
 * @filter: which calls are wanted
 * @status: out: the exit status if that fails
 *
 * Return: the trace; NULL if that fails, which has been reported.
 */
struct call_trace *call_trace_open(const struct ctl *ctl, const struct call_filter *filter,
				   int *status);

/* From now on only calls of a process, and of those that it starts. Return: exit status. */
int call_trace_follow(struct call_trace *trace, pid_t pid);

/* Begin. Return: exit status. */
int call_trace_start(struct call_trace *trace);

/* No more calls are noted; what has come in can be taken. May be called by who takes. */
void call_trace_stop(struct call_trace *trace);

/**
 * call_trace_read() - take what has come in
 * @trace: the trace
 * @take: is given the calls, in the order in which they were shown; false if it wants no more, and
 *	some of those that have come in may be lost
 * @to: for @take
 *
 * Return: exit status.
 */
int call_trace_read(struct call_trace *trace,
		    bool (*take)(const struct call_event *event, void *to), void *to);

/* How many calls were lost, because they came faster than they were read. */
uint64_t call_trace_lost(const struct call_trace *trace);

/* End; nothing of it is left in Linux. */
void call_trace_close(struct call_trace *trace);

#endif /* NIMBOS_CTL_CALL_TRACE_H */
