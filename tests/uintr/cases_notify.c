// SPDX-License-Identifier: GPL-2.0
/* Notification: identification and processing, without a delivery. */
#include "test.h"

static void notify_self(u64 pir, u32 vector)
{
	upids[0].pir = pir;
	upids[0].nc |= UPID_ON;
	apic_send(this_cpu()->apic_id, 0x4000 | vector);
	settle();
}

TEST(notify_pir, "a notification moves PIR to UIRR and clears ON")
{
	notify_self(0x8000000000000021, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 0x8000000000000021);
	EQUAL(upids[0].pir, 0);
	EQUAL(upids[0].nc, upid_nc(0));
}

TEST(notify_no_idt, "it does not enter the IDT")
{
	notify_self(1, UINV);
	EQUAL(this_cpu()->irqs[UINV], 0);
}

TEST(notify_or, "PIR is added to UIRR")
{
	wrmsr(MSR_UINTR_RR, 0x30);
	notify_self(0x9, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 0x39);
}

TEST(notify_empty, "PIR = 0: ON is cleared, UIRR stays")
{
	wrmsr(MSR_UINTR_RR, 0x30);
	notify_self(0, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 0x30);
	EQUAL(upids[0].nc, upid_nc(0));
}

TEST(notify_eoi, "it is dismissed at the local APIC")
{
	notify_self(1, UINV);
	FALSE(apic_bit(APIC_ISR, UINV));
	FALSE(apic_bit(APIC_IRR, UINV));
	/* A vector of lower priority gets through. */
	apic_send(this_cpu()->apic_id, 0x4000 | 0x41);
	settle();
	EQUAL(this_cpu()->irqs[0x41], 1);
}

TEST(notify_again, "the next notification works as the first one")
{
	notify_self(1, UINV);
	notify_self(2, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 3);
	EQUAL(this_cpu()->irqs[UINV], 0);
}

TEST(notify_cpl0, "SENDUIPI to the own CPU at CPL 0 notifies there")
{
	TRUE(try(send_from_kernel, (void *)13));
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 13);
	EQUAL(upids[0].nc, upid_nc(0));
	EQUAL(this_cpu()->irqs[UINV], 0);
}

TEST(notify_uif0, "UIF = 0 at CPL 3: the notification is taken, nothing is delivered")
{
	user_call(UADDR(u_send_many), 1, 14);
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 14);
	EQUAL(upids[0].nc, upid_nc(0));
	EQUAL(ulog()->count, 0);
}

TEST(notify_other_vector, "another vector than UINV goes through the IDT")
{
	notify_self(1, OTHER_VEC);
	EQUAL(this_cpu()->irqs[OTHER_VEC], 1);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
	EQUAL(upids[0].pir, 1);
	EQUAL(upids[0].nc, upid_nc(0) | UPID_ON);
}

TEST(notify_cr4, "CR4.UINTR = 0: UINV is an ordinary vector")
{
	write_cr4(read_cr4() & ~CR4_UINTR);
	notify_self(1, UINV);
	EQUAL(this_cpu()->irqs[UINV], 1);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
	EQUAL(upids[0].pir, 1);
}

TEST(notify_uinv0, "UINV = 0: the vector goes through the IDT")
{
	wrmsr(MSR_UINTR_MISC, MISC(0, UITT_SIZE - 1));
	notify_self(1, UINV);
	EQUAL(this_cpu()->irqs[UINV], 1);
	EQUAL(upids[0].pir, 1);
}

TEST(notify_if, "RFLAGS.IF = 0 puts it off")
{
	irq_off();
	notify_self(1, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
	TRUE(apic_bit(APIC_IRR, UINV));
	irq_on();
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
}

TEST(notify_tpr, "the task priority puts it off")
{
	apic_write(APIC_TPR, 0xf0);
	notify_self(1, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
	apic_write(APIC_TPR, 0);
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
}

TEST(notify_sn, "SN does not stop a notification that has come")
{
	upids[0].nc |= UPID_SN;
	notify_self(1, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	EQUAL(upids[0].nc, upid_nc(0) | UPID_SN);
}

TEST(notify_reserved, "reserved bits of the UPID are not looked at, and stay")
{
	upids[0].nc |= 0xff00fffc;
	notify_self(1, UINV);
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
	EQUAL(upids[0].nc, upid_nc(0) | 0xff00fffc);
}

TEST(notify_supervisor, "at CPL 3 the UPID is accessed as the supervisor does")
{
	struct upid *upid = page_memory(1);

	*upid = (struct upid){ upid_nc(0), 0 };
	map_page(KPAGES, 1, PAGE_P | PAGE_W);
	wrmsr(MSR_UINTR_PD, KPAGES + 4096);
	uitt[5].upid = KPAGES + 4096;
	TRUE(user_call(UADDR(u_send_wait), 5, 1) != USER_FAULT);
	EQUAL(ulog()->count, 1);
	EQUAL(ulog()->vectors[0], 5);
}

static void notify_absent(void *arg)
{
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	settle();
	(void)arg;
}

TEST(notify_pf, "UPID in a page that is not there: #PF as a supervisor's write")
{
	map_page(KPAGES, 1, 0);
	wrmsr(MSR_UINTR_PD, KPAGES + 4096);
	RAISES(VEC_PF, notify_absent, 0);
	EQUAL(this_cpu()->fault.err & (PF_P | PF_U), 0);
	EQUAL(this_cpu()->fault.cr2 & ~63ul, KPAGES + 4096);
	EQUAL(rdmsr(MSR_UINTR_RR), 0);
}

TEST(notify_pf_dismissed, "after that #PF the vector is dismissed all the same")
{
	map_page(KPAGES, 1, 0);
	wrmsr(MSR_UINTR_PD, KPAGES + 4096);
	RAISES(VEC_PF, notify_absent, 0);
	FALSE(apic_bit(APIC_ISR, UINV));
	FALSE(apic_bit(APIC_IRR, UINV));
	EQUAL(this_cpu()->irqs[UINV], 0);
}

TEST(notify_noncanonical, "UPID at an address that is not canonical in this paging mode: #GP(0)")
{
	if (wrmsr_raises_gp(MSR_UINTR_PD, 0x00ff000000000000)) {
		skip("no 57-bit addresses");
		return;
	}
	wrmsr(MSR_UINTR_PD, 0x00ff000000000000);
	RAISES(VEC_GP, notify_absent, 0);
	EQUAL(this_cpu()->fault.err, 0);
}

TEST(notify_smap, "UPID in a user page with SMAP: #PF")
{
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	wrmsr(MSR_UINTR_PD, UPAGES + 4096);
	RAISES(VEC_PF, notify_absent, 0);
	EQUAL(this_cpu()->fault.err & (PF_P | PF_U), PF_P);
}

TEST(notify_smap_ac, "RFLAGS.AC at CPL 0 does not help against SMAP")
{
	map_page(UPAGES, 1, PAGE_P | PAGE_W | PAGE_U);
	wrmsr(MSR_UINTR_PD, UPAGES + 4096);
	asm volatile("stac" ::: "cc", "memory");
	RAISES(VEC_PF, notify_absent, 0);
	asm volatile("clac" ::: "cc", "memory");
	EQUAL(this_cpu()->fault.err & (PF_P | PF_U), PF_P);
}

TEST(notify_hlt, "a notification wakes a CPU from HLT")
{
	irq_off();
	upids[0].pir = 1 << 9;
	upids[0].nc |= UPID_ON;
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	/* The test ends here if it does not. */
	asm volatile("sti; hlt" ::: "memory");
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 9);
	EQUAL(this_cpu()->irqs[UINV], 0);
}

TEST(notify_flags, "a notification changes no register and no flag")
{
	u64 flags;

	upids[0].pir = 1;
	asm volatile("push $0x8d7\n\tpopfq\n\t" ::: "cc", "memory");
	apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	irq_off();
	asm volatile("push $0x8d5\n\tpopfq\n\tsti\n\tnop\n\tnop\n\tnop\n\tpushfq\n\tpop %0"
		     : "=r"(flags) :: "cc", "memory");
	EQUAL(flags & FLAG_ARITH, FLAG_ARITH);
	irq_on();
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), 1);
}
