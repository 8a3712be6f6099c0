/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the module that unit tests build use of the kernel's headers.
 */
#ifndef UNIT_LINUX_COMPILER_H
#define UNIT_LINUX_COMPILER_H

#include <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)
/* Each use says what it pairs with. */
#define smp_store_release(at, value) __atomic_store_n(at, value, __ATOMIC_RELEASE)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif /* UNIT_LINUX_COMPILER_H */
