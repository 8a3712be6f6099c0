/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: the two areas of a slot that a shadow maps.
 */
#ifndef NIMBOS_SLOT_MAP_H
#define NIMBOS_SLOT_MAP_H

#include <linux/types.h>

struct nimbos_slot;

enum nimbos_slot_area {
	NIMBOS_SLOT_CONTROL,
	NIMBOS_SLOT_WINDOW,
};

u64 nimbos_slot_map_offset(const struct nimbos_slot *slot, enum nimbos_slot_area area);
void nimbos_slot_map_revoke(const struct nimbos_slot *slot);

#endif /* NIMBOS_SLOT_MAP_H */
