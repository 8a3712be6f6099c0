// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on demand.
 */
#include "console.h"
#include "cpu.h"
#include "fault.h"
#include "sched.h"
#include "time.h"
#include "trap.h"
#include "types.h"

static u64 fault_at;
static bool fault_is_panic;

/* What follows @name on the command line, whose words are separated by blanks; NULL without it. */
static const char *find(const char *cmdline, const char *name)
{
	size_t length = strlen(name);

	while (*cmdline) {
		if (!strncmp(cmdline, name, length))
			return cmdline + length;
		while (*cmdline && *cmdline != ' ')
			cmdline++;
		while (*cmdline == ' ')
			cmdline++;
	}
	return NULL;
}

static u64 number(const char *digits)
{
	u64 value = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		value = value * 10 + *digits - '0';
	return value;
}

void fault_hang(const char *why)
{
	kernel_log("hanging: %s", why);
	irq_disable();
	for (;;)
		asm volatile("pause");
}

void fault_at_boot(const char *cmdline)
{
	if (find(cmdline, "test=fail-at-boot"))
		panic("test=fail-at-boot");
	if (find(cmdline, "test=never-up"))
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
	const char *panic_ms = find(cmdline, "test=panic-after-ms=");
	const char *ms = panic_ms ?: find(cmdline, "test=hang-after-ms=");

	if (!ms)
		return;
	fault_is_panic = panic_ms;
	fault_at = time_ns() + number(ms) * NS_PER_MS;
	thread_start(thread_create(fault_later, PRIORITY_KERNEL));
}
