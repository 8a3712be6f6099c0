// SPDX-License-Identifier: GPL-2.0
/*
 * The console: the ring that Linux reads, and a serial port where the board gives one.
 */
#include "client.h"
#include "console.h"
#include "cpu.h"
#include "time.h"

enum uart {
	UART_DATA = 0,
	UART_DIVISOR_LOW = 0,
	UART_INTERRUPT_ENABLE = 1,
	UART_DIVISOR_HIGH = 1,
	UART_FIFO = 2,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
};

#define UART_LINE_8N1 0x03
#define UART_LINE_DIVISOR 0x80
#define UART_FIFO_ON_AND_CLEAR 0x07
#define UART_MODEM_DTR_RTS 0x03
#define UART_STATUS_EMPTY 0x20
#define UART_ABSENT 0xff

/* A port that takes no more must not stop the kernel: 115200 baud need 87 us for a character. */
#define UART_TRIES 10000

static u16 uart;

void console_init(u16 serial_port)
{
	if (!serial_port || inb(serial_port + UART_LINE_STATUS) == UART_ABSENT)
		return;
	outb(serial_port + UART_INTERRUPT_ENABLE, 0);
	outb(serial_port + UART_LINE_CONTROL, UART_LINE_DIVISOR);
	outb(serial_port + UART_DIVISOR_LOW, 1);
	outb(serial_port + UART_DIVISOR_HIGH, 0);
	outb(serial_port + UART_LINE_CONTROL, UART_LINE_8N1);
	outb(serial_port + UART_FIFO, UART_FIFO_ON_AND_CLEAR);
	outb(serial_port + UART_MODEM_CONTROL, UART_MODEM_DTR_RTS);
	uart = serial_port;
}

static void uart_put(char c)
{
	for (u32 tries = 0; tries < UART_TRIES; tries++) {
		if (inb(uart + UART_LINE_STATUS) & UART_STATUS_EMPTY) {
			outb(uart + UART_DATA, c);
			return;
		}
	}
}

void console_write(const char *text, size_t length)
{
	u64 flags = irq_save();

	nimbos_client_console_write(&client, text, length);
	for (size_t i = 0; uart && i < length; i++) {
		if (text[i] == '\n')
			uart_put('\r');
		uart_put(text[i]);
	}
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
