// SPDX-License-Identifier: GPL-2.0
/*
 * Images that use user interrupts where they can.
 */
#include "dialect.h"

const struct dialect dialect = {
	.sync_map = 253,
	.sync_unmap = 254,
	.asks_for_uintr = true,
	.asks_for_ipi = true,
	.slots = 4,
};
