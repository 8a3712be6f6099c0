// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: the one place where the trace points are made.
 */
#include <linux/nimbos.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
