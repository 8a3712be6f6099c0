/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_VECTORS_H
#define LEGACY_VECTORS_H

enum vector {
	VECTOR_DOORBELL = 40,
	VECTOR_UINTR = 41,
	VECTOR_TIMER = 0xf0,
	VECTOR_SPURIOUS = 0xf1,
	VECTOR_ERROR = 0xf2,
};

#endif /* LEGACY_VECTORS_H */
