/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_VECTORS_H
#define REF_VECTORS_H

enum vector {
	VECTOR_DOORBELL = 40,
	VECTOR_TIMER = 0xf0,
	VECTOR_ERROR = 0xf2,
	VECTOR_SPURIOUS = 0xff,
};

#endif /* REF_VECTORS_H */
