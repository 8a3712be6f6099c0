/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments, as descriptors.c makes them; for C and assembly.
 */
#ifndef COMMON_SELECTORS_H
#define COMMON_SELECTORS_H

#define KERNEL_CS 0x08
#define KERNEL_DS 0x10
#define USER_DS 0x1b
#define USER_CS 0x23
#define TSS_SELECTOR 0x28

#endif /* COMMON_SELECTORS_H */
