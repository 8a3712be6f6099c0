/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_TIME_H
#define REF_TIME_H

#include "types.h"

#define NS_PER_MS 1000000UL
#define NS_PER_SECOND 1000000000UL

/**
 * time_init() - start the clock
 * @tsc_khz: frequency of the time-stamp counter as Linux knows it, 0 if it does not
 *
 * Return: whether the frequency is known at all.
 */
bool time_init(u32 tsc_khz);

/* Since the start of this kernel; 0 before time_init(). */
u64 time_ns(void);

u32 time_tsc_khz(void);

#endif /* REF_TIME_H */
