/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_LINUX_BITMAP_H
#define UNIT_LINUX_BITMAP_H

#include <linux/compiler.h>
#include <string.h>

#define DECLARE_BITMAP(name, bits) u8 name[(bits) / 8]

static inline void bitmap_zero(u8 *map, unsigned int bits)
{
	memset(map, 0, bits / 8);
}

static inline bool test_bit(unsigned int bit, const u8 *map)
{
	return map[bit / 8] & 1U << bit % 8;
}

static inline void __set_bit(unsigned int bit, u8 *map)
{
	map[bit / 8] |= 1U << bit % 8;
}

static inline void __clear_bit(unsigned int bit, u8 *map)
{
	map[bit / 8] &= ~(1U << bit % 8);
}

#endif /* UNIT_LINUX_BITMAP_H */
