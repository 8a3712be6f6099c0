/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_APIC_H
#define COMMON_APIC_H

#include "types.h"

/**
 * apic_find() - see how the local APIC is to be reached
 * @x2apic: Linux uses x2APIC mode, in which alone all its CPUs can be named
 *
 * Before this, Linux cannot be notified of anything, a panic included.
 *
 * Return: physical address of its registers, to be mapped at its linear address.
 */
u64 apic_find(bool x2apic);

/* Takes it over; its timer stands still. */
void apic_init(void);

/* This CPU as the destination of a descriptor for user interrupts (UPID). */
u32 apic_ndst(void);

void apic_eoi(void);

/* What went wrong, as the error status register says, which is cleared. */
u32 apic_error(void);

/* All earlier stores are visible to the CPU that gets the interrupt. */
void apic_send_ipi(u32 apicid, u8 vector);

/*
 * One interrupt on VECTOR_TIMER after @count ticks, each of 16 cycles of the bus; replaces the one
 * that was set, and 0 sets none.
 */
void apic_timer_once(u32 count);

/* One every @count ticks, for good. */
void apic_timer_periodic(u32 count);

/* Ticks until the next. */
u32 apic_timer_left(void);

#endif /* COMMON_APIC_H */
