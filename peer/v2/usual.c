// SPDX-License-Identifier: GPL-2.0
/*
 * What most images have.
 */
#include "dialect.h"

const struct dialect dialect = {
	.sync_map = 253,
	.sync_unmap = 254,
	.asks_for_ipi = true,
	.slots = 4,
};
