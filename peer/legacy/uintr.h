/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_UINTR_H
#define LEGACY_UINTR_H

#include "types.h"

#define UINTR_TARGETS 16

/* Makes ready to post and to be posted to, where the processor can. */
void uintr_init(void);

/**
 * uintr_connect() - learn of a shadow's descriptor
 * @target: what uintr_post() calls it, below UINTR_TARGETS
 * @phys: its physical address
 *
 * Return: false if the processor cannot post.
 */
bool uintr_connect(u32 target, u64 phys);

/* Notifies a shadow. */
void uintr_post(u32 target);

/* This kernel has been posted to, and has looked at all queues. */
void uintr_seen(void);

#endif /* LEGACY_UINTR_H */
