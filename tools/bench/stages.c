// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench stages: how long each stage of a null call takes, for each way to wait, from the
 * trace point nimbos:nimbos_call; and that of a peer of SCF version 2, which has no place to tell
 * Linux where it was when: its program's notes are put together with what the trace point says.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tracefs.h>

#include <linux/nimbos_legacy.h>
#include <linux/nimbos_scf.h>

#include "bench.h"
#include "guest.h"

#define SYSTEM "nimbos"
#define EVENT "nimbos_call"
#define CALLS 2000
/* As many as the program of version 2 can note. */
#define LEGACY_CALLS 1000
#define NR_NULL_V2 NIMBOS_LEGACY_NR(2, NIMBOS_LEGACY_V2_IPI_INIT)
/* For all events, in KiB. */
#define BUFFER_SIZE 4096

const char *const stages[NR_STAGES] = {
	"enqueue", "notify", "wake", "execute", "reply", "resume",
};

#define ROW_V2 NR_WAYS

static struct series all[NR_STAGE_ROWS][NR_STAGES];

const char *stages_row(int row)
{
	return row == ROW_V2 ? "irq_v2" : ways[row].key;
}

/* The stages of a null call whose peer has told all of it. Return: not 0 to stop. */
static int take(struct tep_event *event, struct tep_record *record, int cpu, void *to)
{
	struct series *series = to;
	unsigned long long nr, begin, ns[NR_STAGES];
	size_t i;

	(void)cpu;
	if (strcmp(event->name, EVENT))
		return 0;
	if (tep_get_field_val(NULL, event, "nr", record, &nr, 0) ||
	    tep_get_field_val(NULL, event, "begin", record, &begin, 0))
		return -1;
	if (nr != NIMBOS_SCF_NR_NOP || !begin)
		return 0;
	for (i = 0; i < NR_STAGES; i++) {
		if (tep_get_field_val(NULL, event, stages[i], record, &ns[i], 0))
			return -1;
	}
	for (i = 0; i < NR_STAGES; i++)
		series_add(&series[i], (long long)ns[i]);
	return 0;
}

/* Return: 0, or -1 with errno or without. */
static int trace_way(struct tracefs_instance *instance, struct tep_handle *tep, int which,
		     const int cpus[2])
{
	int ret;

	if (tracefs_event_enable(instance, SYSTEM, EVENT))
		return -1;
	ret = run_way(&ways[which], cpus, CALLS);
	if (tracefs_event_disable(instance, SYSTEM, EVENT) || ret)
		return -1;
	/* What has been read is gone: the next way begins with none. */
	ret = tracefs_iterate_raw_events(tep, instance, NULL, 0, take, all[which]);
	if (!ret && all[which][0].n >= CALLS)
		return 0;
	fprintf(stderr, "nimbos-bench: stages: %s: %zu of %d calls were seen\n", ways[which].key,
		all[which][0].n, CALLS);
	return -1;
}

/* Linux's part of calls of version 2, in the order in which they came. */
struct legacy_trace {
	size_t n;
	struct legacy_part {
		double taken;
		double execute;
		double reply;
	} part[2 * LEGACY_CALLS];
};

static int take_legacy(struct tep_event *event, struct tep_record *record, int cpu, void *to)
{
	struct legacy_trace *trace = to;
	unsigned long long nr, taken, execute, reply;

	(void)cpu;
	if (strcmp(event->name, EVENT))
		return 0;
	if (tep_get_field_val(NULL, event, "nr", record, &nr, 0) ||
	    tep_get_field_val(NULL, event, "taken", record, &taken, 0) ||
	    tep_get_field_val(NULL, event, stages[EXECUTE], record, &execute, 0) ||
	    tep_get_field_val(NULL, event, stages[REPLY], record, &reply, 0))
		return -1;
	if (nr != NR_NULL_V2)
		return 0;
	if (trace->n == sizeof(trace->part) / sizeof(trace->part[0]))
		return -1;
	trace->part[trace->n++] = (struct legacy_part){
		.taken = cycles_to_ns(taken),
		.execute = (double)(long long)execute,
		.reply = (double)(long long)reply,
	};
	return 0;
}

/* Return: whether it is the same call: Linux had it while the program waited for it. */
static bool add_legacy(const struct legacy_call *call, const struct legacy_part *part)
{
	double begin = cycles_to_ns(call->begin), queued = cycles_to_ns(call->queued);
	double notified = cycles_to_ns(call->notified), resumed = cycles_to_ns(call->resumed);
	struct series *series = all[ROW_V2];

	if (part->taken < queued || part->taken + part->execute > resumed)
		return false;
	series_add(&series[ENQUEUE], queued - begin);
	series_add(&series[NOTIFY], notified - queued);
	series_add(&series[WAKE], part->taken - notified);
	series_add(&series[EXECUTE], part->execute);
	series_add(&series[REPLY], part->reply);
	series_add(&series[RESUME], resumed - (part->taken + part->execute + part->reply));
	return true;
}

/* The last calls are those that were noted: before them, the peer has asked where to notify. */
static int trace_legacy(struct tracefs_instance *instance, struct tep_handle *tep, int cpu)
{
	static struct legacy_call calls[LEGACY_CALLS];
	static struct legacy_trace trace;
	size_t first, i;
	int ret;

	if (tracefs_event_enable(instance, SYSTEM, EVENT))
		return -1;
	ret = run_legacy(cpu, calls, LEGACY_CALLS);
	if (tracefs_event_disable(instance, SYSTEM, EVENT) || ret ||
	    tracefs_iterate_raw_events(tep, instance, NULL, 0, take_legacy, &trace))
		return -1;
	if (trace.n < LEGACY_CALLS) {
		fprintf(stderr, "nimbos-bench: stages: version 2: %zu of %d calls were seen\n",
			trace.n, LEGACY_CALLS);
		return -1;
	}
	first = trace.n - LEGACY_CALLS;
	for (i = 0; i < LEGACY_CALLS; i++) {
		if (!add_legacy(&calls[i], &trace.part[first + i])) {
			fprintf(stderr, "nimbos-bench: stages: version 2: what was seen of call "
					"%zu is that of another\n", i);
			return -1;
		}
	}
	return 0;
}

static int trace_all(const int cpus[2])
{
	static const char *const systems[] = { SYSTEM, NULL };
	struct tep_handle *tep = tracefs_local_events_system(NULL, systems);
	struct tracefs_instance *instance = tracefs_instance_create("nimbos-bench");
	int ret = -1, i;

	if (!tep || !instance || tracefs_instance_set_buffer_size(instance, BUFFER_SIZE, -1))
		fprintf(stderr, "nimbos-bench: stages: tracefs: %s; is nimbos.ko loaded?\n",
			strerror(errno));
	else
		ret = 0;
	for (i = 0; i < NR_WAYS && !ret; i++)
		ret = trace_way(instance, tep, i, cpus);
	if (!ret)
		ret = trace_legacy(instance, tep, cpus[1]);
	if (instance) {
		tracefs_instance_destroy(instance);
		tracefs_instance_free(instance);
	}
	tep_free(tep);
	return ret;
}

/* Medians, and of the whole: what one in a hundred calls exceeds in each stage. */
static void print_table(double part, const char *what)
{
	size_t i, k;

	printf("%-16s", what);
	for (k = 0; k < NR_STAGES; k++)
		printf(" %9s", stages[k]);
	putchar('\n');
	for (i = 0; i < NR_STAGE_ROWS; i++) {
		printf("%-16s", stages_row((int)i));
		for (k = 0; k < NR_STAGES; k++)
			printf(" %9.0f", series_quantile(&all[i][k], 0, part));
		putchar('\n');
	}
}

static int report_all(const struct bench_options *options)
{
	struct bench_report *report = bench_report_open(options->json);
	char key[64], what[64];
	size_t i, k;

	if (!report)
		return -1;
	for (i = 0; i < NR_STAGE_ROWS; i++) {
		const char *row = stages_row((int)i);

		for (k = 0; k < NR_STAGES; k++) {
			struct series *series = &all[i][k];

			snprintf(key, sizeof(key), "stage_%s_%s", row, stages[k]);
			snprintf(what, sizeof(what), "stage: %s, %s", row, stages[k]);
			bench_report_stats(report, key, what, "ns",
					   bench_stats(series->at, series->n));
		}
	}
	return bench_report_close(report);
}

int bench_stages(const struct bench_options *options)
{
	if (clock_init() || set_third_cpu(false) || pin(options->cpus[0]) ||
	    trace_all(options->cpus))
		return 1;
	if (options->json)
		return report_all(options) ? 1 : 0;
	print_table(0.5, "median, ns");
	print_table(0.99, "99th of 100, ns");
	return 0;
}
