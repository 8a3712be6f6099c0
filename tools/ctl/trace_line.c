// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: trace: a line for each call.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "call_table.h"
#include "trace.h"

#define ARG_SIZE 256

static bool is_error(const struct call_event *event)
{
	return call_has_failed(event) && strerrorname_np((int)-event->result);
}

static const char *name_of(const struct call_event *event, char *scratch, size_t size)
{
	const char *name = call_find(event->nr)->name;

	if (name)
		return name;
	snprintf(scratch, size, "call_%" PRIu32, event->nr);
	return scratch;
}

static void print_args(FILE *out, const struct call_event *event)
{
	unsigned int count = call_count_args(event->nr, event->args);
	char text[ARG_SIZE];

	for (unsigned int i = 0; i < count; i++) {
		call_print_arg(text, sizeof(text), event->nr, i, event->args[i]);
		fprintf(out, "%s%s", i ? ", " : "", text);
	}
}

static void print_result(FILE *out, const struct call_event *event)
{
	int error = (int)-event->result;

	if (is_error(event))
		fprintf(out, "-1 %s (%s)", strerrorname_np(error), strerrordesc_np(error));
	else if (event->result >= INT32_MIN && event->result <= INT32_MAX)
		fprintf(out, "%" PRId64, event->result);
	else
		fprintf(out, "0x%" PRIx64, (uint64_t)event->result);
}

static double us(int64_t ns)
{
	return (double)ns / 1000;
}

static void print_stages(FILE *out, const struct call_event *event)
{
	fprintf(out, "<%.1f us:", us(call_total_ns(event)));
	for (int i = 0; i < NR_STAGES; i++) {
		if (event->is_complete || i == STAGE_EXECUTE || i == STAGE_REPLY)
			fprintf(out, " %s %.1f", call_stage_names[i], us(event->stage_ns[i]));
	}
	fputs(">\n", out);
}

void trace_print_line(FILE *out, const struct call_event *event)
{
	char scratch[16];

	fprintf(out, "%" PRIu32 ".%" PRIu32 ".%" PRIu32 " %s(", event->peer, event->slot,
		event->lane, name_of(event, scratch, sizeof(scratch)));
	print_args(out, event);
	fputs(") = ", out);
	if (event->is_pending) {
		fputs("?\n", out);
		return;
	}
	print_result(out, event);
	fputs(" ", out);
	print_stages(out, event);
}

/* In words; and all six as they were. */
static bool add_args(cJSON *object, const struct call_event *event)
{
	unsigned int count = call_count_args(event->nr, event->args);
	cJSON *args = cJSON_AddArrayToObject(object, "args");
	cJSON *raw = cJSON_AddArrayToObject(object, "raw_args");
	bool ok = args && raw;
	char text[ARG_SIZE];

	for (unsigned int i = 0; ok && i < count; i++) {
		call_print_arg(text, sizeof(text), event->nr, i, event->args[i]);
		ok = cJSON_AddItemToArray(args, cJSON_CreateString(text));
	}
	for (unsigned int i = 0; ok && i < 6; i++) {
		snprintf(text, sizeof(text), "0x%" PRIx64, event->args[i]);
		ok = cJSON_AddItemToArray(raw, cJSON_CreateString(text));
	}
	return ok;
}

static bool add_stages(cJSON *object, const struct call_event *event)
{
	cJSON *stages = cJSON_AddObjectToObject(object, "stages_ns");
	bool ok = stages;

	for (int i = 0; ok && i < NR_STAGES; i++) {
		if (event->is_complete || i == STAGE_EXECUTE || i == STAGE_REPLY)
			ok = cJSON_AddNumberToObject(stages, call_stage_names[i],
						     (double)event->stage_ns[i]);
	}
	return ok;
}

/* A number that JSON's readers may not be able to hold is a text, as arguments are. */
static bool add_result(cJSON *object, const struct call_event *event)
{
	char text[32];

	if (event->result >= -(1LL << 53) && event->result <= 1LL << 53)
		return cJSON_AddNumberToObject(object, "result", (double)event->result);
	snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)event->result);
	return cJSON_AddStringToObject(object, "result", text);
}

/* What is known once it has been answered. */
static bool add_answer(cJSON *object, const struct call_event *event)
{
	return add_result(object, event) &&
	       (!is_error(event) ||
		cJSON_AddStringToObject(object, "error", strerrorname_np((int)-event->result))) &&
	       cJSON_AddStringToObject(object, "waited", call_waited_names[event->waited]) &&
	       add_stages(object, event);
}

void trace_print_json(FILE *out, const struct call_event *event)
{
	cJSON *object = cJSON_CreateObject();
	char scratch[16];
	char *text = NULL;

	if ((event->is_pending ||
	     cJSON_AddNumberToObject(object, "time_ns", (double)event->at_ns)) &&
	    cJSON_AddNumberToObject(object, "peer", event->peer) &&
	    cJSON_AddNumberToObject(object, "slot", event->slot) &&
	    cJSON_AddNumberToObject(object, "lane", event->lane) &&
	    cJSON_AddNumberToObject(object, "nr", event->nr) &&
	    cJSON_AddStringToObject(object, "call", name_of(event, scratch, sizeof(scratch))) &&
	    add_args(object, event) &&
	    (event->is_pending ? !!cJSON_AddTrueToObject(object, "pending") :
				 add_answer(object, event)))
		text = cJSON_PrintUnformatted(object);
	fprintf(out, "%s\n", text ? text : "{\"error\":\"Cannot allocate memory\"}");
	cJSON_free(text);
	cJSON_Delete(object);
}
