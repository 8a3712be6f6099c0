// SPDX-License-Identifier: GPL-2.0
/*
 * Data that is known again.
 */
#include "pattern.h"

static u64 pattern(u64 word, u64 salt)
{
	return (word + 1) * 0x9e3779b97f4a7c15ULL ^ salt;
}

void fill_pattern(void *data, size_t size, u64 offset, u64 salt)
{
	u8 *bytes = data;

	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern((offset + i) / 8, salt) >> (offset + i) % 8 * 8;
}

bool is_pattern(const void *data, size_t size, u64 offset, u64 salt)
{
	const u8 *bytes = data;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != (u8)(pattern((offset + i) / 8, salt) >> (offset + i) % 8 * 8))
			return false;
	}
	return true;
}
