// SPDX-License-Identifier: GPL-2.0
/* Delivery: when it happens, what it pushes and changes. */
#include "test.h"

/* One delivery while u_loop_rflags() runs with these flags; returns its flags. */
static u64 deliver_in_loop(u64 flags)
{
	wrmsr(MSR_UINTR_RR, 1 << 6);
	return user_call(UADDR(u_loop_rflags), flags, 2000);
}

static bool in(u64 val, u64 from, u64 size)
{
	return val >= from && val < from + size;
}

TEST(deliver_vector, "the vector is pushed last")
{
	deliver_in_loop(2);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.vector, 6);
}

TEST(deliver_rip, "the RIP of the interrupted instruction is pushed above it")
{
	deliver_in_loop(2);
	TRUE(in(ulog()->frame.rip, UADDR(u_loop_rflags), 32));
}

TEST(deliver_rflags, "RFLAGS is pushed with the arithmetic flags as they are")
{
	EQUAL(deliver_in_loop(FLAG_ARITH | 2) & FLAG_ARITH, FLAG_ARITH);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.rflags & (FLAG_ARITH | FLAG_IF | FLAG_TF), FLAG_ARITH | FLAG_IF);
	uintr_setup();
	EQUAL(deliver_in_loop(2) & FLAG_ARITH, 0);
	EQUAL(ulog()->frame.rflags & FLAG_ARITH, 0);
}

TEST(deliver_rflags_kept, "the handler starts with the interrupted flags, TF and RF apart")
{
	deliver_in_loop(FLAG_ARITH | FLAG_DF | 2);
	EQUAL(ulog()->rflags & (FLAG_ARITH | FLAG_DF | FLAG_IF | FLAG_TF | FLAG_RF),
	      FLAG_ARITH | FLAG_DF | FLAG_IF);
}

TEST(deliver_rsp, "the RSP of the interrupted code is pushed first")
{
	u64 stack = UADDR(ustacks) + USTACK_SIZE - 1024;

	wrmsr(MSR_UINTR_RR, 1);
	EQUAL(user_call(UADDR(u_stack), stack, 500), stack);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.rsp, stack);
}

TEST(deliver_subtract, "IA32_UINTR_STACKADJUST[0] = 0: it is subtracted from RSP")
{
	u64 stack = UADDR(ustacks) + USTACK_SIZE - 1024;

	wrmsr(MSR_UINTR_STACKADJUST, 128);
	wrmsr(MSR_UINTR_RR, 1);
	user_call(UADDR(u_stack), stack, 500);
	EQUAL(ulog()->rsp, stack - 128 - 32);
}

TEST(deliver_align, "RSP is aligned to 16 bytes before anything is pushed")
{
	u64 stack = UADDR(ustacks) + USTACK_SIZE - 1024;

	wrmsr(MSR_UINTR_STACKADJUST, 128);
	for (u64 off = 0; off < 16; off++) {
		clui();
		wrmsr(MSR_UINTR_RR, 1);
		EQUAL(user_call(UADDR(u_stack), stack + off, 300), stack + off);
		EQUAL(ulog()->rsp, stack - 128 - 32);
		EQUAL(ulog()->frame.rsp, stack + off);
	}
}

TEST(deliver_zero_adjust, "IA32_UINTR_STACKADJUST = 0 only aligns")
{
	u64 stack = UADDR(ustacks) + USTACK_SIZE - 1024;

	wrmsr(MSR_UINTR_STACKADJUST, 0);
	wrmsr(MSR_UINTR_RR, 1);
	user_call(UADDR(u_stack), stack + 8, 300);
	EQUAL(ulog()->rsp, stack - 32);
}

TEST(deliver_load, "IA32_UINTR_STACKADJUST[0] = 1: RSP is loaded from it")
{
	u64 stack = UADDR(ustacks) + USTACK_SIZE - 1024;
	u64 other = UADDR(ustacks) + USTACK_SIZE - 4096;

	wrmsr(MSR_UINTR_STACKADJUST, (other + 8) | 1);
	wrmsr(MSR_UINTR_RR, 1);
	EQUAL(user_call(UADDR(u_stack), stack, 300), stack);
	EQUAL(ulog()->rsp, other - 32);
	EQUAL(ulog()->frame.rsp, stack);
}

TEST(deliver_uif, "UIF is clear in the handler, and set after its UIRET")
{
	wrmsr(MSR_UINTR_RR, 1);
	user_call(UADDR(u_call2), UADDR(u_stui), UADDR(u_testui));
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->uif, 0);
	TRUE(testui());
}

TEST(deliver_uirr, "the bit of the vector is cleared in UIRR")
{
	wrmsr(MSR_UINTR_RR, 1ul << 63);
	user_call(UADDR(u_wait), 1, 1000);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
	EQUAL(ulog()->vectors[0], 63);
}

TEST(deliver_highest, "the highest vector comes first, then all others")
{
	wrmsr(MSR_UINTR_RR, 1ul << 40 | 1 << 9 | 1 << 8 | 1);
	EQUAL(user_call(UADDR(u_wait), 4, 1000), 4);
	EQUAL(ulog()->vectors[0], 40);
	EQUAL(ulog()->vectors[1], 9);
	EQUAL(ulog()->vectors[2], 8);
	EQUAL(ulog()->vectors[3], 0);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
}

TEST(deliver_all, "64 pending vectors are delivered from 63 to 0")
{
	wrmsr(MSR_UINTR_RR, ~0ul);
	EQUAL(user_call(UADDR(u_wait), 64, 1000), 64);
	for (u32 i = 0; i < 64; i++)
		EQUAL(ulog()->vectors[i], 63 - i);
}

TEST(deliver_nested, "STUI in the handler lets the next one in")
{
	ulog()->hook = UADDR(u_hook_stui);
	wrmsr(MSR_UINTR_RR, 7);
	EQUAL(user_call(UADDR(u_wait), 3, 1000), 3);
	EQUAL(ulog()->vectors[0], 2);
	EQUAL(ulog()->vectors[2], 0);
}

TEST(deliver_uiret, "after UIRET the next pending one is delivered before any other instruction")
{
	deliver_in_loop(2);
	uintr_setup();
	wrmsr(MSR_UINTR_RR, 3);
	user_call(UADDR(u_stui), 0, 0);
	EQUAL(ulog()->count, 2);
	/* Both have interrupted the instruction after STUI. */
	TRUE(in(ulog()->frame.rip, UADDR(u_stui), 16));
}

TEST(deliver_after_stui, "STUI with one pending: delivered at the next boundary")
{
	wrmsr(MSR_UINTR_RR, 1 << 5);
	user_call(UADDR(u_stui), 0, 0);
	EQUAL(ulog()->count, 1);
	TRUE(in(ulog()->frame.rip, UADDR(u_stui) + 1, 16));
}

TEST(deliver_after_clui, "CLUI: nothing is delivered")
{
	wrmsr(MSR_UINTR_RR, 1 << 5);
	stui();
	clui();
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 0);
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 5);
}

TEST(deliver_after_iret, "IRET to CPL 3 with one pending: delivered before its first instruction")
{
	wrmsr(MSR_UINTR_RR, 1 << 5);
	stui();
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.rip, UADDR(u_testui));
}

TEST(deliver_after_lret, "far RET to CPL 3 with one pending: likewise")
{
	wrmsr(MSR_UINTR_RR, 1 << 5);
	stui();
	user_call_lret(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.rip, UADDR(u_testui));
}

static void raise_pending(void *arg)
{
	wrmsr(MSR_UINTR_RR, (u64)arg);
}

static void pending_by_service(u64 entry)
{
	this_cpu()->service = raise_pending;
	this_cpu()->service_arg = (void *)(1 << 7);
	stui();
	TRUE(user_call(entry, 0, 0) != USER_FAULT);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->vectors[0], 7);
	TRUE(in(ulog()->frame.rip, entry, 32));
}

TEST(deliver_wrmsr_iret, "WRMSR of UIRR at CPL 0, then IRET: delivered on return")
{
	pending_by_service(UADDR(u_service));
}

TEST(deliver_wrmsr_sysret, "WRMSR of UIRR at CPL 0, then SYSRET: delivered on return")
{
	pending_by_service(UADDR(u_syscall));
}

TEST(deliver_wrmsr_sysexit, "WRMSR of UIRR at CPL 0, then SYSEXIT: delivered on return")
{
	u32 r[4];

	/* AuthenticAMD has no SYSENTER in long mode. */
	cpuid(0, 0, r);
	if (r[1] == 0x68747541) {
		skip("no SYSENTER in long mode");
		return;
	}
	pending_by_service(UADDR(u_sysenter));
}

static void notify_in_service(void *arg)
{
	senduipi((u64)arg);
	irq_on();
	settle();
	irq_off();
}

TEST(deliver_notified_in_syscall, "a notification in a system call is delivered on return")
{
	this_cpu()->service = notify_in_service;
	this_cpu()->service_arg = (void *)33;
	stui();
	user_call(UADDR(u_syscall), 0, 0);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->vectors[0], 33);
	EQUAL(this_cpu()->irqs[UINV], 0);
}

TEST(deliver_not_cpl0, "nothing is delivered at CPL 0")
{
	stui();
	wrmsr(MSR_UINTR_RR, 1);
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	EQUAL(ulog()->count, 0);
}

TEST(deliver_not_compat, "nothing is delivered in compatibility mode, but after it")
{
	/* int VEC_SERVICE; mov ecx,500; loop .; mov eax,77; int VEC_EXIT */
	static const u8 code[] = { 0xcd, VEC_SERVICE, 0xb9, 0xf4, 1, 0, 0, 0xe2, 0xfe,
				   0xb8, 77, 0, 0, 0, 0xcd, VEC_EXIT };

	ucode_set(code, sizeof(code));
	this_cpu()->service = raise_pending;
	this_cpu()->service_arg = (void *)(1 << 4);
	stui();
	EQUAL(user_call(UADDR(u_compat), 0, 0), 77);
	EQUAL(ulog()->count, 0);
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 4);
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 1);
}

TEST(notify_in_compat, "a notification in compatibility mode is processed, and delivered later")
{
	/* sti; mov ecx,5000; loop .; int VEC_EXIT */
	static const u8 code[] = { 0xfb, 0xb9, 0x88, 0x13, 0, 0, 0xe2, 0xfe, 0xcd, VEC_EXIT };

	ucode_set(code, sizeof(code));
	irq_off();
	upids[0].pir = 1 << 4;
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	stui();
	user_call_flags(UADDR(u_compat), 0, 0, FLAG_IOPL);
	irq_on();
	EQUAL(ulog()->count, 0);
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 4);
	EQUAL(upids[0].pir, 0);
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 1);
}

TEST(deliver_if0, "RFLAGS.IF = 0 at CPL 3 does not hold back what is pending")
{
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	irq_off();
	user_call_flags(UADDR(u_testui), 0, 0, 0);
	irq_on();
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.rflags & FLAG_IF, 0);
}

TEST(deliver_cr4, "CR4.UINTR = 0 holds it back; set again, it is delivered")
{
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	write_cr4(read_cr4() & ~CR4_UINTR);
	user_call(UADDR(u_loop), UADDR(uhits), 100);
	EQUAL(ulog()->count, 0);
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	write_cr4(read_cr4() | CR4_UINTR);
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 1);
}

TEST(deliver_cease, "UIRR written with 0: nothing is delivered any more")
{
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	wrmsr(MSR_UINTR_RR, 0);
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 0);
}

TEST(deliver_tf, "TF is clear in the handler; #DB comes after its UIRET")
{
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	/* The first instruction is not executed before the delivery. */
	EQUAL(user_call_flags(UADDR(u_testui), 0, 0, FLAG_TF | FLAG_IF), USER_FAULT);
	EQUAL(this_cpu()->fault.vec, VEC_DB);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->rflags & FLAG_TF, 0);
	EQUAL(ulog()->frame.rflags & FLAG_TF, FLAG_TF);
	TRUE(in(this_cpu()->fault.rip, UADDR(u_testui) + 1, 16));
}

TEST(deliver_handler_gp, "handler not canonical in this paging mode: #GP(0), still pending")
{
	if (wrmsr_raises_gp(MSR_UINTR_HANDLER, 0x00ff000000000000)) {
		skip("no 57-bit addresses");
		return;
	}
	wrmsr(MSR_UINTR_HANDLER, 0x00ff000000000000);
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	USER_RAISES(VEC_GP, u_testui, 0, 0);
	EQUAL(this_cpu()->fault.err, 0);
	EQUAL(this_cpu()->fault.rip, UADDR(u_testui));
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	TRUE(testui());
}

TEST(deliver_stack_ss, "stack not canonical: #SS(0), nothing is changed")
{
	wrmsr(MSR_UINTR_STACKADJUST, 0);
	wrmsr(MSR_UINTR_RR, 1);
	USER_RAISES(VEC_SS, u_stack, 0x0000900000000000, 500);
	EQUAL(this_cpu()->fault.err, 0);
	EQUAL(this_cpu()->fault.rsp, 0x0000900000000000);
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	TRUE(testui());
}

static u64 stack_page(int flags)
{
	map_page(UPAGES, 1, flags);
	wrmsr(MSR_UINTR_STACKADJUST, (UPAGES + 4096 + 2048) | 1);
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	return UPAGES + 4096 + 2048;
}

TEST(deliver_stack_pf, "stack not there: #PF as a user's write, nothing is changed")
{
	u64 stack = stack_page(0);

	USER_RAISES(VEC_PF, u_testui, 0, 0);
	EQUAL(this_cpu()->fault.err, PF_W | PF_U);
	TRUE(in(this_cpu()->fault.cr2, stack - 32, 32));
	EQUAL(this_cpu()->fault.rip, UADDR(u_testui));
	TRUE(in(this_cpu()->fault.rsp, UADDR(ustacks), USTACK_SIZE));
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	TRUE(testui());
	EQUAL(ulog()->count, 0);
}

TEST(deliver_stack_readonly, "stack read-only: #PF as a user's write")
{
	stack_page(PAGE_P | PAGE_U);
	USER_RAISES(VEC_PF, u_testui, 0, 0);
	EQUAL(this_cpu()->fault.err, PF_P | PF_W | PF_U);
}

TEST(deliver_stack_supervisor, "stack in a supervisor's page: #PF, for it is a user's access")
{
	stack_page(PAGE_P | PAGE_W);
	USER_RAISES(VEC_PF, u_testui, 0, 0);
	EQUAL(this_cpu()->fault.err, PF_P | PF_W | PF_U);
}

static bool map_stack(struct regs *regs)
{
	if (regs->vec != VEC_PF)
		return false;
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	return true;
}

TEST(deliver_stack_retry, "after that #PF is mended, the delivery happens")
{
	stack_page(0);
	this_cpu()->fixup = map_stack;
	EQUAL(user_call(UADDR(u_testui), 0, 0), 1);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->frame.rip, UADDR(u_testui));
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
}

TEST(deliver_stack_straddle, "a frame across two pages of which one is missing: #PF, then retried")
{
	map_page(UPAGES, 2, PAGE_P | PAGE_W | PAGE_U);
	map_page(UPAGES, 1, 0);
	wrmsr(MSR_UINTR_STACKADJUST, (UPAGES + 2 * 4096 + 16) | 1);
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	this_cpu()->fixup = map_stack;
	EQUAL(user_call(UADDR(u_testui), 0, 0), 1);
	EQUAL(this_cpu()->fault.vec, VEC_PF);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->rsp, UPAGES + 2 * 4096 - 16);
}

TEST(deliver_collapse, "two requests of one vector may be one: no counting")
{
	upids[0].nc |= UPID_SN;
	user_call(UADDR(u_send_many), 2, 3);
	upids[0].nc &= ~UPID_SN;
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	user_call(UADDR(u_wait), 2, 300);
	EQUAL(ulog()->count, 1);
}

TEST(deliver_registers, "no general register changes")
{
	wrmsr(MSR_UINTR_RR, 0xff);
	stui();
	EQUAL(user_call(UADDR(u_registers), 2000, 0), 0);
	EQUAL(ulog()->count, 8);
}

TEST(deliver_after_notification, "one pending, one notified at the same boundary: both come")
{
	irq_off();
	upids[0].pir = 1 << 4;
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	wrmsr(MSR_UINTR_RR, 1 << 9);
	stui();
	user_call(UADDR(u_loop), UADDR(uhits), 20000);
	EQUAL(ulog()->count, 2);
	/* The loop does nothing that would make a CPU look again. */
	TRUE(in(ulog()->frame.rip, UADDR(u_loop), 32));
}

TEST(deliver_all_vectors, "each vector from 0 to 63, sent and delivered")
{
	for (u64 vector = 0; vector < 64; vector++) {
		EQUAL(user_call(UADDR(u_send_wait), vector, vector + 1), vector + 1);
		EQUAL(ulog()->vectors[vector], vector);
	}
}

TEST(deliver_segments, "CPL and segments are those of the interrupted code")
{
	/* mov eax,cs; ret: in the handler's hook */
	static const u8 code[] = { 0x8c, 0xc8, 0xa3, 0, 0, 0, 0, 0, 0, 0, 0, 0xc3 };
	u8 bytes[sizeof(code)];
	u64 addr = UADDR(uhits);

	for (u32 i = 0; i < sizeof(code); i++)
		bytes[i] = code[i];
	for (u32 i = 0; i < 8; i++)
		bytes[3 + i] = addr >> 8 * i;
	ucode_set(bytes, sizeof(bytes));
	ulog()->hook = UADDR(ucode);
	wrmsr(MSR_UINTR_RR, 1);
	stui();
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(KPTR(u32, addr)[0], SEL_UCODE);
}
