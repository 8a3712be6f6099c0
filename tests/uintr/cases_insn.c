// SPDX-License-Identifier: GPL-2.0
/* UIRET, TESTUI, CLUI, STUI, and where the instructions are undefined. */
#include "test.h"

#define CODE(...)	((const u8[]){ __VA_ARGS__ })
#define SET(...)	ucode_set(CODE(__VA_ARGS__), sizeof((const u8[]){ __VA_ARGS__ }))

#define RET		0xc3
#define INT_EXIT	0xcd, VEC_EXIT
#define SENDUIPI_RAX	0xf3, 0x0f, 0xc7, 0xf0
#define UIRET_BYTES	0xf3, 0x0f, 0x01, 0xec
#define TESTUI_BYTES	0xf3, 0x0f, 0x01, 0xed
#define CLUI_BYTES	0xf3, 0x0f, 0x01, 0xee
#define STUI_BYTES	0xf3, 0x0f, 0x01, 0xef

static void run_ucode(void)
{
	write_cr4(read_cr4() & ~CR4_UINTR);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	EQUAL(this_cpu()->fault.rip, UADDR(ucode));
}

TEST(ud_cr4_senduipi, "SENDUIPI with CR4.UINTR = 0: #UD")
{
	SET(SENDUIPI_RAX, RET);
	run_ucode();
}

TEST(ud_cr4_uiret, "UIRET with CR4.UINTR = 0: #UD")
{
	SET(UIRET_BYTES, RET);
	run_ucode();
}

TEST(ud_cr4_testui, "TESTUI with CR4.UINTR = 0: #UD")
{
	SET(TESTUI_BYTES, RET);
	run_ucode();
}

TEST(ud_cr4_clui, "CLUI with CR4.UINTR = 0: #UD")
{
	SET(CLUI_BYTES, RET);
	run_ucode();
}

TEST(ud_cr4_stui, "STUI with CR4.UINTR = 0: #UD")
{
	SET(STUI_BYTES, RET);
	run_ucode();
}

TEST(ud_compat_senduipi, "SENDUIPI in compatibility mode: #UD")
{
	SET(SENDUIPI_RAX, INT_EXIT);
	USER_RAISES(VEC_UD, u_compat, 0, 0);
	EQUAL(upids[0].pir, 0);
}

TEST(ud_compat_uiret, "UIRET in compatibility mode: #UD")
{
	SET(UIRET_BYTES, INT_EXIT);
	USER_RAISES(VEC_UD, u_compat, 0, 0);
}

TEST(ud_compat_testui, "TESTUI in compatibility mode: #UD")
{
	SET(TESTUI_BYTES, INT_EXIT);
	USER_RAISES(VEC_UD, u_compat, 0, 0);
}

TEST(ud_compat_clui, "CLUI in compatibility mode: #UD")
{
	SET(CLUI_BYTES, INT_EXIT);
	USER_RAISES(VEC_UD, u_compat, 0, 0);
}

TEST(ud_compat_stui, "STUI in compatibility mode: #UD, and UIF stays clear")
{
	SET(STUI_BYTES, INT_EXIT);
	USER_RAISES(VEC_UD, u_compat, 0, 0);
	FALSE(testui());
}

TEST(ud_tt0, "SENDUIPI with IA32_UINTR_TT[0] = 0: #UD")
{
	wrmsr(MSR_UINTR_TT, (u64)uitt);
	USER_RAISES(VEC_UD, u_send, 0, 0);
	RAISES(VEC_UD, send_from_kernel, 0);
	EQUAL(upids[0].pir, 0);
}

TEST(ud_tt0_first, "IA32_UINTR_TT[0] = 0 comes before the check of the index")
{
	wrmsr(MSR_UINTR_TT, (u64)uitt);
	USER_RAISES(VEC_UD, u_send, ~0ul, 0);
}

TEST(ud_lock, "LOCK with any of them: #UD")
{
	SET(0xf0, SENDUIPI_RAX, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	SET(0xf0, TESTUI_BYTES, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	SET(0xf0, CLUI_BYTES, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	SET(0xf0, STUI_BYTES, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	SET(0xf0, UIRET_BYTES, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
}

TEST(ud_no_prefix, "0F 01 EC and ED without F3: #UD")
{
	SET(0x0f, 0x01, 0xec, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	SET(0x0f, 0x01, 0xed, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
}

TEST(prefix_pkru, "0F 01 EE and EF without F3 are RDPKRU and WRPKRU: UIF does not change")
{
	u32 r[4];

	cpuid(7, 0, r);
	if (!(r[2] >> 3 & 1)) {
		skip("no protection keys");
		return;
	}
	write_cr4(read_cr4() | CR4_PKE);
	stui();
	/* xor ecx,ecx; xor edx,edx; rdpkru; ret */
	SET(0x31, 0xc9, 0x31, 0xd2, 0x0f, 0x01, 0xee, RET);
	TRUE(user_call(UADDR(ucode), 0, 0) != USER_FAULT);
	TRUE(testui());
	clui();
	/* ... xor eax,eax; wrpkru; ret */
	SET(0x31, 0xc9, 0x31, 0xd2, 0x31, 0xc0, 0x0f, 0x01, 0xef, RET);
	TRUE(user_call(UADDR(ucode), 0, 0) != USER_FAULT);
	FALSE(testui());
	write_cr4(read_cr4() & ~CR4_PKE);
}

TEST(mem_operand, "F3 0F C7 /6 with a memory operand is not SENDUIPI")
{
	SET(0xf3, 0x0f, 0xc7, 0x30, RET);
	USER_RAISES(VEC_UD, ucode, 0, 0);
	EQUAL(upids[0].pir, 0);
}

TEST(rdrand_not_uipi, "0F C7 /6 without F3 is RDRAND")
{
	u32 r[4];

	cpuid(1, 0, r);
	if (!(r[2] >> 30 & 1)) {
		skip("no RDRAND");
		return;
	}
	SET(0x48, 0x0f, 0xc7, 0xf0, RET);
	TRUE(user_call(UADDR(ucode), 0, 0) != USER_FAULT);
	EQUAL(upids[0].pir, 0);
}

TEST(stui_clui_cpl3, "STUI sets UIF and CLUI clears it at CPL 3")
{
	user_call(UADDR(u_stui), 0, 0);
	EQUAL(user_call(UADDR(u_testui), 0, 0), 1);
	user_call(UADDR(u_clui), 0, 0);
	EQUAL(user_call(UADDR(u_testui), 0, 0), 0);
}

TEST(stui_clui_cpl0, "STUI, CLUI and TESTUI work at CPL 0")
{
	stui();
	TRUE(testui());
	EQUAL(user_call(UADDR(u_testui), 0, 0), 1);
	clui();
	FALSE(testui());
	EQUAL(user_call(UADDR(u_testui), 0, 0), 0);
}

TEST(testui_flags, "TESTUI: CF is UIF, the other arithmetic flags are cleared")
{
	SET(TESTUI_BYTES, RET);
	EQUAL(user_call(UADDR(u_rflags), FLAG_ARITH | 2, 0) & FLAG_ARITH, 0);
	stui();
	EQUAL(user_call(UADDR(u_rflags), (FLAG_ARITH & ~FLAG_CF) | 2, 0) & FLAG_ARITH, FLAG_CF);
}

TEST(testui_other_flags, "TESTUI leaves DF and AC alone")
{
	SET(TESTUI_BYTES, RET);
	EQUAL(user_call(UADDR(u_rflags), FLAG_DF | FLAG_AC | 2, 0) & (FLAG_DF | FLAG_AC),
	      FLAG_DF | FLAG_AC);
}

TEST(stui_clui_flags, "STUI and CLUI change no flag of RFLAGS")
{
	SET(STUI_BYTES, RET);
	EQUAL(user_call(UADDR(u_rflags), FLAG_ARITH | 2, 0) & FLAG_ARITH, FLAG_ARITH);
	SET(CLUI_BYTES, RET);
	EQUAL(user_call(UADDR(u_rflags), FLAG_ARITH | 2, 0) & FLAG_ARITH, FLAG_ARITH);
	SET(STUI_BYTES, RET);
	EQUAL(user_call(UADDR(u_rflags), 2, 0) & FLAG_ARITH, 0);
	SET(CLUI_BYTES, RET);
	EQUAL(user_call(UADDR(u_rflags), 2, 0) & FLAG_ARITH, 0);
}

TEST(senduipi_flags, "SENDUIPI changes no flag of RFLAGS")
{
	/* mov eax,5; senduipi rax; ret */
	SET(0xb8, 5, 0, 0, 0, SENDUIPI_RAX, RET);
	EQUAL(user_call(UADDR(u_rflags), FLAG_ARITH | 2, 0) & FLAG_ARITH, FLAG_ARITH);
	EQUAL(user_call(UADDR(u_rflags), 2, 0) & FLAG_ARITH, 0);
}

/* Where UIRET shall find RIP, RFLAGS and RSP: on page 0 of UPAGES. */
static u64 *uiret_frame(u64 rip, u64 rflags, u64 rsp)
{
	u64 *frame = page_memory(0);

	map_page(UPAGES, 0, PAGE_P | PAGE_W | PAGE_U);
	frame[0] = rip;
	frame[1] = rflags;
	frame[2] = rsp;
	return (u64 *)UPAGES;
}

TEST(uiret_pops, "UIRET takes RIP, RFLAGS and RSP from where RSP points")
{
	u64 stack = UPAGES + 0x800;

	uiret_frame(UADDR(u_uiret_mark), FLAG_CF | FLAG_ZF | FLAG_IF | 2, stack);
	EQUAL(user_call(UADDR(u_uiret), UPAGES, 0) & FLAG_ARITH, FLAG_CF | FLAG_ZF);
	EQUAL(*(u64 *)((u64)page_memory(0) + 0x7f8) & FLAG_ARITH, FLAG_CF | FLAG_ZF);
}

TEST(uiret_uif, "UIRET sets UIF")
{
	uiret_frame(UADDR(u_uiret_mark), FLAG_IF | 2, UPAGES + 0x800);
	FALSE(testui());
	user_call(UADDR(u_uiret), UPAGES, 0);
	TRUE(testui());
}

TEST(uiret_rflags, "UIRET loads CF PF AF ZF SF DF OF NT AC ID")
{
	u64 flags = FLAG_ARITH | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;

	uiret_frame(UADDR(u_uiret_mark), flags | 2, UPAGES + 0x800);
	EQUAL(user_call(UADDR(u_uiret), UPAGES, 0) & flags, flags);
	uiret_frame(UADDR(u_uiret_mark), 2, UPAGES + 0x800);
	EQUAL(user_call(UADDR(u_uiret), UPAGES, 0) & flags, 0);
}

TEST(uiret_rflags_kept, "UIRET does not load IF, IOPL, VIF and VIP")
{
	u64 kept = FLAG_IF | FLAG_IOPL | FLAG_VIF | FLAG_VIP;

	uiret_frame(UADDR(u_uiret_mark), FLAG_IOPL | FLAG_VIF | FLAG_VIP | 2, UPAGES + 0x800);
	EQUAL(user_call(UADDR(u_uiret), UPAGES, 0) & kept, FLAG_IF);
}

TEST(uiret_tf, "UIRET that loads TF: #DB after the instruction that it returns to")
{
	uiret_frame(UADDR(u_uiret_mark), FLAG_TF | 2, UPAGES + 0x800);
	USER_RAISES(VEC_DB, u_uiret, UPAGES, 0);
	EQUAL(this_cpu()->fault.rip, UADDR(u_uiret_mark) + 1);
}

TEST(uiret_rip_gp, "UIRET to a RIP that is not canonical: #GP(0) at UIRET, nothing is changed")
{
	uiret_frame(0x8000000000000000, 2, UPAGES + 0x800);
	USER_RAISES(VEC_GP, u_uiret, UPAGES, 0);
	EQUAL(this_cpu()->fault.err, 0);
	EQUAL(this_cpu()->fault.rip, UADDR(u_uiret) + 3);
	EQUAL(this_cpu()->fault.rsp, UPAGES);
	FALSE(testui());
}

TEST(uiret_stack_ss, "UIRET with an RSP that is not canonical: #SS(0)")
{
	USER_RAISES(VEC_SS, u_uiret, 0x8000000000000000, 0);
	EQUAL(this_cpu()->fault.err, 0);
	FALSE(testui());
}

TEST(uiret_stack_pf, "UIRET from a page that is not there: #PF as a user's read")
{
	map_page(UPAGES, 0, 0);
	USER_RAISES(VEC_PF, u_uiret, UPAGES + 0x100, 0);
	EQUAL(this_cpu()->fault.err, PF_U);
	EQUAL(this_cpu()->fault.cr2, UPAGES + 0x100);
	FALSE(testui());
}

TEST(uiret_stack_supervisor, "UIRET from a supervisor's page at CPL 3: #PF")
{
	map_page(UPAGES, 0, PAGE_P | PAGE_W);
	USER_RAISES(VEC_PF, u_uiret, UPAGES, 0);
	EQUAL(this_cpu()->fault.err, PF_U | PF_P);
}

TEST(uiret_cpl0, "UIRET works at CPL 0, without a change of CPL")
{
	u64 flags;

	asm volatile("mov %%rsp, %%rdx\n\t"
		     "sub $256, %%rsp\n\t"
		     "push %%rdx\n\t"
		     "push $0x247\n\t"
		     "lea 1f(%%rip), %%rax\n\t"
		     "push %%rax\n\t"
		     ".byte 0xf3, 0x0f, 0x01, 0xec\n"
		     "1:\n\t"
		     "pushfq\n\t"
		     "pop %0\n\t"
		     : "=&r"(flags) :: "rax", "rdx", "cc", "memory");
	EQUAL(flags & (FLAG_ARITH | FLAG_IF), FLAG_CF | FLAG_PF | FLAG_ZF | FLAG_IF);
	TRUE(testui());
}
