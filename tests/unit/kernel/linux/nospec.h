/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_LINUX_NOSPEC_H
#define UNIT_LINUX_NOSPEC_H

#define array_index_nospec(index, size) (index)

#endif /* UNIT_LINUX_NOSPEC_H */
