// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of exceptions and interrupts. They come from a program or from the idle thread: all
 * else runs with interrupts off.
 */
#include "apic.h"
#include "console.h"
#include "cpu.h"
#include "process.h"
#include "scf.h"
#include "sched.h"
#include "trap.h"
#include "uintr.h"
#include "vectors.h"

static u32 ipis, uintrs;

void scf_log_notifications(void)
{
	kernel_log("notified: %u times by vector 40, %u times by vector 41", ipis, uintrs);
}

void trap(struct frame *frame)
{
	switch (frame->vector) {
	case 0 ... NR_EXCEPTIONS - 1:
		exception_print(frame);
		panic("%s at %lx", exception_name(frame), frame->rip);
	case VECTOR_TIMER:
		apic_eoi();
		scf_poll();
		sched_tick();
		break;
	case VECTOR_DOORBELL:
		apic_eoi();
		ipis++;
		scf_poll();
		break;
	case VECTOR_UINTR:
		apic_eoi();
		uintrs++;
		scf_poll();
		uintr_seen();
		break;
	case VECTOR_ERROR:
		apic_eoi();
		kernel_log("local APIC error, status %x", apic_error());
		break;
	case VECTOR_SPURIOUS:
		break;
	default:
		apic_eoi();
		kernel_log("interrupt on vector %lu, which nobody has asked for", frame->vector);
		break;
	}
	if (frame_is_user(frame))
		sched_return();
}

void panic(const char *format, ...)
{
	char message[128];
	va_list args;

	irq_disable();
	va_start(args, format);
	format_string(message, sizeof(message), format, args);
	va_end(args);
	kernel_log("panic: %s", message);
	cpu_halt();
}
