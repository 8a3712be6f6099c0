/* SPDX-License-Identifier: GPL-2.0 */
/* Instructions that C has no words for. */
#ifndef HW_H
#define HW_H

#include <stdbool.h>
#include <stdint.h>

#define __aligned(n)		__attribute__((aligned(n)))
#define __packed		__attribute__((packed))
#define __noreturn		__attribute__((noreturn))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __section(name)		__attribute__((section(name)))
#define __used			__attribute__((used))

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define CR0_TS			(1ul << 3)
#define CR4_PKE			(1ul << 22)
#define CR4_OSFXSR		(1ul << 9)
#define CR4_OSXSAVE		(1ul << 18)
#define CR4_SMEP		(1ul << 20)
#define CR4_SMAP		(1ul << 21)
#define CR4_UINTR		(1ul << 25)

#define FLAG_CF			(1ul << 0)
#define FLAG_PF			(1ul << 2)
#define FLAG_AF			(1ul << 4)
#define FLAG_ZF			(1ul << 6)
#define FLAG_SF			(1ul << 7)
#define FLAG_TF			(1ul << 8)
#define FLAG_IF			(1ul << 9)
#define FLAG_DF			(1ul << 10)
#define FLAG_OF			(1ul << 11)
#define FLAG_IOPL		(3ul << 12)
#define FLAG_NT			(1ul << 14)
#define FLAG_RF			(1ul << 16)
#define FLAG_AC			(1ul << 18)
#define FLAG_VIF		(1ul << 19)
#define FLAG_VIP		(1ul << 20)
#define FLAG_ID			(1ul << 21)
#define FLAG_ARITH		(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define VEC_DB			1
#define VEC_UD			6
#define VEC_NM			7
#define VEC_SS			12
#define VEC_GP			13
#define VEC_PF			14

#define PF_P			1
#define PF_W			2
#define PF_U			4

#define MSR_APIC_BASE		0x1b
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_X2APIC		0x800
#define MSR_UINTR_RR		0x985
#define MSR_UINTR_HANDLER	0x986
#define MSR_UINTR_STACKADJUST	0x987
#define MSR_UINTR_MISC		0x988
#define MSR_UINTR_PD		0x989
#define MSR_UINTR_TT		0x98a
#define MSR_XSS			0xda0
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_FMASK		0xc0000084
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

#define XSTATE_UINTR		(1ul << 14)

static inline void outb(u16 port, u8 val)
{
	asm volatile("outb %0, %1" :: "a"(val), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 val;

	asm volatile("inb %1, %0" : "=a"(val) : "Nd"(port));
	return val;
}

static inline void cpuid(u32 leaf, u32 sub, u32 r[4])
{
	asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
		     : "a"(leaf), "c"(sub));
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" :: "c"(msr), "a"((u32)val), "d"((u32)(val >> 32)) : "memory");
}

static inline u64 read_cr0(void)
{
	u64 val;

	asm volatile("mov %%cr0, %0" : "=r"(val));
	return val;
}

static inline void write_cr0(u64 val)
{
	asm volatile("mov %0, %%cr0" :: "r"(val) : "memory");
}

static inline u64 read_cr2(void)
{
	u64 val;

	asm volatile("mov %%cr2, %0" : "=r"(val));
	return val;
}

static inline u64 read_cr3(void)
{
	u64 val;

	asm volatile("mov %%cr3, %0" : "=r"(val));
	return val;
}

static inline void write_cr3(u64 val)
{
	asm volatile("mov %0, %%cr3" :: "r"(val) : "memory");
}

static inline u64 read_cr4(void)
{
	u64 val;

	asm volatile("mov %%cr4, %0" : "=r"(val));
	return val;
}

static inline void write_cr4(u64 val)
{
	asm volatile("mov %0, %%cr4" :: "r"(val) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

static inline void irq_on(void)
{
	asm volatile("sti" ::: "memory");
}

static inline void irq_off(void)
{
	asm volatile("cli" ::: "memory");
}

static inline void pause(void)
{
	asm volatile("pause" ::: "memory");
}

static inline void stui(void)
{
	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xef" ::: "memory");
}

static inline void clui(void)
{
	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xee" ::: "memory");
}

static inline bool testui(void)
{
	bool uif;

	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xed" : "=@ccc"(uif));
	return uif;
}

static inline void senduipi(u64 index)
{
	/* senduipi %rax */
	asm volatile(".byte 0xf3, 0x0f, 0xc7, 0xf0" :: "a"(index) : "cc", "memory");
}

static inline void xsetbv0(u64 val)
{
	asm volatile("xsetbv" :: "c"(0), "a"((u32)val), "d"((u32)(val >> 32)));
}

static inline u64 xgetbv(u32 n)
{
	u32 lo, hi;

	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(n));
	return (u64)hi << 32 | lo;
}

#define READ_ONCE(x)		(*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))

#endif
