/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: trace: how calls are shown.
 */
#ifndef NIMBOS_CTL_TRACE_H
#define NIMBOS_CTL_TRACE_H

#include <stdio.h>

#include "call_trace.h"

/* trace_line.c: a line for each call, in words or in JSON. */
void trace_print_line(FILE *out, const struct call_event *event);
void trace_print_json(FILE *out, const struct call_event *event);

/* trace_summary.c: a line for each kind of call. */
struct trace_summary;

struct trace_summary *trace_summary_new(void);
void trace_summary_add(struct trace_summary *summary, const struct call_event *event);
void trace_summary_print(FILE *out, struct trace_summary *summary);
void trace_summary_print_json(FILE *out, struct trace_summary *summary);
void trace_summary_free(struct trace_summary *summary);

#endif /* NIMBOS_CTL_TRACE_H */
