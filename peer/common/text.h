/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include "types.h"

/* Decimal or, after 0x, hexadecimal, after a - if it is negative. Return: whether @text is one. */
bool text_to_number(const char *text, u64 *value);

#endif /* COMMON_TEXT_H */
