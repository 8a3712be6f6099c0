// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: stats, how long forwarded calls take.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "stats.h"

/* What of them is printed, beside the least and the most. */
static const struct {
	const char *name;
	const char *key;
	double part;
} parts[] = {
	{ "median", "p50", 0.5 },
	{ "90%", "p90", 0.9 },
	{ "99%", "p99", 0.99 },
	{ "99.9%", "p999", 0.999 },
};

#define NR_PARTS (sizeof(parts) / sizeof(parts[0]))

const char *stats_name(unsigned int which)
{
	return which ? call_stage_names[which - 1] : "total";
}

void stats_print_time(char *text, size_t size, int64_t ns)
{
	if (ns < 1000 && ns > -1000)
		snprintf(text, size, "%d ns", (int)ns);
	else if (ns < 1000000 && ns > -1000000)
		snprintf(text, size, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000 && ns > -1000000000)
		snprintf(text, size, "%.1f ms", (double)ns / 1e6);
	else
		snprintf(text, size, "%.1f s", (double)ns / 1e9);
}

static void take(const struct call_event *event, void *to)
{
	struct stats *stats = to;

	stats->calls++;
	stats->errors += call_has_failed(event);
	/* What is not known in all of its stages would make the total look better than it is. */
	if (event->is_complete)
		histogram_add(&stats->times[0], call_total_ns(event));
	for (unsigned int i = 0; i < NR_STAGES; i++) {
		if (event->is_complete || i == STAGE_EXECUTE || i == STAGE_REPLY)
			histogram_add(&stats->times[1 + i], event->stage_ns[i]);
	}
}

static void print_row(FILE *out, const char *name, const struct histogram *times)
{
	char text[32];

	fprintf(out, "%-8s %9" PRIu64, name, times->count);
	stats_print_time(text, sizeof(text), times->min);
	fprintf(out, " %10s", text);
	for (size_t i = 0; i < NR_PARTS; i++) {
		stats_print_time(text, sizeof(text), histogram_quantile(times, parts[i].part));
		fprintf(out, " %10s", text);
	}
	stats_print_time(text, sizeof(text), times->max);
	fprintf(out, " %10s\n", text);
}

static void print(FILE *out, const struct stats *stats)
{
	fprintf(out, "%" PRIu64 " calls in %.1f s, %.1f in a second; %" PRIu64 " errors\n",
		stats->calls, stats->seconds, (double)stats->calls / stats->seconds, stats->errors);
	fprintf(out, "%-8s %9s %10s", "", "calls", "least");
	for (size_t i = 0; i < NR_PARTS; i++)
		fprintf(out, " %10s", parts[i].name);
	fprintf(out, " %10s\n", "most");
	for (unsigned int i = 0; i < NR_TIMES; i++)
		print_row(out, stats_name(i), &stats->times[i]);
}

static bool add_times(cJSON *object, const char *name, const struct histogram *times)
{
	cJSON *row = cJSON_AddObjectToObject(object, name);
	bool ok = row && cJSON_AddNumberToObject(row, "count", (double)times->count) &&
		  cJSON_AddNumberToObject(row, "min", (double)times->min);

	for (size_t i = 0; ok && i < NR_PARTS; i++)
		ok = cJSON_AddNumberToObject(row, parts[i].key,
					     (double)histogram_quantile(times, parts[i].part));
	return ok && cJSON_AddNumberToObject(row, "max", (double)times->max);
}

static void print_json(FILE *out, const struct stats *stats)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *times = NULL;
	char *text = NULL;

	if (cJSON_AddNumberToObject(object, "calls", (double)stats->calls) &&
	    cJSON_AddNumberToObject(object, "errors", (double)stats->errors) &&
	    cJSON_AddNumberToObject(object, "seconds", stats->seconds))
		times = cJSON_AddObjectToObject(object, "times_ns");
	for (unsigned int i = 0; times && i < NR_TIMES; i++) {
		if (!add_times(times, stats_name(i), &stats->times[i]))
			times = NULL;
	}
	if (times)
		text = cJSON_Print(object);
	fprintf(out, "%s\n", text ? text : "{\"error\":\"Cannot allocate memory\"}");
	cJSON_free(text);
	cJSON_Delete(object);
}

/* Write a file, or standard output or error. Return: exit status. */
static int write_to(const struct ctl *ctl, FILE *out, const char *path,
		    void (*write)(FILE *out, const struct stats *stats), const struct stats *stats)
{
	int failed;

	if (path)
		out = fopen(path, "we");
	if (!out)
		return ctl_fail(ctl, "'%s' cannot be written: %s; check the directory", path,
				strerror(errno));
	write(out, stats);
	failed = fflush(out) || ferror(out);
	if (path && fclose(out))
		failed = 1;
	return failed ? ctl_fail(ctl, "'%s' cannot be written: %s", path ? path : "the output",
				 strerror(errno)) :
			0;
}

int cmd_stats(struct ctl *ctl, int argc, char **argv)
{
	static struct stats stats;
	struct call_filter filter = { 0 };
	struct follow follow = { .ctl = ctl, .filter = &filter, .take = take, .to = &stats };
	const char *path = NULL, *plot = NULL;
	char **program;
	const struct option_spec options[] = {
		OPTION_FILTER_PEER(&filter),
		OPTION_FILTER_SLOT(&filter),
		OPTION_FILTER_LANE(&filter),
		OPTION_FILTER_CALLS(&filter),
		OPTION("duration", 'd', OPTION_NUMBER, &follow.duration_ms, .min = 1,
		       .max = UINT32_MAX),
		OPTION("output", 'o', OPTION_TEXT, &path),
		OPTION("plot", 'P', OPTION_TEXT, &plot),
		OPTION_END,
	};
	int status = ctl_options_rest(ctl, argc, argv, options, &program);
	struct follow_end end;

	if (!status)
		status = follow_check(ctl, &filter, program);
	if (status)
		return status;
	status = follow_run(&follow, program, &end);
	stats.seconds = end.seconds;
	if (status)
		return status;
	status = write_to(ctl, *program ? stderr : stdout, path, ctl->json ? print_json : print,
			  &stats);
	if (!status && plot)
		status = write_to(ctl, NULL, plot, stats_plot, &stats);
	return status ? status : end.status;
}
