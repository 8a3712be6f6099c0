// SPDX-License-Identifier: GPL-2.0
/* COM1, and as much of printf() as is needed. */
#include <stdarg.h>
#include "kern.h"

#define COM1	0x3f8

void console_init(void)
{
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 0x80);
	outb(COM1, 1);
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 3);
	outb(COM1 + 2, 1);
}

static void put(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		pause();
	outb(COM1, c);
}

/* Until somebody at the other end writes one, which is thrown away. */
void wait_for_byte(void)
{
	while (!(inb(COM1 + 5) & 1))
		pause();
	inb(COM1);
}

static void put_number(u64 val, unsigned int base, int width, char pad)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[val % base];
		val /= base;
	} while (val);
	while (width-- > n)
		put(pad);
	while (n)
		put(digits[--n]);
}

/* %s %c %d %u %x, with l, width and 0 */
void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	for (; *fmt; fmt++) {
		char pad = ' ';
		int width = 0;
		bool wide = false;
		u64 val;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		fmt++;
		if (*fmt == '0')
			pad = *fmt++;
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';
		while (*fmt == 'l') {
			wide = true;
			fmt++;
		}
		if (*fmt == 's') {
			for (const char *s = va_arg(args, const char *); *s; s++)
				put(*s);
			continue;
		}
		val = wide ? va_arg(args, u64) : va_arg(args, u32);
		switch (*fmt) {
		case 'c':
			put(val);
			break;
		case 'd':
			if (!wide)
				val = (s64)(int)val;
			if ((s64)val < 0) {
				put('-');
				val = -val;
			}
			put_number(val, 10, width, pad);
			break;
		case 'u':
			put_number(val, 10, width, pad);
			break;
		case 'x':
			put_number(val, 16, width, pad);
			break;
		}
	}
	va_end(args);
}
