/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_PATTERN_H
#define COMMON_PATTERN_H

#include "types.h"

/* Bytes that only depend on their place and on @salt, and whether @data still are those. */
void fill_pattern(void *data, size_t size, u64 offset, u64 salt);
bool is_pattern(const void *data, size_t size, u64 offset, u64 salt);

#endif /* COMMON_PATTERN_H */
