// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers in texts.
 */
#include "text.h"

bool text_to_number(const char *text, u64 *value)
{
	bool negative = *text == '-';
	const char *at = text + negative;
	u32 base = !strncmp(at, "0x", 2) ? 16 : 10;
	u64 sum = 0;

	if (base == 16)
		at += 2;
	do {
		u32 digit = base;

		if (*at >= '0' && *at <= '9')
			digit = *at - '0';
		else if (*at >= 'a' && *at <= 'f')
			digit = *at - 'a' + 10;
		if (digit >= base)
			return false;
		sum = sum * base + digit;
		at++;
	} while (*at);
	*value = negative ? -sum : sum;
	return true;
}
