/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V2_DIALECT_H
#define V2_DIALECT_H

#include "types.h"

/**
 * struct dialect - what differs between images of version 2
 * @sync_map: opcode of SyncMap
 * @sync_unmap: opcode of SyncUnmap
 * @asks_for_uintr: uses UintrInit, and IpiInit if it is refused
 * @asks_for_ipi: uses IpiInit; else nobody tells it how it could notify Linux
 * @slots: how many slots it has queues for
 */
struct dialect {
	u8 sync_map;
	u8 sync_unmap;
	bool asks_for_uintr;
	bool asks_for_ipi;
	u32 slots;
};

/* Of this image. */
extern const struct dialect dialect;

#endif /* V2_DIALECT_H */
