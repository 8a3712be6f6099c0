// SPDX-License-Identifier: GPL-2.0
/*
 * What programs have instead of a C library.
 */
#include "lib.h"
#include "text.h"

void print(const char *format, ...)
{
	char line[LINE_SIZE + 1];
	va_list args;
	size_t used;

	va_start(args, format);
	used = format_string(line, sizeof(line), format, args);
	va_end(args);
	write_all(1, line, used);
}

void leave(int status)
{
	for (;;)
		sys(RTOS_EXIT, status);
}

void fail(const char *format, ...)
{
	char line[LINE_SIZE + 1];
	va_list args;
	size_t used;

	va_start(args, format);
	used = format_string(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[used++] = '\n';
	sys(RTOS_WRITE, 2, line, used);
	leave(1);
}

s64 must(s64 result, const char *what)
{
	if (result < 0)
		fail("%s: errno %ld", what, -result);
	return result;
}

u64 parse_number(const char *text)
{
	u64 value;

	if (!text_to_number(text, &value))
		fail("'%s' is not a number", text);
	return value;
}

void write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		s64 wrote = must(sys(RTOS_WRITE, fd, at, size), "write");

		at += wrote;
		size -= wrote;
	}
}

s64 read_line(char *line, size_t size)
{
	size_t length = 0;
	char c;

	/* What follows the line is for somebody else. */
	while (must(sys(RTOS_READ, 0, &c, 1), "read")) {
		if (c == '\n') {
			line[length] = '\0';
			return length;
		}
		if (length + 1 == size)
			fail("a line of more than %lu characters", size - 1);
		line[length++] = c;
	}
	return -1;
}
