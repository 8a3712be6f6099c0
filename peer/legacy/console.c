// SPDX-License-Identifier: GPL-2.0
/*
 * The console: the first serial port.
 */
#include "console.h"
#include "uart.h"

void console_write(const char *text, size_t length)
{
	uart_write(text, length);
}

void kernel_log(const char *format, ...)
{
	char line[256];
	size_t used;
	va_list args;

	va_start(args, format);
	used = format_string(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[used++] = '\n';
	console_write(line, used);
}
