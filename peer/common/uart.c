// SPDX-License-Identifier: GPL-2.0
/*
 * A serial port.
 */
#include "cpu.h"
#include "uart.h"

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

static u16 base;

void uart_init(u16 port)
{
	if (!port || inb(port + UART_LINE_STATUS) == UART_ABSENT)
		return;
	outb(port + UART_INTERRUPT_ENABLE, 0);
	outb(port + UART_LINE_CONTROL, UART_LINE_DIVISOR);
	outb(port + UART_DIVISOR_LOW, 1);
	outb(port + UART_DIVISOR_HIGH, 0);
	outb(port + UART_LINE_CONTROL, UART_LINE_8N1);
	outb(port + UART_FIFO, UART_FIFO_ON_AND_CLEAR);
	outb(port + UART_MODEM_CONTROL, UART_MODEM_DTR_RTS);
	base = port;
}

static void put(char c)
{
	for (u32 tries = 0; tries < UART_TRIES; tries++) {
		if (inb(base + UART_LINE_STATUS) & UART_STATUS_EMPTY) {
			outb(base + UART_DATA, c);
			return;
		}
	}
}

void uart_write(const char *text, size_t length)
{
	for (size_t i = 0; base && i < length; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}
