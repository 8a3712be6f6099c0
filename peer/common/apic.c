// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC, in xAPIC mode (registers in memory) or x2APIC mode (registers in MSRs).
 *
 * INIT, by which this CPU was taken from Linux, leaves the mode as it was; and a processor in
 * x2APIC mode ignores the page of registers. So the mode is asked, not assumed.
 */
#include "apic.h"
#include "cpu.h"
#include "memory.h"
#include "vectors.h"

enum apic_register {
	APIC_ID = 0x02,
	APIC_TPR = 0x08,
	APIC_EOI = 0x0b,
	APIC_SVR = 0x0f,
	APIC_ESR = 0x28,
	APIC_LVT_CMCI = 0x2f,
	APIC_ICR = 0x30,
	APIC_ICR_HIGH = 0x31,
	APIC_LVT_TIMER = 0x32,
	APIC_LVT_THERMAL = 0x33,
	APIC_LVT_PERF = 0x34,
	APIC_LVT_LINT0 = 0x35,
	APIC_LVT_LINT1 = 0x36,
	APIC_LVT_ERROR = 0x37,
	APIC_TIMER_INITIAL = 0x38,
	APIC_TIMER_CURRENT = 0x39,
	APIC_TIMER_DIVIDE = 0x3e,
};

#define APIC_BASE_X2APIC (1UL << 10)
#define APIC_BASE_ADDRESS 0xffffff000UL
#define APIC_SVR_ENABLED (1U << 8)
#define APIC_LVT_MASKED (1U << 16)
#define APIC_LVT_PERIODIC (1U << 17)
#define APIC_ICR_PENDING (1U << 12)
#define APIC_ICR_ASSERT (1U << 14)
#define APIC_DIVIDE_BY_16 3
#define MSR_X2APIC 0x800
#define CPUID_1_ECX_X2APIC (1U << 21)

static bool x2apic;
static u32 *registers;

static u32 apic_read(enum apic_register reg)
{
	return x2apic ? (u32)rdmsr(MSR_X2APIC + reg) : READ_ONCE(registers[reg * 4]);
}

static void apic_write(enum apic_register reg, u32 value)
{
	if (x2apic)
		wrmsr(MSR_X2APIC + reg, value);
	else
		WRITE_ONCE(registers[reg * 4], value);
}

u64 apic_find(bool wants_x2apic)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (wants_x2apic && !(base & APIC_BASE_X2APIC) && cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC) {
		base |= APIC_BASE_X2APIC;
		wrmsr(MSR_APIC_BASE, base);
	}
	x2apic = base & APIC_BASE_X2APIC;
	registers = phys_to_virt(base & APIC_BASE_ADDRESS);
	return base & APIC_BASE_ADDRESS;
}

void apic_init(void)
{
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, 0);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED | VECTOR_SPURIOUS);
	apic_write(APIC_LVT_LINT1, APIC_LVT_MASKED | VECTOR_SPURIOUS);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_SVR, APIC_SVR_ENABLED | VECTOR_SPURIOUS);
	apic_error();
	apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_16);
}

u32 apic_ndst(void)
{
	u32 id = apic_read(APIC_ID);

	return x2apic ? id : id >> 24 << 8;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

u32 apic_error(void)
{
	/* The register shows what has happened since it was written last. */
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}

void apic_send_ipi(u32 apicid, u8 vector)
{
	u64 flags;

	if (x2apic) {
		/* This write to an MSR waits for nothing, unlike one to uncached memory. */
		asm volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + APIC_ICR, (u64)apicid << 32 | APIC_ICR_ASSERT | vector);
		return;
	}
	flags = irq_save();
	while (apic_read(APIC_ICR) & APIC_ICR_PENDING)
		;
	apic_write(APIC_ICR_HIGH, apicid << 24);
	apic_write(APIC_ICR, APIC_ICR_ASSERT | vector);
	irq_restore(flags);
}

void apic_timer_once(u32 count)
{
	apic_write(APIC_TIMER_INITIAL, count);
}

void apic_timer_periodic(u32 count)
{
	apic_write(APIC_LVT_TIMER, APIC_LVT_PERIODIC | VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, count);
}

u32 apic_timer_left(void)
{
	return apic_read(APIC_TIMER_CURRENT);
}
