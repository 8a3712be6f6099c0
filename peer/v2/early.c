// SPDX-License-Identifier: GPL-2.0
/*
 * The first images: other numbers, and no IpiInit.
 */
#include "dialect.h"

const struct dialect dialect = {
	.sync_map = 5,
	.sync_unmap = 6,
	.asks_for_ipi = false,
	.slots = 4,
};
