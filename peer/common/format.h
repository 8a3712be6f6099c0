/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_FORMAT_H
#define COMMON_FORMAT_H

#include "types.h"

/**
 * format_string() - printf into a buffer
 * @buffer: gets the text, which always ends with a NUL
 * @size: of @buffer, at least 1
 * @format: knows %s %c %d %u %x %lu %ld %lx %p and %%, a width, a leading 0 or -, and a precision
 *	for %s
 * @args: its arguments
 *
 * Return: bytes in @buffer, without the NUL; what does not fit is left out.
 */
size_t format_string(char *buffer, size_t size, const char *format, va_list args);

__attribute__((format(printf, 3, 4))) size_t format_to(char *buffer, size_t size,
						       const char *format, ...);

#endif /* COMMON_FORMAT_H */
