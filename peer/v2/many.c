// SPDX-License-Identifier: GPL-2.0
/*
 * More slots than the four of old.
 */
#include "dialect.h"

const struct dialect dialect = {
	.sync_map = 253,
	.sync_unmap = 254,
	.asks_for_ipi = true,
	.slots = 16,
};
