// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: trace: a line for each kind of call.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "call_table.h"
#include "trace.h"

/**
 * struct kind - all calls with one number
 * @nr: the number
 * @calls: how many
 * @errors: how many of them returned an error
 * @time_ns: how long they took together
 * @complete: how many of them have all stages
 * @stage_ns: of these, how long each stage took together
 */
struct kind {
	uint32_t nr;
	uint64_t calls;
	uint64_t errors;
	int64_t time_ns;
	uint64_t complete;
	int64_t stage_ns[NR_STAGES];
};

struct trace_summary {
	size_t count;
	size_t room;
	struct kind *kinds;
	bool no_memory;
};

struct trace_summary *trace_summary_new(void)
{
	return calloc(1, sizeof(struct trace_summary));
}

static struct kind *find_kind(struct trace_summary *summary, uint32_t nr)
{
	struct kind *more;

	for (size_t i = 0; i < summary->count; i++) {
		if (summary->kinds[i].nr == nr)
			return &summary->kinds[i];
	}
	if (summary->count == summary->room) {
		more = reallocarray(summary->kinds, summary->room + 64, sizeof(*more));
		if (!more)
			return NULL;
		summary->kinds = more;
		summary->room += 64;
	}
	summary->kinds[summary->count] = (struct kind){ .nr = nr };
	return &summary->kinds[summary->count++];
}

void trace_summary_add(struct trace_summary *summary, const struct call_event *event)
{
	struct kind *kind = find_kind(summary, event->nr);

	if (!kind) {
		summary->no_memory = true;
		return;
	}
	kind->calls++;
	kind->errors += call_has_failed(event);
	kind->time_ns += call_total_ns(event);
	if (!event->is_complete)
		return;
	kind->complete++;
	for (int i = 0; i < NR_STAGES; i++)
		kind->stage_ns[i] += event->stage_ns[i];
}

/* What took longest comes first. */
static int compare(const void *left, const void *right)
{
	const struct kind *one = left, *other = right;

	if (one->time_ns != other->time_ns)
		return one->time_ns < other->time_ns ? 1 : -1;
	return one->nr < other->nr ? -1 : 1;
}

static struct kind sort(struct trace_summary *summary)
{
	struct kind all = { 0 };

	if (summary->count)
		qsort(summary->kinds, summary->count, sizeof(*summary->kinds), compare);
	for (size_t i = 0; i < summary->count; i++) {
		all.calls += summary->kinds[i].calls;
		all.errors += summary->kinds[i].errors;
		all.time_ns += summary->kinds[i].time_ns;
	}
	return all;
}

static double mean_us(int64_t ns, uint64_t count)
{
	return count ? (double)ns / (double)count / 1000 : 0;
}

static const char *name_of(const struct kind *kind)
{
	static char scratch[16];
	const char *name = call_find(kind->nr)->name;

	if (name)
		return name;
	snprintf(scratch, sizeof(scratch), "call_%" PRIu32, kind->nr);
	return scratch;
}

static void print_kind(FILE *out, const struct kind *kind, int64_t all_ns)
{
	fprintf(out, "%6.2f %11.6f %10.1f %9" PRIu64 " %9" PRIu64 " %-16s",
		all_ns ? (double)kind->time_ns * 100 / (double)all_ns : 0,
		(double)kind->time_ns / 1e9, mean_us(kind->time_ns, kind->calls), kind->calls,
		kind->errors, name_of(kind));
	for (int i = 0; i < NR_STAGES; i++)
		fprintf(out, " %8.1f", mean_us(kind->stage_ns[i], kind->complete));
	putc('\n', out);
}

void trace_summary_print(FILE *out, struct trace_summary *summary)
{
	struct kind all = sort(summary);

	fprintf(out, "%6s %11s %10s %9s %9s %-16s", "% time", "seconds", "us/call", "calls",
		"errors", "call");
	for (int i = 0; i < NR_STAGES; i++)
		fprintf(out, " %8s", call_stage_names[i]);
	putc('\n', out);
	for (size_t i = 0; i < summary->count; i++)
		print_kind(out, &summary->kinds[i], all.time_ns);
	fprintf(out, "%6.2f %11.6f %10.1f %9" PRIu64 " %9" PRIu64 " total\n", 100.0,
		(double)all.time_ns / 1e9, mean_us(all.time_ns, all.calls), all.calls, all.errors);
	if (summary->no_memory)
		fputs("not all calls are in it: there was no memory\n", out);
}

static bool add_kind(cJSON *array, const struct kind *kind)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *stages;
	bool ok;

	ok = cJSON_AddStringToObject(object, "call", name_of(kind)) &&
	     cJSON_AddNumberToObject(object, "nr", kind->nr) &&
	     cJSON_AddNumberToObject(object, "calls", (double)kind->calls) &&
	     cJSON_AddNumberToObject(object, "errors", (double)kind->errors) &&
	     cJSON_AddNumberToObject(object, "time_ns", (double)kind->time_ns);
	stages = ok ? cJSON_AddObjectToObject(object, "mean_stages_ns") : NULL;
	ok = stages;
	for (int i = 0; ok && kind->complete && i < NR_STAGES; i++)
		ok = cJSON_AddNumberToObject(stages, call_stage_names[i],
					     (double)kind->stage_ns[i] / (double)kind->complete);
	if (ok && cJSON_AddItemToArray(array, object))
		return true;
	cJSON_Delete(object);
	return false;
}

void trace_summary_print_json(FILE *out, struct trace_summary *summary)
{
	cJSON *array = cJSON_CreateArray();
	bool ok = array && !summary->no_memory;
	char *text;

	sort(summary);
	for (size_t i = 0; ok && i < summary->count; i++)
		ok = add_kind(array, &summary->kinds[i]);
	text = ok ? cJSON_Print(array) : NULL;
	fprintf(out, "%s\n", text ? text : "{\"error\":\"Cannot allocate memory\"}");
	cJSON_free(text);
	cJSON_Delete(array);
}

void trace_summary_free(struct trace_summary *summary)
{
	if (summary)
		free(summary->kinds);
	free(summary);
}
