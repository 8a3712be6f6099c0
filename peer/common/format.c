// SPDX-License-Identifier: GPL-2.0
/*
 * printf's formatter. Built twice, like string.c.
 */
#include "format.h"

struct output {
	char *at;
	char *end;
};

static void put(struct output *out, char c)
{
	if (out->at < out->end)
		*out->at++ = c;
}

static void put_field(struct output *out, const char *text, size_t length, size_t width, bool left)
{
	size_t pad = width > length ? width - length : 0;

	for (; !left && pad; pad--)
		put(out, ' ');
	for (; length; length--)
		put(out, *text++);
	for (; pad; pad--)
		put(out, ' ');
}

static void put_number(struct output *out, u64 value, bool negative, u32 base, size_t width,
		       bool left, bool zeroes)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	size_t used;

	do {
		*--at = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (width > sizeof(digits) - 1)
		width = sizeof(digits) - 1;
	while (zeroes && (size_t)(digits + sizeof(digits) - at) + negative < width)
		*--at = '0';
	if (negative)
		*--at = '-';
	used = digits + sizeof(digits) - at;
	put_field(out, at, used, width, left);
}

size_t format_string(char *buffer, size_t size, const char *format, va_list args)
{
	struct output out = { buffer, buffer + size - 1 };

	while (*format) {
		bool left = false, zeroes = false, wide = false;
		size_t width = 0, precision = SIZE_MAX;
		const char *text;
		size_t length;
		s64 number;
		char c;

		if (*format != '%') {
			put(&out, *format++);
			continue;
		}
		format++;
		for (; *format == '-' || *format == '0'; format++) {
			left |= *format == '-';
			zeroes |= *format == '0';
		}
		for (; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + *format - '0';
		if (*format == '.') {
			precision = 0;
			for (format++; *format >= '0' && *format <= '9'; format++)
				precision = precision * 10 + *format - '0';
		}
		for (; *format == 'l' || *format == 'z'; format++)
			wide = true;

		switch (*format) {
		case 's':
			text = va_arg(args, const char *);
			for (length = 0; length < precision && text[length];)
				length++;
			put_field(&out, text, length, width, left);
			break;
		case 'c':
			c = va_arg(args, int);
			put_field(&out, &c, 1, width, left);
			break;
		case 'd':
			number = wide ? va_arg(args, s64) : va_arg(args, int);
			put_number(&out, number < 0 ? -(u64)number : (u64)number, number < 0, 10,
				   width, left, zeroes);
			break;
		case 'u':
		case 'x':
			put_number(&out, wide ? va_arg(args, u64) : va_arg(args, u32), false,
				   *format == 'x' ? 16 : 10, width, left, zeroes);
			break;
		case 'p':
			put_number(&out, va_arg(args, u64), false, 16, 16, false, true);
			break;
		case '\0':
			format--;
			break;
		default:
			put(&out, *format);
		}
		format++;
	}
	*out.at = '\0';
	return out.at - buffer;
}

size_t format_to(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	size_t used;

	va_start(args, format);
	used = format_string(buffer, size, format, args);
	va_end(args);
	return used;
}
