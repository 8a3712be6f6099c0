/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions that C has no words for.
 */
#ifndef COMMON_CPU_H
#define COMMON_CPU_H

#include "types.h"

#define MSR_APIC_BASE 0x1b
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SFMASK 0xc0000084

#define CR0_MP (1UL << 1)
#define CR0_EM (1UL << 2)
#define CR4_PGE (1UL << 7)
#define CR4_UMIP (1UL << 11)
#define CR4_SMEP (1UL << 20)

#define CPUID_7_EBX_SMEP (1U << 7)
#define CPUID_7_ECX_UMIP (1U << 2)

#define RFLAGS_IF (1UL << 9)

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid id;

	asm volatile("cpuid"
		     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
		     : "a"(leaf), "c"(subleaf));
	return id;
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outb(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

#define READ_CR(n)                                              \
	({                                                      \
		u64 cr_;                                        \
		asm volatile("mov %%cr" #n ", %0" : "=r"(cr_)); \
		cr_;                                            \
	})
#define WRITE_CR(n, value) ({ asm volatile("mov %0, %%cr" #n : : "r"((u64)(value)) : "memory"); })

static inline void irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

static inline void irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

static inline u64 irq_save(void)
{
	u64 flags;

	asm volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void irq_restore(u64 flags)
{
	if (flags & RFLAGS_IF)
		irq_enable();
}

/* Sleeps until an interrupt: STI takes effect when HLT has begun, so none slips in between. */
static inline void irq_wait(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

static inline _Noreturn void cpu_halt(void)
{
	for (;;)
		asm volatile("cli; hlt" : : : "memory");
}

#endif /* COMMON_CPU_H */
