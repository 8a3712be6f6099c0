// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on demand.
 */
#include "cmdline.h"
#include "console.h"
#include "cpu.h"
#include "fault.h"
#include "sched.h"
#include "time.h"
#include "trap.h"
#include "types.h"

static u64 fault_at;
static bool fault_is_panic;

void fault_hang(const char *why)
{
	kernel_log("hanging: %s", why);
	irq_disable();
	for (;;)
		asm volatile("pause");
}

void fault_at_boot(const char *cmdline)
{
	if (cmdline_find(cmdline, "test=fail-at-boot"))
		panic("test=fail-at-boot");
	if (cmdline_find(cmdline, "test=never-up"))
		fault_hang("test=never-up");
}

static void fault_later(void)
{
	while (time_ns() < fault_at)
		thread_block(fault_at);
	if (fault_is_panic)
		panic("test=panic-after-ms");
	fault_hang("test=hang-after-ms");
}

void fault_when_up(const char *cmdline)
{
	const char *panic_ms = cmdline_find(cmdline, "test=panic-after-ms=");
	const char *ms = panic_ms ?: cmdline_find(cmdline, "test=hang-after-ms=");

	if (!ms)
		return;
	fault_is_panic = panic_ms;
	fault_at = time_ns() + cmdline_number(ms) * NS_PER_MS;
	thread_start(thread_create(fault_later, PRIORITY_KERNEL));
}
