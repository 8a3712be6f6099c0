// SPDX-License-Identifier: GPL-2.0
/*
 * The command line that Linux gives.
 */
#include "cmdline.h"

const char *cmdline_find(const char *cmdline, const char *name)
{
	size_t length = strlen(name);

	while (*cmdline) {
		if (!strncmp(cmdline, name, length))
			return cmdline + length;
		while (*cmdline && *cmdline != ' ')
			cmdline++;
		while (*cmdline == ' ')
			cmdline++;
	}
	return NULL;
}

bool cmdline_is(const char *value, const char *text)
{
	size_t length = strlen(text);

	return !strncmp(value, text, length) && (!value[length] || value[length] == ' ');
}

u64 cmdline_number(const char *digits)
{
	u64 value = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		value = value * 10 + *digits - '0';
	return value;
}
