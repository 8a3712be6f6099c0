// SPDX-License-Identifier: GPL-2.0
/*
 * User interrupts to the workers of shadows.
 *
 * This kernel receives none of its own: what comes back from a worker raises the doorbell's vector,
 * which is an interrupt as any other, since IA32_UINTR_MISC names no vector.
 */
#include "client.h"
#include "cmdline.h"
#include "console.h"
#include "cpu.h"
#include "trap.h"
#include "uintr.h"

#define CR4_UINTR (1UL << 25)
#define CPUID_7_EDX_UINTR (1U << 5)

#define MSR_UINTR_RR 0x985
#define MSR_UINTR_HANDLER 0x986
#define MSR_UINTR_STACKADJUST 0x987
#define MSR_UINTR_MISC 0x988
#define MSR_UINTR_PD 0x989
#define MSR_UINTR_TT 0x98a
#define UINTR_TT_ENABLED 1

static struct nimbos_client_uitte uitt[NIMBOS_SCF_MAX_UPIDS] __attribute__((aligned(16)));

static bool is_supported(void)
{
	return cpuid(0, 0).eax >= 7 && cpuid(7, 0).edx & CPUID_7_EDX_UINTR;
}

/* Whatever INIT has left there. */
static void enable_senduipi(void)
{
	wrmsr(MSR_UINTR_MISC, client.nr_upids - 1);
	wrmsr(MSR_UINTR_TT, (u64)uitt | UINTR_TT_ENABLED);
	wrmsr(MSR_UINTR_PD, 0);
	wrmsr(MSR_UINTR_RR, 0);
	wrmsr(MSR_UINTR_HANDLER, 0);
	wrmsr(MSR_UINTR_STACKADJUST, 0);
	WRITE_CR(4, READ_CR(4) | CR4_UINTR);
}

void uintr_init(const char *cmdline)
{
	const char *how = cmdline_find(cmdline, "uintr=");
	bool by_senduipi = how ? cmdline_is(how, "senduipi") : is_supported();

	if (how && cmdline_is(how, "off"))
		return;
	if (how && !by_senduipi && !cmdline_is(how, "hand"))
		panic("uintr= may be senduipi, hand or off");
	if (by_senduipi && !is_supported())
		panic("uintr=senduipi, but the processor has no user interrupts");
	if (!nimbos_client_uintr(&client, by_senduipi ? uitt : NULL))
		return;
	if (by_senduipi)
		enable_senduipi();
	kernel_log("user interrupts: posts %s", by_senduipi ? "by SENDUIPI" : "by hand");
}

/* Of a UPID's control word: where its notification goes. */
#define UPID_WHERE (~0UL << 32 | 0xffUL << 16)

static u64 next(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

u64 uintr_spoil_upids(u64 seed, bool reserved)
{
	u64 mask = reserved ? ~UPID_WHERE : NIMBOS_SCF_UPID_ON | NIMBOS_SCF_UPID_SN;

	seed |= 1;
	for (u32 i = 0; i < client.nr_upids; i++) {
		u64 *word = (u64 *)&client.upids[i];

		WRITE_ONCE(word[0], (READ_ONCE(word[0]) & UPID_WHERE) | (next(&seed) & mask));
		for (u32 j = 1; j < sizeof(struct nimbos_scf_upid) / sizeof(*word); j++)
			WRITE_ONCE(word[j], next(&seed));
	}
	return seed & ~(1UL << 63);
}
