/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_CONSOLE_H
#define COMMON_CONSOLE_H

#include "format.h"

/* Each kernel has its own console. */
void console_write(const char *text, size_t length);

/**
 * kernel_log() - one line on the console
 * @format: as for format_string(), without a newline
 */
__attribute__((format(printf, 1, 2))) void kernel_log(const char *format, ...);

#endif /* COMMON_CONSOLE_H */
