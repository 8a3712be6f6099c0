// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers on command lines.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "parse.h"

/* strtoull() takes signs and blanks, too, and wraps what is negative around. */
static bool parse_digits(const char *text, char **end, uint64_t *number)
{
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, end, 0);
	return !errno;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	char *end;

	return parse_digits(text, &end, number) && !*end && *number >= min && *number <= max;
}

bool parse_size(const char *text, const char **end, uint64_t *size)
{
	unsigned int shift = 0;
	char *rest;

	if (!parse_digits(text, &rest, size))
		return false;
	switch (*rest) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	}
	if (shift) {
		if (*size > UINT64_MAX >> shift)
			return false;
		*size <<= shift;
		rest++;
	}
	if (end)
		*end = rest;
	return end || !*rest;
}
