/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_CONSOLE_H
#define REF_CONSOLE_H

#include "format.h"

/* @serial_port: I/O address of a 16550, or 0 for none. */
void console_init(u16 serial_port);

void console_write(const char *text, size_t length);

/**
 * kernel_log() - one line on the console, with the time
 * @format: as for format_string(), without a newline
 */
__attribute__((format(printf, 1, 2))) void kernel_log(const char *format, ...);

#endif /* REF_CONSOLE_H */
