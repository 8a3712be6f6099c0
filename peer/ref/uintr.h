/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How this kernel and the shadows' workers notify each other where Linux has user interrupts; the
 * command line may say it:
 *
 *	uintr=senduipi	posts by SENDUIPI; what happens anyway if the processor has it
 *	uintr=hand	posts by hand, as a kernel does that leaves CR4.UINTR alone
 *	uintr=off	interrupts, both ways
 */
#ifndef REF_UINTR_H
#define REF_UINTR_H

#include "types.h"

/* Before the kernel is up. */
void uintr_init(const char *cmdline);

/**
 * uintr_spoil_upids() - for tests: write random words over all UPIDs, Linux's and the doorbell's
 * @seed: chooses what is written
 * @reserved: also the bits that must be 0, for which SENDUIPI faults
 *
 * Vector and destination of a notification stay as they are: whoever posts sends an interrupt
 * there, and a kernel that wants to send any interrupt to any CPU has a local APIC for that.
 *
 * Return: the seed of the next time.
 */
u64 uintr_spoil_upids(u64 seed, bool reserved);

#endif /* REF_UINTR_H */
