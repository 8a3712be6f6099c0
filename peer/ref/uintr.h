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

/* Before the kernel is up. */
void uintr_init(const char *cmdline);

#endif /* REF_UINTR_H */
