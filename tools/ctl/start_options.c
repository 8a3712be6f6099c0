// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: what can be said of a peer that is to be started.
 */
#include <linux/nimbos_legacy.h>

#include "start.h"

struct start_options start_options(struct start *start)
{
	return (struct start_options){ {
		OPTION_PEER(&start->load.peer, .key = "number"),
		OPTION("image", 'i', OPTION_TEXT, &start->image),
		OPTION("cpu", 'c', OPTION_NUMBER, &start->start.cpu,
		       .given = &start->have_cpu, .max = UINT32_MAX),
		OPTION("region", 'r', OPTION_REGION, &start->region,
		       .given = &start->have_region),
		OPTION("huge-pages", 'H', OPTION_SIZE, &start->huge_pages,
		       .given = &start->have_huge_pages),
		OPTION("private", 'P', OPTION_SIZE, &start->private_size,
		       .given = &start->have_private),
		OPTION("cmdline", 'a', OPTION_TEXT, &start->cmdline),
		OPTION("serial", 's', OPTION_NUMBER, &start->load.serial_port,
		       .max = UINT16_MAX),
		OPTION("timeout", 't', OPTION_NUMBER, &start->start.timeout_ms,
		       .min = 1, .max = UINT32_MAX),
		OPTION("heartbeat", 'b', OPTION_NUMBER, &start->start.heartbeat_ms,
		       .min = 1, .max = UINT32_MAX),
		OPTION("legacy", 'l', OPTION_WORD, &start->load.legacy,
		       .given = &start->have_legacy, .parse = legacy_parse,
		       .words = "v1, v2 or v2-early"),
		OPTION("slots", 'S', OPTION_NUMBER, &start->load.legacy_slots, .min = 1,
		       .max = NIMBOS_LEGACY_MAX_SLOTS),
		OPTION("backend", 'B', OPTION_WORD, &start->start.backend,
		       .given = &start->have_backend, .parse = backend_parse,
		       .words = "auto, native or rvm"),
		OPTION_END,
	} };
}
