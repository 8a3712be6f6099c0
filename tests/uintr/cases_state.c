// SPDX-License-Identifier: GPL-2.0
/* Enumeration, CR4.UINTR and the MSRs. */
#include "test.h"

#define NONCANONICAL	0x8000000000000000
#define CANONICAL57	0x00ff000000000000	/* with 57 bits only */

static bool has_la57(void)
{
	u32 r[4];

	cpuid(7, 0, r);
	return r[2] >> 16 & 1;
}

TEST(cpuid_uintr, "CPUID.7.0:EDX[5] enumerates UINTR")
{
	u32 r[4];

	cpuid(7, 0, r);
	TRUE(r[3] >> 5 & 1);
}

TEST(cpuid_xsaves, "CPUID.D.1:EAX has XSAVEC, XSAVES and XRSTORS")
{
	u32 r[4];

	cpuid(0xd, 1, r);
	TRUE(r[0] >> 1 & 1);
	TRUE(r[0] >> 3 & 1);
}

TEST(cpuid_xss, "CPUID.D.1:ECX[14] says that IA32_XSS[14] can be set")
{
	u32 r[4];

	cpuid(0xd, 1, r);
	TRUE(r[2] >> 14 & 1);
}

TEST(cpuid_xcr0, "CPUID.D.0:EAX[14] is clear: the state is not a user state")
{
	u32 r[4];

	cpuid(0xd, 0, r);
	FALSE(r[0] >> 14 & 1);
}

TEST(cpuid_size, "CPUID.D.14:EAX is 48 bytes")
{
	u32 r[4];

	cpuid(0xd, 14, r);
	EQUAL(r[0], 48);
}

TEST(cpuid_supervisor, "CPUID.D.14:ECX[0] is set and EBX is 0: a supervisor state")
{
	u32 r[4];

	cpuid(0xd, 14, r);
	EQUAL(r[1], 0);
	TRUE(r[2] & 1);
}

TEST(cpuid_area_size, "CPUID.D.1:EBX grows by the component when IA32_XSS[14] is set")
{
	u32 without[4], with[4], comp[4];

	cpuid(0xd, 14, comp);
	wrmsr(MSR_XSS, 0);
	cpuid(0xd, 1, without);
	wrmsr(MSR_XSS, XSTATE_UINTR);
	cpuid(0xd, 1, with);
	EQUAL(comp[2] & 2, 0);
	EQUAL(with[1] - without[1], 48);
}

TEST(cr4_writable, "CR4.UINTR can be set and cleared")
{
	write_cr4(read_cr4() & ~CR4_UINTR);
	FALSE(read_cr4() & CR4_UINTR);
	write_cr4(read_cr4() | CR4_UINTR);
	TRUE(read_cr4() & CR4_UINTR);
}

static void cr4_reserved(void *arg)
{
	write_cr4(read_cr4() | (u64)arg);
}

TEST(cr4_reserved_gp, "a reserved bit beside CR4.UINTR: #GP(0)")
{
	RAISES(VEC_GP, cr4_reserved, 1ul << 26);
	EQUAL(this_cpu()->fault.err, 0);
	FALSE(read_cr4() & 1ul << 26);
}

TEST(reset_values, "the MSRs are 0 after reset, on all CPUs")
{
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		for (u32 i = 0; i < 6; i++)
			EQUAL(cpus[cpu].reset_msrs[i], 0);
}

static void round_trip(u32 msr, u64 val)
{
	uintr_clear();
	wrmsr(msr, val);
	EQUAL(rdmsr(msr), val);
	for (u32 other = MSR_UINTR_RR; other <= MSR_UINTR_TT; other++)
		if (other != msr)
			EQUAL(rdmsr(other), 0);
	wrmsr(msr, 0);
}

TEST(msr_rr, "IA32_UINTR_RR takes any value")
{
	round_trip(MSR_UINTR_RR, ~0ul);
	round_trip(MSR_UINTR_RR, 0x8000000000000001);
}

TEST(msr_handler, "IA32_UINTR_HANDLER keeps its value")
{
	round_trip(MSR_UINTR_HANDLER, 0x00007fffffffffff);
	round_trip(MSR_UINTR_HANDLER, 0xffff800000000000);
}

TEST(msr_stackadjust, "IA32_UINTR_STACKADJUST keeps its value, bit 0 included")
{
	round_trip(MSR_UINTR_STACKADJUST, 128);
	round_trip(MSR_UINTR_STACKADJUST, 0x00007ffffffff001);
	round_trip(MSR_UINTR_STACKADJUST, ~0ul);
}

TEST(msr_misc, "IA32_UINTR_MISC keeps UITTSZ and UINV")
{
	round_trip(MSR_UINTR_MISC, MISC(0xff, 0xffffffff));
	round_trip(MSR_UINTR_MISC, MISC(0x31, 0));
}

TEST(msr_pd, "IA32_UINTR_PD keeps its value")
{
	round_trip(MSR_UINTR_PD, 0xffff8000000000c0);
}

TEST(msr_tt, "IA32_UINTR_TT keeps its value, bit 0 included")
{
	round_trip(MSR_UINTR_TT, 0xffff800000000010);
	round_trip(MSR_UINTR_TT, 0xffff800000000011);
}

TEST(msr_handler_gp, "IA32_UINTR_HANDLER, not canonical: #GP(0)")
{
	TRUE(wrmsr_raises_gp(MSR_UINTR_HANDLER, NONCANONICAL));
	TRUE(wrmsr_raises_gp(MSR_UINTR_HANDLER, 0x7fffffffffffffff));
}

TEST(msr_stackadjust_gp, "IA32_UINTR_STACKADJUST, not canonical: #GP(0)")
{
	TRUE(wrmsr_raises_gp(MSR_UINTR_STACKADJUST, NONCANONICAL));
	TRUE(wrmsr_raises_gp(MSR_UINTR_STACKADJUST, NONCANONICAL | 1));
}

TEST(msr_misc_gp, "IA32_UINTR_MISC[63:40], each bit: #GP(0)")
{
	for (u32 bit = 40; bit < 64; bit++)
		TRUE(wrmsr_raises_gp(MSR_UINTR_MISC, 1ul << bit));
}

TEST(msr_pd_gp, "IA32_UINTR_PD[5:0], each bit: #GP(0)")
{
	for (u32 bit = 0; bit < 6; bit++)
		TRUE(wrmsr_raises_gp(MSR_UINTR_PD, (u64)&upids[0] | 1ul << bit));
}

TEST(msr_pd_canonical_gp, "IA32_UINTR_PD, not canonical: #GP(0)")
{
	TRUE(wrmsr_raises_gp(MSR_UINTR_PD, NONCANONICAL));
}

TEST(msr_tt_gp, "IA32_UINTR_TT[3:1], each bit: #GP(0)")
{
	for (u32 bit = 1; bit < 4; bit++) {
		TRUE(wrmsr_raises_gp(MSR_UINTR_TT, (u64)uitt | 1ul << bit));
		TRUE(wrmsr_raises_gp(MSR_UINTR_TT, (u64)uitt | 1ul << bit | 1));
	}
}

TEST(msr_tt_canonical_gp, "IA32_UINTR_TT, not canonical: #GP(0)")
{
	TRUE(wrmsr_raises_gp(MSR_UINTR_TT, NONCANONICAL));
	TRUE(wrmsr_raises_gp(MSR_UINTR_TT, NONCANONICAL | 1));
}

TEST(msr_canonical_width, "MSRs take what is canonical on the processor, with 57 bits or 48")
{
	static const u32 msrs[] = { MSR_UINTR_HANDLER, MSR_UINTR_STACKADJUST, MSR_UINTR_PD,
				    MSR_UINTR_TT };

	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		EQUAL(wrmsr_raises_gp(msrs[i], CANONICAL57), !has_la57());
}

TEST(msr_without_cr4, "the MSRs can be accessed with CR4.UINTR = 0")
{
	write_cr4(read_cr4() & ~CR4_UINTR);
	for (u32 msr = MSR_UINTR_RR; msr <= MSR_UINTR_TT; msr++) {
		wrmsr(msr, 0);
		EQUAL(rdmsr(msr), 0);
	}
	wrmsr(MSR_UINTR_HANDLER, 0x1234);
	EQUAL(rdmsr(MSR_UINTR_HANDLER), 0x1234);
	TRUE(wrmsr_raises_gp(MSR_UINTR_HANDLER, NONCANONICAL));
}

TEST(msr_cpl3, "RDMSR of them at CPL 3: #GP(0)")
{
	for (u32 msr = MSR_UINTR_RR; msr <= MSR_UINTR_TT; msr++)
		USER_RAISES(VEC_GP, u_rdmsr, msr, 0);
}

TEST(misc_hides_uif, "IA32_UINTR_MISC does not show UIF")
{
	u64 misc = rdmsr(MSR_UINTR_MISC);

	stui();
	EQUAL(rdmsr(MSR_UINTR_MISC), misc);
	wrmsr(MSR_UINTR_MISC, misc);
	TRUE(testui());
}
