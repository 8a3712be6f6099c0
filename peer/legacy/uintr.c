// SPDX-License-Identifier: GPL-2.0
/*
 * User interrupts: SENDUIPI to shadows' descriptors, which are Linux's, and the descriptor of this
 * kernel, for which the notification is an interrupt as any other.
 *
 * As in kernels of that time, ON is cleared when the queues have been looked at, not before. What
 * comes in between is found by the timer.
 */
#include "apic.h"
#include "console.h"
#include "cpu.h"
#include "layout.h"
#include "paging.h"
#include "trap.h"
#include "uintr.h"
#include "vectors.h"

/* Two pages before the region: descriptors that Linux makes, and this kernel's. */
#define UPIDS (REGION - 2 * PAGE_SIZE)
#define OWN_UPID (REGION - PAGE_SIZE)

/* Physical address P of a descriptor is mapped at this + P. */
#define UPID_BASE 0xffffff9000000000

#define UPID_ON (1UL << 0)
#define UPID_CONTROL(vector, ndst) ((u64)(ndst) << 32 | (u64)(vector) << 16)
#define UITT_VALID 1UL

#define CR4_UINTR (1UL << 25)
#define CPUID_7_EDX_UINTR (1U << 5)

#define MSR_UINTR_RR 0x985
#define MSR_UINTR_MISC 0x988
#define MSR_UINTR_PD 0x989
#define MSR_UINTR_TT 0x98a
#define UINTR_TT_ENABLED 1

struct upid {
	u64 control;
	u64 pir;
};

static struct {
	u64 flags;
	u64 upid;
} uitt[UINTR_TARGETS] __attribute__((aligned(16)));

/* NULL where the processor has no user interrupts. */
static struct upid *own;

void uintr_init(void)
{
	if (cpuid(0, 0).eax < 7 || !(cpuid(7, 0).edx & CPUID_7_EDX_UINTR))
		return;
	if (!paging_map_kernel(UPID_BASE + UPIDS, UPIDS, 2 * PAGE_SIZE))
		panic("no memory for user interrupts");
	wrmsr(MSR_UINTR_MISC, UINTR_TARGETS - 1);
	wrmsr(MSR_UINTR_TT, (u64)uitt | UINTR_TT_ENABLED);
	wrmsr(MSR_UINTR_PD, 0);
	wrmsr(MSR_UINTR_RR, 0);
	WRITE_CR(4, READ_CR(4) | CR4_UINTR);
	own = (struct upid *)(UPID_BASE + OWN_UPID);
	WRITE_ONCE(own->control, UPID_CONTROL(VECTOR_UINTR, apic_ndst()));
	kernel_log("user interrupts: by SENDUIPI, own descriptor at %x", (u32)OWN_UPID);
}

bool uintr_connect(u32 target, u64 phys)
{
	if (!own)
		return false;
	if (phys < UPIDS || phys >= OWN_UPID)
		panic("a shadow's descriptor at %lx", phys);
	uitt[target].upid = UPID_BASE + phys;
	/* The vector is nobody's: that there is something is all that is told. */
	uitt[target].flags = UITT_VALID;
	return true;
}

void uintr_post(u32 target)
{
	asm volatile("senduipi %0" : : "r"((u64)target) : "memory");
}

void uintr_seen(void)
{
	if (!own)
		return;
	__atomic_exchange_n(&own->pir, 0, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&own->control, ~UPID_ON, __ATOMIC_SEQ_CST);
}
