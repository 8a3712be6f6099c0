/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults on demand, by the command line, to test Linux against a peer that misbehaves:
 *
 *	test=never-up		runs, but never says that it is up
 *	test=fail-at-boot	says that it has failed, instead
 *	test=panic-after-ms=N	panics N ms after it has come up
 *	test=hang-after-ms=N	hangs with interrupts off
 */
#ifndef REF_FAULT_H
#define REF_FAULT_H

void fault_at_boot(const char *cmdline);
void fault_when_up(const char *cmdline);

/* Never comes back, and lets no interrupt in. */
_Noreturn void fault_hang(const char *why);

#endif /* REF_FAULT_H */
