// SPDX-License-Identifier: GPL-2.0
/* The local APIC, in both modes. */
#include "kern.h"

#define XAPIC_VIRT	0xfffffffffee00000	/* boot.S maps it there */
#define BASE_ENABLE	(1u << 11)
#define BASE_X2APIC	(1u << 10)
#define SVR_ENABLE	(1u << 8)
#define ICR_BUSY	(1u << 12)
#define SPURIOUS	0xff
#define TIMER_PERIODIC	(1u << 17)
#define TIMER_MASKED	(1u << 16)

bool x2apic;

static volatile u32 *mmio(u32 reg)
{
	return (volatile u32 *)(XAPIC_VIRT + reg * 16);
}

u32 apic_read(u32 reg)
{
	return x2apic ? rdmsr(MSR_X2APIC + reg) : *mmio(reg);
}

void apic_write(u32 reg, u32 val)
{
	if (x2apic)
		wrmsr(MSR_X2APIC + reg, val);
	else
		*mmio(reg) = val;
}

void apic_send(u32 dest, u32 icr)
{
	if (x2apic) {
		wrmsr(MSR_X2APIC + APIC_ICR, (u64)dest << 32 | icr);
		return;
	}
	*mmio(APIC_ICR2) = dest << 24;
	*mmio(APIC_ICR) = icr;
	while (*mmio(APIC_ICR) & ICR_BUSY)
		pause();
}

/* Of the 256 bits of ISR, TMR or IRR. */
bool apic_bit(u32 reg, u32 vec)
{
	return apic_read(reg + vec / 32) >> vec % 32 & 1;
}

/* The NDST of a UPID for the CPU with this ID. */
u32 apic_ndst(u32 apic_id)
{
	return x2apic ? apic_id : apic_id << 8;
}

/* An interrupt every so many ticks of the bus; 0 stops it. */
void apic_timer(u32 vec, u32 ticks)
{
	apic_write(APIC_TIMER_DIVIDE, 0xb);
	apic_write(APIC_LVT_TIMER, ticks ? TIMER_PERIODIC | vec : TIMER_MASKED | vec);
	apic_write(APIC_TIMER_COUNT, ticks);
}

void apic_init(void)
{
	struct cpu *cpu = this_cpu();
	u64 base = rdmsr(MSR_APIC_BASE) | BASE_ENABLE;

	wrmsr(MSR_APIC_BASE, base);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);
	apic_write(APIC_SVR, SVR_ENABLE | SPURIOUS);
	apic_write(APIC_TPR, 0);
	cpu->apic_id = x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}
