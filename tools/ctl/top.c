// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: top, what processes of peers forward at the moment.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "follow.h"
#include "histogram.h"
#include "stats.h"
#include "text.h"

/**
 * struct row - a process, in one picture
 * @peer: whose
 * @slot: its slot
 * @pid: of its shadow; 0 if that has ended
 * @command: its arguments, or how they begin
 * @lanes: those that have made calls, a bit for each
 * @errors: calls that returned an error
 * @waited: calls for which its workers waited in each way
 * @times: how long calls took, all of them
 */
struct row {
	uint32_t peer;
	uint32_t slot;
	pid_t pid;
	char command[48];
	uint64_t lanes;
	uint64_t errors;
	uint64_t waited[NR_WAITED];
	struct histogram times;
};

/**
 * struct top - what is shown
 * @ctl: of the command
 * @interval_ms: how long a picture takes
 * @number: how many are left; 0 for any number
 * @has_number: @number counts
 * @began: when the picture was begun, in seconds
 * @rows: the processes
 * @count: how many
 * @no_memory: there are more
 */
struct top {
	struct ctl *ctl;
	uint32_t interval_ms;
	uint32_t number;
	bool has_number;
	double began;
	struct row *rows;
	size_t count;
	bool no_memory;
};

/* Its arguments, each of which ends with a NUL. */
static void read_command(struct row *row)
{
	char path[64];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", row->pid);
	file = fopen(path, "re");
	if (file) {
		len = fread(row->command, 1, sizeof(row->command) - 1, file);
		fclose(file);
	}
	if (len && !row->command[len - 1])
		len--;
	row->command[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)row->command[i] < ' ')
			row->command[i] = ' ';
	}
	if (!len)
		strcpy(row->command, "-");
}

/* Who has this thread. */
static void find_process(struct row *row, pid_t tid)
{
	char path[64];
	char *status, *at;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	status = read_text(path);
	at = status ? strstr(status, "\nTgid:") : NULL;
	row->pid = at ? atoi(at + strlen("\nTgid:")) : 0;
	free(status);
	read_command(row);
}

static struct row *find_row(struct top *top, const struct call_event *event)
{
	struct row *more;

	for (size_t i = 0; i < top->count; i++) {
		if (top->rows[i].peer == event->peer && top->rows[i].slot == event->slot)
			return &top->rows[i];
	}
	more = reallocarray(top->rows, top->count + 1, sizeof(*more));
	if (!more)
		return NULL;
	top->rows = more;
	more += top->count++;
	*more = (struct row){ .peer = event->peer, .slot = event->slot };
	find_process(more, event->tid);
	return more;
}

static void take(const struct call_event *event, void *to)
{
	struct top *top = to;
	struct row *row = find_row(top, event);

	if (!row) {
		top->no_memory = true;
		return;
	}
	row->lanes |= 1ULL << (event->lane % 64);
	row->errors += call_has_failed(event);
	row->waited[event->waited]++;
	histogram_add(&row->times, call_total_ns(event));
}

/* What makes most calls comes first. */
static int compare(const void *left, const void *right)
{
	const struct row *one = left, *other = right;

	if (one->times.count != other->times.count)
		return one->times.count < other->times.count ? 1 : -1;
	if (one->peer != other->peer)
		return one->peer < other->peer ? -1 : 1;
	return one->slot < other->slot ? -1 : 1;
}

static void print_row(const struct row *row, double seconds)
{
	char median[32], tail[32], longest[32], pid[16] = "-";

	stats_print_time(median, sizeof(median), histogram_quantile(&row->times, 0.5));
	stats_print_time(tail, sizeof(tail), histogram_quantile(&row->times, 0.99));
	stats_print_time(longest, sizeof(longest), row->times.max);
	if (row->pid)
		snprintf(pid, sizeof(pid), "%d", row->pid);
	printf("%4" PRIu32 " %4" PRIu32 " %7s %7d %10.1f %8.1f %10s %10s %10s ", row->peer,
	       row->slot, pid, __builtin_popcountll(row->lanes), (double)row->times.count / seconds,
	       (double)row->errors / seconds, median, tail, longest);
	for (unsigned int i = 0; i < NR_WAITED; i++)
		printf(" %4.0f%%", 100.0 * (double)row->waited[i] / (double)row->times.count);
	printf("  %s\n", row->command);
}

static void print(const struct top *top, double seconds)
{
	uint64_t calls = 0, errors = 0;

	for (size_t i = 0; i < top->count; i++) {
		calls += top->rows[i].times.count;
		errors += top->rows[i].errors;
	}
	/* To the upper left corner, and erase all below. */
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	printf("%zu processes, %.1f calls and %.1f errors in a second\n", top->count,
	       (double)calls / seconds, (double)errors / seconds);
	printf("%4s %4s %7s %7s %10s %8s %10s %10s %10s  %5s %5s %5s  %s\n", "PEER", "SLOT", "PID",
	       "THREADS", "CALLS/S", "ERRORS/S", "MEDIAN", "99%", "MOST", "POLL", "UINTR", "SLEEP",
	       "COMMAND");
	for (size_t i = 0; i < top->count; i++)
		print_row(&top->rows[i], seconds);
}

static bool add_waited(cJSON *object, const struct row *row)
{
	cJSON *waited = cJSON_AddObjectToObject(object, "waited");
	bool ok = waited;

	for (unsigned int i = 0; ok && i < NR_WAITED; i++)
		ok = cJSON_AddNumberToObject(waited, call_waited_names[i],
					     (double)row->waited[i]);
	return ok;
}

static cJSON *row_json(const struct row *row, double seconds)
{
	cJSON *object = cJSON_CreateObject();

	if (cJSON_AddNumberToObject(object, "peer", row->peer) &&
	    cJSON_AddNumberToObject(object, "slot", row->slot) &&
	    cJSON_AddNumberToObject(object, "pid", row->pid) &&
	    cJSON_AddStringToObject(object, "command", row->command) &&
	    cJSON_AddNumberToObject(object, "threads", __builtin_popcountll(row->lanes)) &&
	    cJSON_AddNumberToObject(object, "calls", (double)row->times.count) &&
	    cJSON_AddNumberToObject(object, "errors", (double)row->errors) &&
	    cJSON_AddNumberToObject(object, "calls_per_s", (double)row->times.count / seconds) &&
	    cJSON_AddNumberToObject(object, "p50_ns",
				    (double)histogram_quantile(&row->times, 0.5)) &&
	    cJSON_AddNumberToObject(object, "p99_ns",
				    (double)histogram_quantile(&row->times, 0.99)) &&
	    cJSON_AddNumberToObject(object, "max_ns", (double)row->times.max) &&
	    add_waited(object, row))
		return object;
	cJSON_Delete(object);
	return NULL;
}

static void print_json(const struct top *top, double seconds)
{
	cJSON *array = cJSON_CreateArray();
	bool ok = array;
	char *text;

	for (size_t i = 0; ok && i < top->count; i++)
		ok = cJSON_AddItemToArray(array, row_json(&top->rows[i], seconds));
	text = ok ? cJSON_PrintUnformatted(array) : NULL;
	puts(text ? text : "{\"error\":\"Cannot allocate memory\"}");
	cJSON_free(text);
	cJSON_Delete(array);
}

/* Return: exit status, or CTL_DONE after the last picture. */
static int show(void *to)
{
	struct top *top = to;
	double seconds = follow_now() - top->began;

	if (seconds * 1000 < top->interval_ms)
		return 0;
	if (top->count)
		qsort(top->rows, top->count, sizeof(*top->rows), compare);
	if (top->ctl->json)
		print_json(top, seconds);
	else
		print(top, seconds);
	top->began += seconds;
	top->count = 0;
	if (fflush(stdout))
		return errno == EPIPE ? CTL_FAILED :
					ctl_fail(top->ctl, "the output: %s", strerror(errno));
	if (top->no_memory)
		return ctl_fail(top->ctl, "%s", strerror(ENOMEM));
	return top->has_number && !--top->number ? CTL_DONE : 0;
}

int cmd_top(struct ctl *ctl, int argc, char **argv)
{
	static char *no_program[] = { NULL };
	struct top top = { .ctl = ctl, .interval_ms = 1000 };
	struct call_filter filter = { 0 };
	const struct follow follow = {
		.ctl = ctl, .filter = &filter, .take = take, .tick = show, .to = &top,
	};
	const struct option_spec options[] = {
		OPTION_FILTER_PEER(&filter),
		OPTION_FILTER_SLOT(&filter),
		OPTION_FILTER_LANE(&filter),
		OPTION_FILTER_CALLS(&filter),
		OPTION("interval", 'i', OPTION_NUMBER, &top.interval_ms, .min = 100,
		       .max = 3600000),
		OPTION("number", 'n', OPTION_NUMBER, &top.number, .given = &top.has_number,
		       .min = 1, .max = UINT32_MAX),
		OPTION_END,
	};
	int status = ctl_options(ctl, argc, argv, options);
	struct follow_end end;

	if (status)
		return status;
	top.began = follow_now();
	status = follow_run(&follow, no_program, &end);
	free(top.rows);
	return status == CTL_DONE ? CTL_OK : status;
}
