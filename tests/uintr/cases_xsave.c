// SPDX-License-Identifier: GPL-2.0
/* State component 14: IA32_XSS, XSAVES, XRSTORS. */
#include "test.h"

#define COMPACTED	(1ul << 63)

struct xarea {
	u8 legacy[512];
	u64 xstate_bv;
	u64 xcomp_bv;
	u64 reserved[6];
	u64 comp[512 - 72];
} __aligned(64);

/* Component 14, when nothing is between it and the header. */
enum { HANDLER, STACKADJUST, MISC_UIF, PD, RR, TT };

static struct xarea area;

static void clear_area(void)
{
	for (u32 i = 0; i < sizeof(area) / 8; i++)
		((u64 *)&area)[i] = 0;
}

static void fill_area(u64 val)
{
	for (u32 i = 0; i < sizeof(area) / 8; i++)
		((u64 *)&area)[i] = val;
}

static void xsaves(void *mask)
{
	asm volatile("xsaves64 %0" : "+m"(area) : "a"((u32)(u64)mask), "d"((u64)mask >> 32)
		     : "memory");
}

static void xrstors(void *mask)
{
	asm volatile("xrstors64 %0" :: "m"(area), "a"((u32)(u64)mask), "d"((u64)mask >> 32)
		     : "memory");
}

static void xsavec(void *mask)
{
	asm volatile("xsavec64 %0" : "+m"(area) : "a"((u32)(u64)mask), "d"((u64)mask >> 32)
		     : "memory");
}

static void xrstor(void *mask)
{
	asm volatile("xrstor64 %0" :: "m"(area), "a"((u32)(u64)mask), "d"((u64)mask >> 32)
		     : "memory");
}

static void xsave(void *mask)
{
	asm volatile("xsave64 %0" : "+m"(area) : "a"((u32)(u64)mask), "d"((u64)mask >> 32)
		     : "memory");
}

/* IA32_XSS[14] set, and a state that XSAVES has something to save of. */
static void state(void)
{
	wrmsr(MSR_XSS, XSTATE_UINTR);
	wrmsr(MSR_UINTR_RR, 0x8000000000000012);
	stui();
	clear_area();
}

TEST(xss_write, "IA32_XSS[14] can be set and cleared")
{
	wrmsr(MSR_XSS, XSTATE_UINTR);
	EQUAL(rdmsr(MSR_XSS), XSTATE_UINTR);
	wrmsr(MSR_XSS, 0);
	EQUAL(rdmsr(MSR_XSS), 0);
}

TEST(xss_reserved, "IA32_XSS, bits that CPUID does not list: #GP(0)")
{
	u32 r[4];
	u64 known;

	cpuid(0xd, 1, r);
	known = (u64)r[3] << 32 | r[2];
	for (u32 bit = 0; bit < 64; bit++)
		if (!(known >> bit & 1))
			TRUE(wrmsr_raises_gp(MSR_XSS, 1ul << bit));
}

static void set_xcr0(void *val)
{
	xsetbv0((u64)val);
}

TEST(xcr0_uintr, "XCR0[14] cannot be set: #GP(0)")
{
	RAISES(VEC_GP, set_xcr0, xgetbv(0) | XSTATE_UINTR);
}

TEST(xsaves_layout, "XSAVES: handler, stack adjustment, MISC, PD, RR, TT")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.comp[HANDLER], UADDR(uintr_handler));
	EQUAL(area.comp[STACKADJUST], 128);
	EQUAL(area.comp[PD], (u64)&upids[0]);
	EQUAL(area.comp[RR], 0x8000000000000012);
	EQUAL(area.comp[TT], (u64)uitt | 1);
}

TEST(xsaves_misc, "XSAVES: MISC holds UITTSZ, UINV, and UIF in bit 63")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.comp[MISC_UIF], MISC(UINV, UITT_SIZE - 1) | 1ul << 63);
	state();
	clui();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.comp[MISC_UIF] >> 63, 0);
}

TEST(xsaves_header, "XSAVES: XSTATE_BV[14], XCOMP_BV[63] and [14], nothing else")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.xstate_bv, XSTATE_UINTR);
	EQUAL(area.xcomp_bv, COMPACTED | XSTATE_UINTR);
}

TEST(xsaves_uinv, "XSAVES clears UINV")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(0, UITT_SIZE - 1));
}

TEST(xsaves_keeps, "XSAVES changes nothing else of the state")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(rdmsr(MSR_UINTR_HANDLER), UADDR(uintr_handler));
	EQUAL(rdmsr(MSR_UINTR_STACKADJUST), 128);
	EQUAL(rdmsr(MSR_UINTR_PD), (u64)&upids[0]);
	EQUAL(rdmsr(MSR_UINTR_TT), (u64)uitt | 1);
	EQUAL(rdmsr(MSR_UINTR_RR), 0x8000000000000012);
	TRUE(testui());
}

TEST(xsaves_size, "XSAVES writes 48 bytes and not more")
{
	state();
	area.comp[6] = 0x1234567890abcdef;
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.comp[6], 0x1234567890abcdef);
}

TEST(xsaves_init, "XSAVES of the initial state: XSTATE_BV[14] = 0, nothing is written")
{
	uintr_clear();
	wrmsr(MSR_XSS, XSTATE_UINTR);
	fill_area(0x5a5a5a5a5a5a5a5a);
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.xstate_bv, 0);
	EQUAL(area.xcomp_bv, COMPACTED | XSTATE_UINTR);
	for (u32 i = 0; i < 6; i++)
		EQUAL(area.comp[i], 0x5a5a5a5a5a5a5a5a);
}

TEST(xsaves_in_use, "UIF alone makes the state be in use")
{
	uintr_clear();
	wrmsr(MSR_XSS, XSTATE_UINTR);
	clear_area();
	stui();
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.xstate_bv, XSTATE_UINTR);
	EQUAL(area.comp[MISC_UIF], 1ul << 63);
}

TEST(xsaves_mask, "EDX:EAX[14] = 0: the state is left alone, UINV too")
{
	state();
	xsaves((void *)1);
	EQUAL(area.xcomp_bv, COMPACTED | 1);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, UITT_SIZE - 1));
}

TEST(xsaves_xss0, "IA32_XSS[14] = 0: the state is left alone, UINV too")
{
	state();
	wrmsr(MSR_XSS, 0);
	xsaves((void *)~0ul);
	EQUAL(area.xcomp_bv & XSTATE_UINTR, 0);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, UITT_SIZE - 1));
}

TEST(xsaves_cr4, "XSAVES and XRSTORS reach the state with CR4.UINTR = 0")
{
	state();
	write_cr4(read_cr4() & ~CR4_UINTR);
	xsaves((void *)XSTATE_UINTR);
	EQUAL(area.comp[STACKADJUST], 128);
	area.comp[STACKADJUST] = 256;
	xrstors((void *)XSTATE_UINTR);
	EQUAL(rdmsr(MSR_UINTR_STACKADJUST), 256);
}

TEST(xsaves_compaction, "the component lies behind those of lower numbers in XCOMP_BV")
{
	u64 xcr0 = xgetbv(0);
	u32 r[4];

	cpuid(0xd, 0, r);
	if ((r[0] & 7) != 7) {
		skip("no AVX");
		return;
	}
	state();
	xsetbv0(7);
	xsaves((void *)(7 | XSTATE_UINTR));
	xsetbv0(xcr0);
	EQUAL(area.xcomp_bv, COMPACTED | XSTATE_UINTR | 7);
	EQUAL(area.comp[256 / 8 + HANDLER], UADDR(uintr_handler));
	EQUAL(area.comp[256 / 8 + PD], (u64)&upids[0]);
}

TEST(xrstors_loads, "XRSTORS loads what XSAVES has saved")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	uintr_clear();
	xrstors((void *)XSTATE_UINTR);
	EQUAL(rdmsr(MSR_UINTR_HANDLER), UADDR(uintr_handler));
	EQUAL(rdmsr(MSR_UINTR_STACKADJUST), 128);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, UITT_SIZE - 1));
	EQUAL(rdmsr(MSR_UINTR_PD), (u64)&upids[0]);
	EQUAL(rdmsr(MSR_UINTR_RR), 0x8000000000000012);
	EQUAL(rdmsr(MSR_UINTR_TT), (u64)uitt | 1);
	TRUE(testui());
}

TEST(xrstors_uif0, "XRSTORS clears UIF if bit 63 of MISC is 0")
{
	state();
	clui();
	xsaves((void *)XSTATE_UINTR);
	stui();
	xrstors((void *)XSTATE_UINTR);
	FALSE(testui());
}

TEST(xrstors_init, "XRSTORS with XSTATE_BV[14] = 0 puts the state into its initial one")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	area.xstate_bv = 0;
	xrstors((void *)XSTATE_UINTR);
	for (u32 msr = MSR_UINTR_RR; msr <= MSR_UINTR_TT; msr++)
		EQUAL(rdmsr(msr), 0);
	FALSE(testui());
}

TEST(xrstors_uinv, "XRSTORS with UINV not 0: #GP(0), nothing is loaded")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	area.comp[STACKADJUST] = 256;
	wrmsr(MSR_UINTR_MISC, MISC(UINV, 3));
	RAISES(VEC_GP, xrstors, XSTATE_UINTR);
	EQUAL(this_cpu()->fault.err, 0);
	EQUAL(rdmsr(MSR_UINTR_STACKADJUST), 128);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, 3));
}

TEST(xrstors_uinv_unused, "XRSTORS without component 14 does not mind UINV")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	wrmsr(MSR_UINTR_MISC, MISC(UINV, 3));
	TRUE(try(xrstors, (void *)1));
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, 3));
}

static void xrstors_gp(u32 field, u64 val)
{
	state();
	xsaves((void *)XSTATE_UINTR);
	area.comp[field] = val;
	RAISES(VEC_GP, xrstors, XSTATE_UINTR);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(0, UITT_SIZE - 1));
}

TEST(xrstors_misc_gp, "XRSTORS with a reserved bit in MISC: #GP(0)")
{
	for (u32 bit = 40; bit < 63; bit++)
		xrstors_gp(MISC_UIF, 1ul << bit);
}

TEST(xrstors_pd_gp, "XRSTORS with a reserved bit in PD: #GP(0)")
{
	for (u32 bit = 0; bit < 6; bit++)
		xrstors_gp(PD, (u64)&upids[0] | 1ul << bit);
}

TEST(xrstors_tt_gp, "XRSTORS with a reserved bit in TT: #GP(0)")
{
	for (u32 bit = 1; bit < 4; bit++)
		xrstors_gp(TT, (u64)uitt | 1ul << bit);
}

TEST(xrstors_canonical_gp, "XRSTORS with an address that is not canonical: #GP(0)")
{
	xrstors_gp(HANDLER, 0x8000000000000000);
	xrstors_gp(STACKADJUST, 0x8000000000000000);
	xrstors_gp(PD, 0x8000000000000000);
	xrstors_gp(TT, 0x8000000000000000);
}

TEST(xrstors_header_gp, "XRSTORS with a bad header: #GP(0)")
{
	struct xarea good;

	state();
	xsaves((void *)XSTATE_UINTR);
	good = area;
	area.xcomp_bv &= ~COMPACTED;
	RAISES(VEC_GP, xrstors, XSTATE_UINTR);
	area = good;
	area.xcomp_bv |= 1ul << 40;
	RAISES(VEC_GP, xrstors, XSTATE_UINTR);
	area = good;
	area.xcomp_bv = COMPACTED;
	RAISES(VEC_GP, xrstors, XSTATE_UINTR);
	for (u32 i = 0; i < 6; i++) {
		area = good;
		area.reserved[i] = 1;
		RAISES(VEC_GP, xrstors, XSTATE_UINTR);
	}
	area = good;
	TRUE(try(xrstors, (void *)XSTATE_UINTR));
}

TEST(xrstors_xss0, "XRSTORS of component 14 with IA32_XSS[14] = 0: #GP(0)")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	wrmsr(MSR_XSS, 0);
	RAISES(VEC_GP, xrstors, XSTATE_UINTR);
}

TEST(xrstors_pending, "a request that XRSTORS brings is delivered on return to CPL 3")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	uintr_clear();
	area.comp[RR] = 1 << 21;
	xrstors((void *)XSTATE_UINTR);
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->vectors[0], 21);
}

TEST(xrstors_notified, "after XRSTORS notifications are taken again")
{
	state();
	wrmsr(MSR_UINTR_RR, 0);
	xsaves((void *)XSTATE_UINTR);
	TRUE(try(send_from_kernel, (void *)4));
	settle();
	/* Without UINV it was an ordinary interrupt. */
	EQUAL(this_cpu()->irqs[UINV], 1);
	EQUAL(upids[0].nc & UPID_ON, UPID_ON);
	xrstors((void *)XSTATE_UINTR);
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	settle();
	EQUAL(this_cpu()->irqs[UINV], 1);
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 4);
}

TEST(xsaves_cpl3, "XSAVES and XRSTORS at CPL 3: #GP(0)")
{
	/* xsaves (rdi); xrstors (rdi) */
	static const u8 save[] = { 0x0f, 0xc7, 0x2f, 0xc3 }, restore[] = { 0x0f, 0xc7, 0x1f, 0xc3 };

	ucode_set(save, sizeof(save));
	USER_RAISES(VEC_GP, ucode, UPAGES, 0);
	ucode_set(restore, sizeof(restore));
	USER_RAISES(VEC_GP, ucode, UPAGES, 0);
}

static void xsaves_misaligned(void *arg)
{
	asm volatile("xsaves64 8(%0)" :: "r"(&area), "a"(1), "d"(0) : "memory");
	(void)arg;
}

TEST(xsaves_align, "XSAVES to an address not on 64 bytes: #GP(0)")
{
	RAISES(VEC_GP, xsaves_misaligned, 0);
}

TEST(xsaves_osxsave, "XSAVES and XRSTORS with CR4.OSXSAVE = 0: #UD")
{
	bool saved, restored;
	u64 vec[2];

	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	saved = try(xsaves, (void *)1);
	vec[0] = this_cpu()->fault.vec;
	restored = try(xrstors, (void *)1);
	vec[1] = this_cpu()->fault.vec;
	write_cr4(read_cr4() | CR4_OSXSAVE);
	FALSE(saved);
	FALSE(restored);
	EQUAL(vec[0], VEC_UD);
	EQUAL(vec[1], VEC_UD);
}

TEST(xsaves_ts, "XSAVES with CR0.TS = 1: #NM")
{
	bool saved;

	write_cr0(read_cr0() | CR0_TS);
	saved = try(xsaves, (void *)1);
	write_cr0(read_cr0() & ~CR0_TS);
	FALSE(saved);
	EQUAL(this_cpu()->fault.vec, VEC_NM);
}

TEST(xsavec_ignores, "XSAVEC does not save component 14")
{
	state();
	xsavec((void *)~0ul);
	EQUAL(area.xcomp_bv & XSTATE_UINTR, 0);
	EQUAL(area.xstate_bv & XSTATE_UINTR, 0);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, UITT_SIZE - 1));
}

TEST(xsave_ignores, "XSAVE does not save component 14")
{
	state();
	xsave((void *)~0ul);
	EQUAL(area.xstate_bv & XSTATE_UINTR, 0);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, UITT_SIZE - 1));
}

TEST(xrstor_refuses, "XRSTOR with XCOMP_BV[14]: #GP(0)")
{
	state();
	xsaves((void *)XSTATE_UINTR);
	RAISES(VEC_GP, xrstor, XSTATE_UINTR);
}

TEST(xrstor_compacted, "XRSTOR takes the compacted format of XSAVEC")
{
	static const u64 values[2] = { 0x1122334455667788, 0x99aabbccddeeff00 };
	u64 xcr0 = xgetbv(0), got[2];

	xsetbv0(3);
	clear_area();
	asm volatile("movdqu %0, %%xmm5" :: "m"(values));
	xsavec((void *)3);
	asm volatile("pxor %%xmm5, %%xmm5" ::: "memory");
	xrstor((void *)3);
	asm volatile("movdqu %%xmm5, %0" : "=m"(got) :: "memory");
	xsetbv0(xcr0);
	EQUAL(area.xcomp_bv, COMPACTED | 3);
	EQUAL(got[0], values[0]);
	EQUAL(got[1], values[1]);
}

static void arrive(void *arg)
{
	xrstors(arg);
	stui();
}

TEST_CPUS(xsaves_migrates, "a state saved on one CPU is restored and works on another", 2)
{
	state();
	wrmsr(MSR_UINTR_RR, 0);
	xsaves((void *)XSTATE_UINTR);
	uintr_clear();
	/* As a kernel does when a thread moves: NDST follows, then the state. */
	upids[0].nc = upid_nc(1);
	wrmsr(MSR_UINTR_TT, (u64)uitt | 1);
	wrmsr(MSR_UINTR_MISC, MISC(0, UITT_SIZE - 1));
	run_on(1, uintr_xss_on, NULL);
	wait_cpu(1);
	run_on(1, arrive, (void *)XSTATE_UINTR);
	wait_cpu(1);
	TRUE(try(send_from_kernel, (void *)17));
	run_on(1, uintr_read_rr, NULL);
	wait_cpu(1);
	EQUAL(uintr_seen_rr, 1 << 17);
	run_on(1, uintr_off, NULL);
	wait_cpu(1);
}
