/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_UART_H
#define COMMON_UART_H

#include "types.h"

/* @port: I/O address of a 16550, or 0 for none. */
void uart_init(u16 port);

/* Nothing happens without a port. */
void uart_write(const char *text, size_t length);

#endif /* COMMON_UART_H */
