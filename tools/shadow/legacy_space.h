/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: the memory that a legacy peer's pointers lead to.
 *
 * With version 1 that is a buffer for data. With version 2 the first gigabyte of the shadow's
 * addresses belongs to the peer's program: its pages are mirrored there, at its own addresses, and
 * the peer's whole region is seen at LEGACY_KERNEL_WINDOW, where pointers of its kernel lead. All
 * else of the gigabyte is reserved and cannot be touched: the shadow itself lies higher, and
 * nothing of it ever comes to lie there. So a pointer that is checked to lead there hits memory of
 * the peer, or nothing.
 */
#ifndef NIMBOS_SHADOW_LEGACY_SPACE_H
#define NIMBOS_SHADOW_LEGACY_SPACE_H

#include <stdint.h>

#include "call.h"

/* Below, Linux maps nothing by default. */
#define LEGACY_LOW 0x10000UL
#define LEGACY_HIGH 0x40000000UL
#define LEGACY_KERNEL_WINDOW 0x18000000UL
/* Physical address P at this plus P. */
#define LEGACY_KERNEL_BASE 0xffffff8000000000UL

/**
 * struct legacy_space - the memory
 * @fd: the slot's descriptor, whose offsets are those of the old drivers
 * @start: where it begins
 * @size: of it, in bytes
 * @region_base: physical address of the peer's region
 * @region_size: of it, in bytes
 * @mirrored: version 2: for each page of the gigabyte, 0 or which page of the region is mirrored
 *	there: its number plus one, shifted by two, and PROT_READ and PROT_WRITE
 */
struct legacy_space {
	int fd;
	uint64_t start;
	uint64_t size;
	uint64_t region_base;
	uint64_t region_size;
	uint32_t *mirrored;
};

/**
 * legacy_space_init() - find room for the memory, once for a shadow and those it forks
 * @space: @region_base and @region_size are set, the rest is zero
 * @version: 1 or 2
 *
 * Return: 0 or a negative errno: -EEXIST if something of the shadow lies in the first gigabyte,
 * -EFBIG if the region does not fit in there.
 */
int legacy_space_init(struct legacy_space *space, unsigned int version);

/**
 * legacy_space_open() - map the memory
 * @space: the memory; a forked shadow's as it was in the parent, of which nothing is mapped
 * @fd: the slot's descriptor
 *
 * Return: 0 or a negative errno of mmap(2); -EPERM if CAP_SYS_RAWIO is missing.
 */
int legacy_space_open(struct legacy_space *space, int fd);

/**
 * legacy_space_map() - mirror pages of the peer's program
 * @space: the memory
 * @va: the program's address of the first
 * @len: of all, in bytes; rounded up to whole pages
 * @pa: physical address of the first
 * @prot: PROT_READ and PROT_WRITE; anything else is ignored
 *
 * What was mirrored there before is not any more.
 *
 * Return: 0; -EINVAL if an address is not page-aligned or @len is 0; -EFAULT if @va is not the
 * program's or @pa is not in the region; or an errno of mmap(2).
 */
int legacy_space_map(struct legacy_space *space, uint64_t va, uint64_t len, uint64_t pa,
		     uint64_t prot);

/**
 * legacy_space_unmap() - no longer mirror pages
 * @space: the memory
 * @va: the program's address of the first
 * @len: of all, in bytes; rounded up to whole pages
 *
 * Return: 0, or as legacy_space_map().
 */
int legacy_space_unmap(struct legacy_space *space, uint64_t va, uint64_t len);

/**
 * legacy_space_find() - where a pointer of the peer leads
 * @space: the memory, of version 2
 * @caller: its window becomes the part of the memory that the pointer leads to
 * @pointer: of the peer's program, or of its kernel
 *
 * Return: the shadow's address for it, which lies in the window if it is right.
 */
uint64_t legacy_space_find(const struct legacy_space *space, struct caller *caller,
			   uint64_t pointer);

#endif /* NIMBOS_SHADOW_LEGACY_SPACE_H */
