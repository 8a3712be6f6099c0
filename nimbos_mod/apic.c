// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: messages to local APICs by physical ID.
 *
 * Linux's own functions address CPUs that Linux has; a peer's CPU is not one of them. So the
 * interrupt command register (ICR) is written here: Intel's manual, volume 3, "Issuing
 * Interprocessor Interrupts".
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <asm/apic.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/smp.h>

#include "apic.h"

#define X2APIC_MSR_ICR (0x800 + (APIC_ICR >> 4))

static bool x2apic __ro_after_init;

/**
 * nimbos_apic_usable() - can messages be sent at all?
 *
 * Return: false if the processor has no local APIC, or Linux has left it disabled.
 */
bool nimbos_apic_usable(void)
{
	return boot_cpu_has(X86_FEATURE_APIC);
}

/**
 * nimbos_apic_init() - find out in which mode Linux uses its local APICs
 *
 * It has all of them in the same mode, and does not change that.
 */
void __init nimbos_apic_init(void)
{
	x2apic = x2apic_enabled();
}

/**
 * nimbos_apic_x2apic() - are the local APICs in x2APIC mode?
 */
bool nimbos_apic_x2apic(void)
{
	return x2apic;
}

/**
 * nimbos_apic_id() - the physical ID of a CPU's local APIC
 * @cpu: a CPU that is present
 */
u32 nimbos_apic_id(unsigned int cpu)
{
	return per_cpu(x86_cpu_to_apicid, cpu);
}

/**
 * nimbos_apic_ndst() - a local APIC as destination of a UPID
 * @apicid: its physical ID
 */
u32 nimbos_apic_ndst(u32 apicid)
{
	return x2apic ? apicid : apicid << 8;
}

static void icr_write(u32 apicid, u32 command)
{
	unsigned long flags;

	if (x2apic) {
		/* This WRMSR does not wait for earlier stores; what we announce must be there. */
		weak_wrmsr_fence();
		wrmsr(X2APIC_MSR_ICR, command, apicid);
		return;
	}
	/* The two halves are one message: no interrupt on this CPU may send another in between. */
	local_irq_save(flags);
	while (native_apic_mem_read(APIC_ICR) & APIC_ICR_BUSY)
		cpu_relax();
	native_apic_mem_write(APIC_ICR2, SET_XAPIC_DEST_FIELD(apicid));
	native_apic_mem_write(APIC_ICR, command);
	local_irq_restore(flags);
}

/**
 * nimbos_apic_send_vector() - send an ordinary interrupt
 * @apicid: physical ID of the destination
 * @vector: 16 to 255
 *
 * Everything stored before the call is visible to the CPU that takes the interrupt. Any context.
 */
void nimbos_apic_send_vector(u32 apicid, u8 vector)
{
	icr_write(apicid, APIC_DM_FIXED | APIC_DEST_PHYSICAL | vector);
}

/**
 * nimbos_apic_send_init() - put a CPU into the state in which it waits for a start-up message
 * @apicid: physical ID of the destination
 *
 * The CPU stops whatever it does, interrupts off or not; only in VMX root operation does the
 * message wait. Any context.
 */
void nimbos_apic_send_init(u32 apicid)
{
	icr_write(apicid, APIC_DM_INIT | APIC_INT_LEVELTRIG | APIC_INT_ASSERT);
	/* Processors older than the Pentium 4 want to see the level go down again. */
	icr_write(apicid, APIC_DM_INIT | APIC_INT_LEVELTRIG);
}

/**
 * nimbos_apic_send_startup() - start a CPU that waits after an INIT
 * @apicid: physical ID of the destination
 * @page: it starts in real mode at physical address @page << 12
 */
void nimbos_apic_send_startup(u32 apicid, u8 page)
{
	icr_write(apicid, APIC_DM_STARTUP | page);
}
