/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: what all commands that look at forwarded calls do: they run a program, or look at all
 * of them, until there is a signal or the time is over.
 */
#ifndef NIMBOS_CTL_FOLLOW_H
#define NIMBOS_CTL_FOLLOW_H

#include "call_trace.h"

/**
 * struct follow - what a command does with calls
 * @ctl: of the command
 * @filter: which calls it wants
 * @take: is given the calls, in the order in which they were shown
 * @tick: is called whenever there is nothing more for the moment; returns an exit status, not 0 to
 *	end; may be NULL
 * @to: for both
 * @duration_ms: how long, without a program; 0 for ever
 */
struct follow {
	struct ctl *ctl;
	const struct call_filter *filter;
	void (*take)(const struct call_event *event, void *to);
	int (*tick)(void *to);
	void *to;
	uint32_t duration_ms;
};

/**
 * struct follow_end - how it ended
 * @status: how the program has ended, as an exit status; 0 without one
 * @seconds: for how long there could be calls
 */
struct follow_end {
	int status;
	double seconds;
};

/* The options by which a command's user says which calls; of a struct call_filter. */
#define OPTION_FILTER_PEER(filter) \
	OPTION("peer", 'p', OPTION_NUMBER, &(filter)->peer, .given = &(filter)->has_peer, \
	       .max = PEERS_ALL - 1)
#define OPTION_FILTER_SLOT(filter) \
	OPTION("slot", 's', OPTION_NUMBER, &(filter)->slot, .given = &(filter)->has_slot, \
	       .max = NIMBOS_SCF_MAX_SLOTS - 1)
#define OPTION_FILTER_LANE(filter) \
	OPTION("lane", 'l', OPTION_NUMBER, &(filter)->lane, .given = &(filter)->has_lane, \
	       .max = NIMBOS_SCF_MAX_LANES - 1)
#define OPTION_FILTER_CALLS(filter) OPTION("calls", 'e', OPTION_TEXT, &(filter)->names)

/*
 * Check that a program, if there is one, is 'run' with its arguments, and what call_filter_check()
 * does. Return: exit status, or CTL_DONE.
 */
int follow_check(const struct ctl *ctl, const struct call_filter *filter, char **program);

/**
 * follow_run() - do it
 * @follow: what to do
 * @program: 'run' and its arguments; or NULL at its begin
 * @end: out: how it ended
 *
 * Return: exit status; errors have been reported.
 */
int follow_run(const struct follow *follow, char **program, struct follow_end *end);

/* The time since some moment, in seconds. */
double follow_now(void);

#endif /* NIMBOS_CTL_FOLLOW_H */
