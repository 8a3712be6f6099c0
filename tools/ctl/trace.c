// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: trace, which is for forwarded calls what strace is for others.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "follow.h"
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

int cmd_trace(struct ctl *ctl, int argc, char **argv)
{
	struct view view = { .ctl = ctl };
	struct call_filter filter = { 0 };
	const char *path = NULL;
	bool is_counted = false;
	char **program;
	const struct option_spec options[] = {
		OPTION_FILTER_PEER(&filter),
		OPTION_FILTER_SLOT(&filter),
		OPTION_FILTER_LANE(&filter),
		OPTION_FILTER_CALLS(&filter),
		OPTION("count", 'c', OPTION_FLAG, &is_counted),
		OPTION("output", 'o', OPTION_TEXT, &path),
		OPTION_END,
	};
	int status = ctl_options_rest(ctl, argc, argv, options, &program);

	if (!status)
		status = follow_check(ctl, program);
	if (status)
		return status;
	view.out = path ? fopen(path, "we") : *program ? stderr : stdout;
	if (!view.out)
		return ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	view.summary = is_counted ? trace_summary_new() : NULL;
	if (is_counted && !view.summary)
		status = ctl_fail(ctl, "%s", strerror(ENOMEM));
	else
		status = show(&view, &filter, program);
	trace_summary_free(view.summary);
	if (path && fclose(view.out) && !status)
		status = ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	return status;
}
