// SPDX-License-Identifier: GPL-2.0
/*
 * The timer of the local APIC, measured against the clock.
 */
#include "apic.h"
#include "time.h"
#include "timer.h"
#include "trap.h"

#define CALIBRATION_NS (10 * NS_PER_MS)

static u64 counts_per_second;

void timer_init(void)
{
	u64 start, elapsed;
	u32 counted;

	/* It cannot run out meanwhile, and interrupts are off. */
	apic_timer_once(~0U);
	start = time_ns();
	do {
		elapsed = time_ns() - start;
		counted = ~0U - apic_timer_left();
	} while (elapsed < CALIBRATION_NS);
	apic_timer_once(0);
	counts_per_second = counted * NS_PER_SECOND / elapsed;
	if (!counts_per_second)
		panic("the timer of the local APIC stands still");
}

void timer_set(u64 ns)
{
	u64 count = ns * counts_per_second / NS_PER_SECOND;

	apic_timer_once(count ? (count > ~0U ? ~0U : count) : 1);
}
