/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_TIMER_H
#define REF_TIMER_H

#include "types.h"

/* Measures how fast it is. */
void timer_init(void);

/* One interrupt on VECTOR_TIMER, @ns from now; replaces the one that was set. */
void timer_set(u64 ns);

#endif /* REF_TIMER_H */
