// SPDX-License-Identifier: GPL-2.0
/*
 * carry=1: two CPUs in known states, which have to be the same when the machine has been
 * saved and loaded meanwhile. carry.py does that when it reads the line "# carry", and
 * writes a byte to the serial port afterwards.
 */
#include "test.h"

#define PENDING		(1ul << 63 | 1ul << 5)
#define ON_THE_WAY	9

/* On CPU 1, so that nothing there can be mistaken for what CPU 0 has. */
static const u64 others[] = {
	1ul << 7,				/* RR */
	0x00007ffffffff123,			/* HANDLER */
	0xffff800000000001,			/* STACKADJUST */
	MISC(OTHER_VEC, 0xfffffffe),		/* MISC */
	0xffff8000000000c0,			/* PD */
	0xffff800000000ff0,			/* TT */
};

static u64 seen[ARRAY_SIZE(others)], seen_xss;
static bool seen_uif;

static struct integrity *integrity(void)
{
	return KPTR(struct integrity, UADDR(uintegrity));
}

/* Computes at CPL 3, with UIF clear and a request pending, until it is stopped. */
static void other_cpu(void *arg)
{
	uintr_setup();
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		wrmsr(MSR_UINTR_RR + i, others[i]);
	user_call(UADDR(u_integrity), 0, 0);
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		seen[i] = rdmsr(MSR_UINTR_RR + i);
	seen_uif = testui();
	seen_xss = rdmsr(MSR_XSS);
	(void)arg;
}

static bool is_computing(void *arg)
{
	(void)arg;
	return READ_ONCE(integrity()->done);
}

static void msrs(void)
{
	EQUAL(rdmsr(MSR_UINTR_RR), PENDING);
	EQUAL(rdmsr(MSR_UINTR_HANDLER), UADDR(uintr_handler));
	EQUAL(rdmsr(MSR_UINTR_STACKADJUST), 128);
	EQUAL(rdmsr(MSR_UINTR_MISC), MISC(UINV, UITT_SIZE - 1));
	EQUAL(rdmsr(MSR_UINTR_PD), (u64)&upids[0]);
	EQUAL(rdmsr(MSR_UINTR_TT), (u64)uitt | 1);
}

static void msrs_other(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		EQUAL(seen[i], others[i]);
}

static void uif(void)
{
	TRUE(testui());
	FALSE(seen_uif);
}

static void xss(void)
{
	EQUAL(rdmsr(MSR_XSS), XSTATE_UINTR);
	EQUAL(seen_xss, 0);
}

static void cr4(void)
{
	EQUAL(read_cr4() & CR4_UINTR, CR4_UINTR);
}

static void computed(void)
{
	EQUAL(integrity()->errors, 0);
	EQUAL(KPTR(struct ulog, UADDR(ulogs))[1].count, 0);
}

static void notification(void)
{
	EQUAL(upids[0].nc, upid_nc(0) | UPID_ON);
	irq_on();
	settle();
	EQUAL(rdmsr(MSR_UINTR_RR), PENDING | 1ul << ON_THE_WAY);
	EQUAL(upids[0].nc, upid_nc(0));
	EQUAL(this_cpu()->irqs[UINV], 0);
}

static void delivery(void)
{
	user_call(UADDR(u_testui), 0, 0);
	EQUAL(ulog()->count, 3);
	EQUAL(ulog()->vectors[0], 63);
	EQUAL(ulog()->vectors[1], ON_THE_WAY);
	EQUAL(ulog()->vectors[2], 5);
}

static void between_cpus(void)
{
	uintr_setup();
	run_on(1, uintr_send_once, (void *)21);
	wait_cpu(1);
	irq_on();
	wait_until(uintr_rr_set, NULL);
	EQUAL(rdmsr(MSR_UINTR_RR), 1 << 21);
}

/* They build on each other. */
static const struct test checks[] = {
	{ "the MSRs", msrs, 2 },
	{ "the MSRs of a CPU at CPL 3 are others", msrs_other, 2 },
	{ "UIF, set on one CPU, clear on the other", uif, 2 },
	{ "IA32_XSS, set on one CPU, clear on the other", xss, 2 },
	{ "CR4.UINTR", cr4, 2 },
	{ "the computation at CPL 3, with a request that UIF held back", computed, 2 },
	{ "a notification that the local APIC held is processed", notification, 2 },
	{ "what was pending is delivered", delivery, 2 },
	{ "a send from CPU to CPU", between_cpus, 2 },
};

void carry(void)
{
	print("1..%u\n", (u32)ARRAY_SIZE(checks));
	if (nr_cpus < 2) {
		print("Bail out! carry= wants cpus=2\n");
		return;
	}
	*integrity() = (struct integrity){ .rounds = ~0ul };
	run_on(1, other_cpu, NULL);
	wait_until(is_computing, NULL);

	irq_off();
	uintr_setup();
	wrmsr(MSR_XSS, XSTATE_UINTR);
	wrmsr(MSR_UINTR_RR, PENDING);
	senduipi(ON_THE_WAY);
	stui();
	print("# carry\n");
	wait_for_byte();

	WRITE_ONCE(integrity()->stop, 1);
	wait_cpu(1);
	for (u32 i = 0; i < ARRAY_SIZE(checks); i++) {
		checks[i].run();
		result(i + 1, checks[i].name);
	}
}
