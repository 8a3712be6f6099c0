// SPDX-License-Identifier: GPL-2.0
/* The state that cases start from. */
#include "test.h"

struct upid upids[MAX_CPUS];
struct uitte uitt[UITT_SIZE] __aligned(4096);

u64 upid_nc(u32 cpu)
{
	return (u64)apic_ndst(cpus[cpu].apic_id) << 32 | UINV << 16;
}

void uintr_clear(void)
{
	write_cr4(read_cr4() | CR4_UINTR);
	wrmsr(MSR_UINTR_MISC, 0);
	clui();
	wrmsr(MSR_UINTR_RR, 0);
	wrmsr(MSR_UINTR_TT, 0);
	wrmsr(MSR_UINTR_PD, 0);
	wrmsr(MSR_UINTR_HANDLER, 0);
	wrmsr(MSR_UINTR_STACKADJUST, 0);
}

void uintr_setup(void)
{
	struct cpu *cpu = this_cpu();
	struct ulog *log = ulog();

	uintr_clear();
	*log = (struct ulog){ 0 };
	cpu->fixup = NULL;
	cpu->service = NULL;
	cpu->on_irq = NULL;
	for (u32 i = 0; i < 256; i++)
		cpu->irqs[i] = 0;
	upids[cpu->index] = (struct upid){ upid_nc(cpu->index), 0 };
	if (!cpu->index) {
		for (u32 i = 0; i < 64; i++)
			uitt[i] = (struct uitte){ 1 | i << 8, (u64)&upids[0] };
		for (u32 i = 0; i < MAX_CPUS; i++)
			uitt[64 + i] = (struct uitte){ 1 | i << 8, (u64)&upids[i] };
	}
	wrmsr(MSR_UINTR_HANDLER, UADDR(uintr_handler));
	wrmsr(MSR_UINTR_STACKADJUST, 128);
	wrmsr(MSR_UINTR_PD, (u64)&upids[cpu->index]);
	wrmsr(MSR_UINTR_TT, (u64)uitt | 1);
	wrmsr(MSR_UINTR_MISC, MISC(UINV, UITT_SIZE - 1));
}

/* What u_rflags() and u_compat() run; a RET or the like belongs to it. */
void ucode_set(const void *bytes, u32 size)
{
	for (u32 i = 0; i < size; i++)
		KPTR(u8, UADDR(ucode))[i] = ((const u8 *)bytes)[i];
}

void send_from_kernel(void *index)
{
	senduipi((u64)index);
}

void wrmsr_arg(void *arg)
{
	struct msr_write *w = arg;

	wrmsr(w->msr, w->val);
}

/* Whether it raises #GP(0) and leaves the MSR alone. */
bool wrmsr_raises_gp(u32 msr, u64 val)
{
	struct msr_write w = { msr, val };
	struct cpu *cpu = this_cpu();
	u64 before = rdmsr(msr);

	if (try(wrmsr_arg, &w)) {
		wrmsr(msr, before);
		return false;
	}
	return cpu->fault.vec == VEC_GP && !cpu->fault.err && rdmsr(msr) == before;
}

volatile u64 uintr_seen_rr;

bool uintr_rr_set(void *arg)
{
	(void)arg;
	return rdmsr(MSR_UINTR_RR);
}

void uintr_read_rr(void *arg)
{
	irq_on();
	wait_until(uintr_rr_set, arg);
	uintr_seen_rr = rdmsr(MSR_UINTR_RR);
}

void uintr_xss_on(void *arg)
{
	(void)arg;
	uintr_clear();
	wrmsr(MSR_XSS, XSTATE_UINTR);
}

void uintr_off(void *arg)
{
	(void)arg;
	uintr_clear();
	wrmsr(MSR_XSS, 0);
}

void uintr_send_once(void *index)
{
	uintr_setup();
	senduipi((u64)index);
	uintr_clear();
}
