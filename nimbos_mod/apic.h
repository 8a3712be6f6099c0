/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: messages to local APICs by physical ID, in whichever mode Linux runs its own.
 */
#ifndef NIMBOS_APIC_H
#define NIMBOS_APIC_H

#include <linux/types.h>

void nimbos_apic_init(void);
bool nimbos_apic_usable(void);
bool nimbos_apic_x2apic(void);
u32 nimbos_apic_id(unsigned int cpu);
u32 nimbos_apic_ndst(u32 apicid);
void nimbos_apic_send_vector(u32 apicid, u8 vector);
void nimbos_apic_send_init(u32 apicid);
void nimbos_apic_send_startup(u32 apicid, u8 page);

#endif /* NIMBOS_APIC_H */
