// SPDX-License-Identifier: GPL-2.0
/*
 * Time is the time-stamp counter's.
 */
#include "cpu.h"
#include "time.h"

#define CPUID_TSC 0x15
#define NS_SHIFT 24

static u64 tsc_start;
static u64 ns_mult;
static u32 khz;

/* The processor's own word, for when Linux has none: TSC = crystal * ebx / eax. */
static u32 khz_of_cpuid(void)
{
	struct cpuid id;

	if (cpuid(0, 0).eax < CPUID_TSC)
		return 0;
	id = cpuid(CPUID_TSC, 0);
	if (!id.eax || !id.ebx || !id.ecx)
		return 0;
	return (u64)id.ecx * id.ebx / id.eax / 1000;
}

bool time_init(u32 tsc_khz)
{
	khz = tsc_khz ?: khz_of_cpuid();
	if (!khz)
		return false;
	ns_mult = (1000000UL << NS_SHIFT) / khz;
	tsc_start = rdtsc();
	return true;
}

u64 time_ns(void)
{
	if (!khz)
		return 0;
	return (__uint128_t)(rdtsc() - tsc_start) * ns_mult >> NS_SHIFT;
}

u32 time_tsc_khz(void)
{
	return khz;
}
