// SPDX-License-Identifier: GPL-2.0
/*
 * The console: the ring that Linux reads, and a serial port where the board gives one.
 */
#include "client.h"
#include "console.h"
#include "cpu.h"
#include "time.h"
#include "uart.h"

void console_write(const char *text, size_t length)
{
	u64 flags = irq_save();

	nimbos_client_console_write(&client, text, length);
	uart_write(text, length);
	irq_restore(flags);
}

void kernel_log(const char *format, ...)
{
	u64 us = time_ns() / 1000;
	char line[256];
	size_t used;
	va_list args;

	used = format_to(line, sizeof(line), "[%5lu.%06lu] ", us / 1000000, us % 1000000);
	va_start(args, format);
	used += format_string(line + used, sizeof(line) - 1 - used, format, args);
	va_end(args);
	line[used++] = '\n';
	console_write(line, used);
}
