/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction by which a program calls its kernel.
 */
#ifndef COMMON_SYS6_H
#define COMMON_SYS6_H

#include "types.h"

static inline s64 sys6(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	register u64 r10 asm("r10") = a3;
	register u64 r8 asm("r8") = a4;
	register u64 r9 asm("r9") = a5;
	s64 result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(nr), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return result;
}

#define SYS_PICK(_0, _1, _2, _3, _4, _5, _6, ...) \
	sys6((u64)(_0), (u64)(_1), (u64)(_2), (u64)(_3), (u64)(_4), (u64)(_5), (u64)(_6))
/* sys(nr, ...) with up to six arguments of any integer or pointer type; the rest is 0. */
#define sys(...) SYS_PICK(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#endif /* COMMON_SYS6_H */
