// SPDX-License-Identifier: GPL-2.0
/* SENDUIPI: what it reads, checks and writes. */
#include "test.h"

/* Sends by register n, with what it held put back afterwards. */
static void operand(u32 n)
{
	u8 rex = n >> 3, reg = n & 7;
	u8 code[] = {
		(u8)(0x40 | rex), (u8)(0x50 | reg),	/* push reg */
		0x57,					/* push rdi */
		(u8)(0x40 | rex), (u8)(0x58 | reg),	/* pop reg */
		0xf3, (u8)(0x40 | rex), 0x0f, 0xc7, (u8)(0xf0 | reg),
		(u8)(0x40 | rex), (u8)(0x58 | reg),	/* pop reg */
		0xc3,
	};

	ucode_set(code, sizeof(code));
	for (u64 index = 3; index < 64; index += 30) {
		upids[0] = (struct upid){ upid_nc(0) | UPID_SN, 0 };
		if (n == 4)
			user_call(UADDR(u_send_rsp), index, 0);
		else
			user_call(UADDR(ucode), index, 0);
		EQUAL(upids[0].pir, 1ul << index);
	}
}

#define OPERAND(n, name)	\
	TEST(operand_##n, "SENDUIPI takes its index from " name) { operand(n); }
OPERAND(0, "RAX")
OPERAND(1, "RCX")
OPERAND(2, "RDX")
OPERAND(3, "RBX")
OPERAND(4, "RSP")
OPERAND(5, "RBP")
OPERAND(6, "RSI")
OPERAND(7, "RDI")
OPERAND(8, "R8")
OPERAND(9, "R9")
OPERAND(10, "R10")
OPERAND(11, "R11")
OPERAND(12, "R12")
OPERAND(13, "R13")
OPERAND(14, "R14")
OPERAND(15, "R15")

TEST(operand_rexw, "REX.W makes no difference: the operand has 64 bits")
{
	static const u8 code[] = { 0xf3, 0x48, 0x0f, 0xc7, 0xf7, 0xc3 };

	upids[0].nc |= UPID_SN;
	ucode_set(code, sizeof(code));
	TRUE(user_call(UADDR(ucode), 9, 0) != USER_FAULT);
	EQUAL(upids[0].pir, 1 << 9);
	USER_RAISES(VEC_GP, ucode, 1ul << 32, 0);
}

TEST(index_max, "an index equal to UITTSZ is good, one more: #GP(0)")
{
	wrmsr(MSR_UINTR_MISC, MISC(0, 5));
	TRUE(user_call(UADDR(u_send), 5, 0) != USER_FAULT);
	EQUAL(upids[0].pir, 1 << 5);
	USER_RAISES(VEC_GP, u_send, 6, 0);
	EQUAL(this_cpu()->fault.err, 0);
	EQUAL(upids[0].pir, 1 << 5);
}

TEST(index_64, "all 64 bits of the index count")
{
	USER_RAISES(VEC_GP, u_send, 1ul << 32, 0);
	USER_RAISES(VEC_GP, u_send, 1ul << 63, 0);
	EQUAL(upids[0].pir, 0);
}

TEST(index_zero_size, "UITTSZ = 0 is a table of one entry")
{
	wrmsr(MSR_UINTR_MISC, MISC(0, 0));
	TRUE(user_call(UADDR(u_send), 0, 0) != USER_FAULT);
	EQUAL(upids[0].pir, 1);
	USER_RAISES(VEC_GP, u_send, 1, 0);
}

/* SENDUIPI 0 raises #GP(0) at both CPLs, and does not change the UPID. */
static void send_gp(void)
{
	struct upid before = upids[0];

	USER_RAISES(VEC_GP, u_send, 0, 0);
	EQUAL(this_cpu()->fault.err, 0);
	RAISES(VEC_GP, send_from_kernel, 0);
	EQUAL(upids[0].nc, before.nc);
	EQUAL(upids[0].pir, before.pir);
}

TEST(uitte_v, "UITT entry with V = 0: #GP(0)")
{
	uitt[0].flags &= ~1ul;
	send_gp();
}

TEST(uitte_reserved, "UITT entry, bits 7:1 and 63:16, each: #GP(0)")
{
	for (u32 bit = 1; bit < 64; bit++) {
		if (bit >= 8 && bit < 16)
			continue;
		uitt[0].flags = 1 | 1ul << bit;
		send_gp();
		if (failed())
			return;
	}
}

TEST(uitte_uv, "UITT entry with UV of 64 and more: #GP(0)")
{
	static const u8 vectors[] = { 64, 65, 127, 128, 192, 255 };

	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		uitt[0].flags = 1 | vectors[i] << 8;
		send_gp();
	}
}

TEST(uitte_misaligned, "UITT entry, address of the UPID not on 64 bytes: #GP(0)")
{
	for (u32 bit = 0; bit < 6; bit++) {
		uitt[0].upid = (u64)&upids[0] | 1ul << bit;
		send_gp();
	}
}

TEST(uitte_noncanonical, "UITT entry, address of the UPID not canonical: #GP(0)")
{
	uitt[0].upid = 0x8000000000000000;
	send_gp();
	uitt[0].upid = 0x0000800000000000;
	send_gp();
}

TEST(uitt_noncanonical, "an entry beyond the canonical addresses: #GP(0)")
{
	wrmsr(MSR_UINTR_MISC, MISC(0, 0xffffffff));
	wrmsr(MSR_UINTR_TT, 0x00007ffffffffff1);
	USER_RAISES(VEC_GP, u_send, 1, 0);
	RAISES(VEC_GP, send_from_kernel, 1);
}

TEST(upid_reserved, "UPID, bits 15:2 and 31:24, each: #GP(0)")
{
	for (u32 bit = 2; bit < 32; bit++) {
		if (bit >= 16 && bit < 24)
			continue;
		upids[0].nc = upid_nc(0) | 1ul << bit;
		send_gp();
		if (failed())
			return;
	}
}

TEST(uitt_pf, "UITT in a page that is not there: #PF as a supervisor's read")
{
	map_page(KPAGES, 1, 0);
	wrmsr(MSR_UINTR_TT, (KPAGES + 4096) | 1);
	USER_RAISES(VEC_PF, u_send, 2, 0);
	EQUAL(this_cpu()->fault.err, 0);
	EQUAL(this_cpu()->fault.cr2 & ~15ul, KPAGES + 4096 + 32);
	RAISES(VEC_PF, send_from_kernel, 2);
	EQUAL(this_cpu()->fault.err, 0);
}

TEST(upid_pf, "UPID in a page that is not there: #PF as a supervisor's access")
{
	map_page(KPAGES, 1, 0);
	uitt[0].upid = KPAGES + 4096;
	USER_RAISES(VEC_PF, u_send, 0, 0);
	EQUAL(this_cpu()->fault.err & (PF_U | PF_P), 0);
	EQUAL(this_cpu()->fault.cr2 & ~63ul, KPAGES + 4096);
}

TEST(upid_pf_write, "that #PF is one of a write: the access is a locked one")
{
	map_page(KPAGES, 1, 0);
	uitt[0].upid = KPAGES + 4096;
	USER_RAISES(VEC_PF, u_send, 0, 0);
	EQUAL(this_cpu()->fault.err, PF_W);
}

TEST(upid_readonly, "UPID in a read-only page: #PF, and no bit is set")
{
	struct upid *upid = page_memory(1);

	*upid = (struct upid){ upid_nc(0), 0 };
	map_page(KPAGES, 1, PAGE_P);
	uitt[0].upid = KPAGES + 4096;
	USER_RAISES(VEC_PF, u_send, 0, 0);
	EQUAL(this_cpu()->fault.err, PF_W | PF_P);
	EQUAL(upid->nc, upid_nc(0));
	EQUAL(upid->pir, 0);
}

TEST(uitt_readonly, "UITT in a read-only page is good")
{
	struct uitte *table = page_memory(1);

	upids[0].nc |= UPID_SN;
	table[0] = uitt[7];
	map_page(KPAGES, 1, PAGE_P);
	wrmsr(MSR_UINTR_TT, (KPAGES + 4096) | 1);
	TRUE(user_call(UADDR(u_send), 0, 0) != USER_FAULT);
	EQUAL(upids[0].pir, 1 << 7);
}

TEST(supervisor_pages, "UITT and UPID in supervisor pages serve a SENDUIPI at CPL 3")
{
	struct uitte *table = page_memory(1);
	struct upid *upid = page_memory(2);

	table[0] = (struct uitte){ 1 | 11 << 8, KPAGES + 2 * 4096 };
	*upid = (struct upid){ upid_nc(0) | UPID_SN, 0 };
	map_page(KPAGES, 1, PAGE_P);
	map_page(KPAGES, 2, PAGE_P | PAGE_W);
	wrmsr(MSR_UINTR_TT, (KPAGES + 4096) | 1);
	TRUE(user_call(UADDR(u_send), 0, 0) != USER_FAULT);
	EQUAL(upid->pir, 1 << 11);
}

TEST(uitt_smap, "UITT in a user page with SMAP: #PF")
{
	*(struct uitte *)page_memory(1) = uitt[0];
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	wrmsr(MSR_UINTR_TT, (UPAGES + 4096) | 1);
	USER_RAISES(VEC_PF, u_send, 0, 0);
	EQUAL(this_cpu()->fault.err, PF_P);
	EQUAL(upids[0].pir, 0);
}

TEST(upid_smap, "UPID in a user page with SMAP: #PF, and no bit is set")
{
	struct upid *upid = page_memory(1);

	*upid = (struct upid){ upid_nc(0), 0 };
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	uitt[0].upid = UPAGES + 4096;
	USER_RAISES(VEC_PF, u_send, 0, 0);
	EQUAL(this_cpu()->fault.err & (PF_P | PF_U), PF_P);
	EQUAL(upid->pir, 0);
}

TEST(smap_ac, "RFLAGS.AC at CPL 3 does not help against SMAP")
{
	static const u8 code[] = { 0x31, 0xc0, 0xf3, 0x0f, 0xc7, 0xf0, 0xc3 };

	*(struct uitte *)page_memory(1) = uitt[0];
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	wrmsr(MSR_UINTR_TT, (UPAGES + 4096) | 1);
	ucode_set(code, sizeof(code));
	USER_RAISES(VEC_PF, u_rflags, FLAG_AC | 2, 0);
	EQUAL(this_cpu()->fault.err, PF_P);
}

TEST(no_smap, "UITT and UPID in user pages without SMAP are good")
{
	struct uitte *table = page_memory(1);
	struct upid *upid = page_memory(2);
	s64 ret;

	table[0] = (struct uitte){ 1 | 12 << 8, UPAGES + 2 * 4096 };
	*upid = (struct upid){ upid_nc(0) | UPID_SN, 0 };
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	map_page(UPAGES, 2, PAGE_P | PAGE_W | PAGE_U);
	wrmsr(MSR_UINTR_TT, (UPAGES + 4096) | 1);
	write_cr4(read_cr4() & ~CR4_SMAP);
	ret = user_call(UADDR(u_send), 0, 0);
	write_cr4(read_cr4() | CR4_SMAP);
	TRUE(ret != USER_FAULT);
	EQUAL(upid->pir, 1 << 12);
}

TEST(dirty_page, "SENDUIPI sets the accessed and dirty bits of the UPID's page")
{
	*(struct upid *)page_memory(1) = (struct upid){ upid_nc(0) | UPID_SN, 0 };
	map_page(KPAGES, 1, PAGE_P | PAGE_W);
	uitt[0].upid = KPAGES + 4096;
	user_call(UADDR(u_send), 0, 0);
	EQUAL(page_entry(KPAGES, 1) & (PAGE_A | PAGE_D), PAGE_A | PAGE_D);
}

TEST(post_vectors, "each vector from 0 to 63 sets its bit of PIR")
{
	for (u64 vector = 0; vector < 64; vector++) {
		upids[0] = (struct upid){ upid_nc(0) | UPID_SN, 0 };
		user_call(UADDR(u_send), vector, 0);
		EQUAL(upids[0].pir, 1ul << vector);
	}
}

TEST(post_adds, "SENDUIPI adds to PIR")
{
	upids[0] = (struct upid){ upid_nc(0) | UPID_SN, 0x8000000000000001 };
	user_call(UADDR(u_send), 40, 0);
	EQUAL(upids[0].pir, 0x8000000000000001 | 1ul << 40);
}

TEST(post_sn, "SN = 1: PIR is set, ON is not, nobody is notified")
{
	upids[0].nc |= UPID_SN;
	user_call(UADDR(u_send), 5, 0);
	settle();
	EQUAL(upids[0].nc, upid_nc(0) | UPID_SN);
	EQUAL(upids[0].pir, 1 << 5);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
}

TEST(post_on, "ON = 1 already: PIR is set, nobody is notified")
{
	upids[0].nc |= UPID_ON;
	user_call(UADDR(u_send), 5, 0);
	settle();
	EQUAL(upids[0].nc, upid_nc(0) | UPID_ON);
	EQUAL(upids[0].pir, 1 << 5);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
}

TEST(post_notify, "SN = ON = 0: ON is set and vector NV goes to NDST")
{
	/* Another vector than UINV, so that it comes through the IDT. */
	upids[0].nc = (u64)apic_ndst(cpus[0].apic_id) << 32 | OTHER_VEC << 16;
	user_call(UADDR(u_send), 5, 0);
	settle();
	EQUAL(upids[0].nc & 3, UPID_ON);
	EQUAL(upids[0].pir, 1 << 5);
	EQUAL(this_cpu()->irqs[OTHER_VEC], 1);
}

TEST(post_cpl0, "SENDUIPI works at CPL 0")
{
	upids[0].nc |= UPID_SN;
	TRUE(try(send_from_kernel, (void *)6));
	EQUAL(upids[0].pir, 1 << 6);
}

TEST(ndst_bits, "the mode of the sender's APIC says which bits of NDST are the ID")
{
	u64 id = cpus[0].apic_id, ndst = apic_ndst(id);

	if (!x2apic)
		ndst |= 0xffff00ff;
	upids[0].nc = ndst << 32 | OTHER_VEC << 16;
	user_call(UADDR(u_send), 5, 0);
	settle();
	EQUAL(this_cpu()->irqs[OTHER_VEC], 1);

	/* The same ID where the other mode has it. */
	ndst = x2apic ? id << 8 | 0x2000 : id | 0x2000;
	upids[0] = (struct upid){ ndst << 32 | OTHER_VEC << 16, 0 };
	user_call(UADDR(u_send), 5, 0);
	settle();
	EQUAL(this_cpu()->irqs[OTHER_VEC], 1);
}

TEST(ndst_nobody, "NDST of no CPU: ON is set, and nothing else happens")
{
	upids[0].nc = (u64)apic_ndst(0x7e) << 32 | OTHER_VEC << 16;
	user_call(UADDR(u_send), 5, 0);
	settle();
	EQUAL(upids[0].nc & UPID_ON, UPID_ON);
	EQUAL(this_cpu()->irqs[OTHER_VEC], 0);
}

TEST(nv_illegal, "NV below 16: no interrupt comes")
{
	u32 before[16];

	for (u32 i = 0; i < 16; i++)
		before[i] = this_cpu()->irqs[i];
	for (u64 nv = 0; nv < 16; nv += 5) {
		upids[0] = (struct upid){ (u64)apic_ndst(cpus[0].apic_id) << 32 | nv << 16, 0 };
		TRUE(user_call(UADDR(u_send), 5, 0) != USER_FAULT);
		settle();
		EQUAL(this_cpu()->irqs[nv], before[nv]);
		FALSE(apic_bit(APIC_IRR, nv));
	}
}
