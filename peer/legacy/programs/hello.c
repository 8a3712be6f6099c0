// SPDX-License-Identifier: GPL-2.0
/*
 * A program that is not in the image: it comes from a file of Linux's.
 */
#include "lib.h"

#define STATUS 42

static int answer = STATUS;
static int zeroes[0x800];

void _start(void);
void _start(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(zeroes); i++)
		answer += zeroes[i];
	print("hello: loaded from a file\n");
	leave(answer);
}
