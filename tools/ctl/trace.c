// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: trace, which is for forwarded calls what strace is for others.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "follow.h"
#include "pending.h"
#include "trace.h"

/**
 * struct view - how calls are shown
 * @ctl: of the command
 * @out: where
 * @summary: instead of lines; NULL for lines
 */
struct view {
	struct ctl *ctl;
	FILE *out;
	struct trace_summary *summary;
};

static void take(const struct call_event *event, void *to)
{
	struct view *view = to;

	if (view->summary)
		trace_summary_add(view->summary, event);
	else if (view->ctl->json)
		trace_print_json(view->out, event);
	else
		trace_print_line(view->out, event);
}

static int flush(void *of)
{
	struct view *view = of;

	if (!fflush(view->out) && !ferror(view->out))
		return 0;
	/* A reader who has seen enough knows. */
	return errno == EPIPE ? CTL_FAILED :
				ctl_fail(view->ctl, "the output: %s", strerror(errno));
}

/* Return: exit status. */
static int show(struct view *view, const struct call_filter *filter, char **program)
{
	const struct follow follow = {
		.ctl = view->ctl, .filter = filter, .take = take, .tick = flush, .to = view,
	};
	struct follow_end end;
	int status;

	status = follow_run(&follow, program, &end);
	if (!view->summary)
		return status ? status : end.status;
	if (view->ctl->json)
		trace_summary_print_json(view->out, view->summary);
	else
		trace_summary_print(view->out, view->summary);
	if (!status)
		status = flush(view);
	return status ? status : end.status;
}

/* Whether a peer is still what it was, so that there is nothing odd about its memory. */
static bool still_runs(const struct view *view, const struct nimbos_query *query)
{
	struct peers now;

	return !peers_query(view->ctl, query->peer, &now) &&
	       now.query[0].state == NIMBOS_PEER_RUNNING &&
	       now.query[0].incarnation == query->incarnation;
}

/* Return: exit status. */
static int show_pending_of(struct view *view, const struct call_filter *filter,
			   const struct nimbos_query *query)
{
	struct pending pending = {
		.peer = query->peer,
		.region_size = query->region_size,
		.filter = filter,
		.take = take,
		.to = view,
	};
	int error;

	/* Slots die with their peer. */
	if (query->state != NIMBOS_PEER_RUNNING)
		return 0;
	if (query->legacy != NIMBOS_LEGACY_NONE)
		return ctl_fail(view->ctl, "peer %u is a legacy peer, whose memory does not tell; "
					   "trace it without --pending",
				query->peer);
	pending.region = ctl_open_debugfs(view->ctl, query->peer, "region");
	if (pending.region < 0)
		return CTL_FAILED;
	error = pending_calls(&pending);
	close(pending.region);
	if (!error || !still_runs(view, query))
		return 0;
	if (error != -EPROTO && error != -ENODATA)
		return ctl_fail(view->ctl, "the memory of peer %u cannot be read: %s", query->peer,
				strerror(-error));
	return ctl_fail(view->ctl,
			"peer %u: the board in its memory makes no sense, and calls may be missing; "
			"the peer has written there, look at it with 'nimbosctl dump'",
			query->peer);
}

/* Return: exit status; what cannot be shown of one peer hides no other's calls. */
static int show_pending(struct view *view, const struct call_filter *filter)
{
	struct peers peers;
	int status = peers_query(view->ctl, filter->has_peer ? filter->peer : PEERS_ALL, &peers);

	if (status)
		return status;
	for (unsigned int i = 0; i < peers.count; i++)
		if (show_pending_of(view, filter, &peers.query[i]))
			status = CTL_FAILED;
	return flush(view) ? CTL_FAILED : status;
}

int cmd_trace(struct ctl *ctl, int argc, char **argv)
{
	struct view view = { .ctl = ctl };
	struct call_filter filter = { 0 };
	const char *path = NULL;
	bool is_counted = false, is_pending = false;
	char **program;
	const struct option_spec options[] = {
		OPTION_FILTER_PEER(&filter),
		OPTION_FILTER_SLOT(&filter),
		OPTION_FILTER_LANE(&filter),
		OPTION_FILTER_CALLS(&filter),
		OPTION("count", 'c', OPTION_FLAG, &is_counted),
		OPTION("pending", 'P', OPTION_FLAG, &is_pending),
		OPTION("output", 'o', OPTION_TEXT, &path),
		OPTION_END,
	};
	int status = ctl_options_rest(ctl, argc, argv, options, &program);

	if (!status)
		status = follow_check(ctl, &filter, program);
	if (!status && is_pending && (is_counted || *program))
		status = ctl_usage(ctl, "--pending is for calls that others have made before; "
					"leave --count and the program away");
	if (status)
		return status;
	view.out = path ? fopen(path, "we") : *program ? stderr : stdout;
	if (!view.out)
		return ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	view.summary = is_counted ? trace_summary_new() : NULL;
	if (is_counted && !view.summary)
		status = ctl_fail(ctl, "%s", strerror(ENOMEM));
	else if (is_pending)
		status = show_pending(&view, &filter);
	else
		status = show(&view, &filter, program);
	trace_summary_free(view.summary);
	if (path && fclose(view.out) && !status)
		status = ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	return status;
}
