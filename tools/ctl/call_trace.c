// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: forwarded calls, from the module's trace point, by libtracefs.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tracefs.h>
#include <unistd.h>

#include "call_table.h"
#include "call_trace.h"

#define SYSTEM "nimbos"
#define EVENT "nimbos_call"
#define INSTANCE "nimbosctl-"
/* For each CPU, in KiB: a second of calls as fast as they can be. */
#define BUFFER_SIZE 4096
/* The kernel takes a page. */
#define FILTER_SIZE 4096
/* As Linux has it. */
#define MAX_ERRNO 4095

const char *const call_stage_names[NR_STAGES] = {
	[STAGE_ENQUEUE] = "enqueue", [STAGE_NOTIFY] = "notify", [STAGE_WAKE] = "wake",
	[STAGE_EXECUTE] = "execute", [STAGE_REPLY] = "reply",	[STAGE_RESUME] = "resume",
};

const char *const call_waited_names[NR_WAITED] = {
	[NIMBOS_WAITED_POLL] = "poll",
	[NIMBOS_WAITED_UINTR] = "uintr",
	[NIMBOS_WAITED_SLEEP] = "sleep",
};

/**
 * struct call_trace - a trace
 * @ctl: of the command
 * @tep: what the trace point's records look like
 * @instance: buffers of its own
 * @lost: calls that were lost
 * @is_strange: a record was not what it should be
 * @take: who is given the calls
 * @to: for @take
 */
struct call_trace {
	const struct ctl *ctl;
	struct tep_handle *tep;
	struct tracefs_instance *instance;
	uint64_t lost;
	bool is_strange;
	bool (*take)(const struct call_event *event, void *to);
	void *to;
};

int64_t call_total_ns(const struct call_event *event)
{
	int64_t total = 0;

	if (!event->is_complete)
		return event->stage_ns[STAGE_EXECUTE] + event->stage_ns[STAGE_REPLY];
	for (int i = 0; i < NR_STAGES; i++)
		total += event->stage_ns[i];
	return total;
}

bool call_has_failed(const struct call_event *event)
{
	return event->result < 0 && event->result >= -MAX_ERRNO;
}

/* Whoever was killed could not take its instance away; while it is there, calls are slower. */
static void clean_up(void)
{
	char **names = tracefs_instances("^" INSTANCE "[0-9][0-9]*$");

	for (char **name = names; name && *name; name++) {
		pid_t pid = atoi(*name + sizeof(INSTANCE) - 1);
		struct tracefs_instance *instance;

		if (!kill(pid, 0) || errno != ESRCH)
			continue;
		instance = tracefs_instance_alloc(NULL, *name);
		if (!instance)
			continue;
		tracefs_instance_destroy(instance);
		tracefs_instance_free(instance);
	}
	tracefs_list_free(names);
}

/* Return: false if there is no room. */
__attribute__((format(printf, 2, 3))) static bool add(char *filter, const char *format, ...)
{
	size_t used = strlen(filter);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(filter + used, FILTER_SIZE - used, format, args);
	va_end(args);
	return len >= 0 && (size_t)len < FILTER_SIZE - used;
}

static bool add_field(char *filter, bool is_wanted, const char *name, uint32_t value)
{
	return !is_wanted || add(filter, "%s%s == %u", *filter ? " && " : "", name, value);
}

static int check_names(const struct ctl *ctl, const char *names)
{
	char *copy = strdup(names), *rest = copy;
	int status = copy ? 0 : ctl_fail(ctl, "%s", strerror(ENOMEM));
	char *name;

	while (!status && (name = strsep(&rest, ",")))
		if (call_next(name, -1) < 0)
			status = ctl_usage(ctl,
					   "--calls: there is no call '%s'; --calls=help shows "
					   "which there are",
					   name);
	free(copy);
	return status;
}

int call_filter_check(const struct ctl *ctl, const struct call_filter *filter)
{
	if (!filter->names)
		return 0;
	if (strcmp(filter->names, "help"))
		return check_names(ctl, filter->names);
	call_print_names(stdout);
	return CTL_DONE;
}

/* Return: false if there is no room. */
static bool add_calls(char *filter, const char *names)
{
	char *copy = strdup(names), *rest = copy;
	bool fits = copy && add(filter, "%s(", *filter ? " && " : "");
	const char *before = "";
	char *name;

	while (fits && (name = strsep(&rest, ","))) {
		for (int nr = call_next(name, -1); fits && nr >= 0; nr = call_next(name, nr)) {
			fits = add(filter, "%snr == %d", before, nr);
			before = " || ";
		}
	}
	free(copy);
	return fits && add(filter, ")");
}

/* Return: exit status. */
static int make_filter(const struct ctl *ctl, const struct call_filter *wanted, char *filter)
{
	filter[0] = '\0';
	add_field(filter, wanted->has_peer, "peer", wanted->peer);
	add_field(filter, wanted->has_slot, "slot", wanted->slot);
	add_field(filter, wanted->has_lane, "lane", wanted->lane);
	if (wanted->names && !add_calls(filter, wanted->names))
		return ctl_usage(ctl, "--calls: that is more calls than Linux has room for; name "
				      "fewer, or none for all");
	return 0;
}

static int fail(const struct ctl *ctl, const char *what)
{
	int error = errno;

	if (error == EACCES || error == EPERM)
		return ctl_fail(ctl, "tracefs, %s: %s; run this as root", what, strerror(error));
	return ctl_fail(ctl, "tracefs, %s: %s; is it mounted on /sys/kernel/tracing?", what,
			strerror(error));
}

/* Return: exit status. */
static int make_instance(struct call_trace *trace, const char *filter)
{
	static const char *const systems[] = { SYSTEM, NULL };
	char name[32];

	snprintf(name, sizeof(name), INSTANCE "%d", getpid());
	errno = 0;
	if (!tracefs_tracing_dir())
		return fail(trace->ctl, "its directory");
	clean_up();
	trace->instance = tracefs_instance_create(name);
	if (!trace->instance)
		return fail(trace->ctl, "an instance");
	if (!tracefs_event_file_exists(trace->instance, SYSTEM, EVENT, "enable"))
		return ctl_fail(trace->ctl,
				"there is no trace point " SYSTEM ":" EVENT
				"; load the module with 'modprobe nimbos'");
	trace->tep = tracefs_local_events_system(NULL, systems);
	if (!trace->tep)
		return fail(trace->ctl, "its events");
	if (tracefs_instance_set_buffer_size(trace->instance, BUFFER_SIZE, -1))
		return fail(trace->ctl, "buffers");
	if (*filter &&
	    tracefs_event_file_write(trace->instance, SYSTEM, EVENT, "filter", filter) < 0)
		return fail(trace->ctl, "a filter");
	return 0;
}

struct call_trace *call_trace_open(const struct ctl *ctl, const struct call_filter *filter,
				   int *status)
{
	struct call_trace *trace = calloc(1, sizeof(*trace));
	char text[FILTER_SIZE];

	if (!trace) {
		*status = ctl_fail(ctl, "%s", strerror(ENOMEM));
		return NULL;
	}
	trace->ctl = ctl;
	/* It would say on standard error what is said here better. */
	tracefs_set_loglevel(TEP_LOG_NONE);
	*status = make_filter(ctl, filter, text);
	if (!*status)
		*status = make_instance(trace, text);
	if (!*status)
		return trace;
	call_trace_close(trace);
	return NULL;
}

int call_trace_follow(struct call_trace *trace, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	/* Its threads, too: workers show the calls. */
	if (tracefs_option_enable(trace->instance, TRACEFS_OPTION_EVENT_FORK) ||
	    tracefs_instance_file_write(trace->instance, "set_event_pid", text) < 0)
		return fail(trace->ctl, "a process to follow");
	return 0;
}

int call_trace_start(struct call_trace *trace)
{
	if (tracefs_event_enable(trace->instance, SYSTEM, EVENT))
		return fail(trace->ctl, "the trace point");
	return 0;
}

void call_trace_stop(struct call_trace *trace)
{
	tracefs_event_disable(trace->instance, SYSTEM, EVENT);
}

static bool read_event(struct tep_event *event, struct tep_record *record, struct call_event *call)
{
	unsigned long long peer, slot, lane, nr, begin, result, waited, ns;
	const void *args;
	int len;

	if (tep_get_field_val(NULL, event, "peer", record, &peer, 0) ||
	    tep_get_field_val(NULL, event, "slot", record, &slot, 0) ||
	    tep_get_field_val(NULL, event, "lane", record, &lane, 0) ||
	    tep_get_field_val(NULL, event, "nr", record, &nr, 0) ||
	    tep_get_field_val(NULL, event, "begin", record, &begin, 0) ||
	    tep_get_field_val(NULL, event, "result", record, &result, 0) ||
	    tep_get_field_val(NULL, event, "waited", record, &waited, 0) || waited >= NR_WAITED)
		return false;
	args = tep_get_field_raw(NULL, event, "args", record, &len, 0);
	if (!args || len != sizeof(call->args))
		return false;
	*call = (struct call_event){
		.peer = (uint32_t)peer,
		.slot = (uint32_t)slot,
		.lane = (uint32_t)lane,
		.nr = (uint32_t)nr,
		.result = (int64_t)result,
		.waited = (uint32_t)waited,
		.tid = tep_data_pid(event->tep, record),
		.at_ns = record->ts,
		.is_complete = begin,
	};
	memcpy(call->args, args, sizeof(call->args));
	for (int i = 0; i < NR_STAGES; i++) {
		if (tep_get_field_val(NULL, event, call_stage_names[i], record, &ns, 0))
			return false;
		call->stage_ns[i] = (int64_t)ns;
	}
	return true;
}

/* Return: 0, to go on. */
static int take_event(struct tep_event *event, struct tep_record *record, int cpu, void *context)
{
	struct call_trace *trace = context;
	struct call_event call;

	(void)cpu;
	if (record->missed_events > 0)
		trace->lost += (uint64_t)record->missed_events;
	if (strcmp(event->name, EVENT))
		return 0;
	if (read_event(event, record, &call))
		return !trace->take(&call, trace->to);
	trace->is_strange = true;
	return 0;
}

int call_trace_read(struct call_trace *trace,
		    bool (*take)(const struct call_event *event, void *to), void *to)
{
	trace->take = take;
	trace->to = to;
	errno = 0;
	if (tracefs_iterate_raw_events(trace->tep, trace->instance, NULL, 0, take_event, trace) &&
	    errno && errno != EINTR && errno != EAGAIN)
		return fail(trace->ctl, "reading");
	if (trace->is_strange)
		return ctl_fail(trace->ctl,
				"the trace point " SYSTEM ":" EVENT " is not what this program "
				"knows; it and the module have to be of the same version");
	return 0;
}

uint64_t call_trace_lost(const struct call_trace *trace)
{
	return trace->lost;
}

void call_trace_close(struct call_trace *trace)
{
	if (trace->instance) {
		call_trace_stop(trace);
		tracefs_instance_destroy(trace->instance);
		tracefs_instance_free(trace->instance);
	}
	tep_free(trace->tep);
	free(trace);
}
