/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_APIC_H
#define REF_APIC_H

#include "types.h"

enum vector {
	VECTOR_DOORBELL = 40,
	VECTOR_TIMER = 0xf0,
	VECTOR_ERROR = 0xf2,
	VECTOR_SPURIOUS = 0xff,
};

/**
 * apic_find() - see how the local APIC is to be reached
 * @x2apic: Linux uses x2APIC mode, in which alone all its CPUs can be named
 *
 * Before this, Linux cannot be notified of anything, a panic included.
 *
 * Return: physical address of its registers, for paging_init().
 */
u64 apic_find(bool x2apic);

/* Takes it over, and measures its timer against the clock. */
void apic_init(void);

void apic_eoi(void);

/* What went wrong, as the error status register says, which is cleared. */
u32 apic_error(void);

/* All earlier stores are visible to the CPU that gets the interrupt. */
void apic_send_ipi(u32 apicid, u8 vector);

/* One interrupt on VECTOR_TIMER, @ns from now; replaces the one that was set. */
void apic_set_timer(u64 ns);

#endif /* REF_APIC_H */
