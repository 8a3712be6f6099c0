/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_KERNEL_MAP_H
#define REF_KERNEL_MAP_H

#include "types.h"

/**
 * kernel_map_init() - leave the tables of the boot code
 * @region: physical address of the region, and so of the image
 * @region_size: of the region, in bytes
 * @board: physical address of the board, which is mapped read-only
 * @device: physical address of a page of device registers
 *
 * Afterwards nothing is mapped that is both writable and executable, and the image only where it is
 * linked. Return: false if memory ran out.
 */
bool kernel_map_init(u64 region, u64 region_size, u64 board, u64 device);

#endif /* REF_KERNEL_MAP_H */
