// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of exceptions and interrupts.
 *
 * The kernel runs with interrupts off, except where it waits: in irq_wait(), or between
 * thread_preempt_on() and thread_preempt_off(). So an interrupt never finds its data half-changed.
 */
#include "apic.h"
#include "client.h"
#include "console.h"
#include "cpu.h"
#include "process.h"
#include "sched.h"
#include "trap.h"
#include "vectors.h"

/* What a shell says of a program that was killed by SIGSEGV. */
#define STATUS_FAULT 139

static void exception(const struct frame *frame)
{
	const char *name = exception_name(frame);

	/* An NMI and a machine check are nobody's fault who happens to run. */
	if (frame_is_user(frame) && frame->vector != VECTOR_NMI &&
	    frame->vector != VECTOR_MACHINE_CHECK) {
		kernel_log("slot %u: %s in the program", thread_current->process->slot.no, name);
		exception_print(frame);
		process_exit(STATUS_FAULT);
	}
	exception_print(frame);
	panic("%s at %lx", name, frame->rip);
}

void trap(struct frame *frame)
{
	switch (frame->vector) {
	case 0 ... NR_EXCEPTIONS - 1:
		exception(frame);
		break;
	case VECTOR_TIMER:
		apic_eoi();
		sched_timer();
		break;
	case VECTOR_DOORBELL:
		apic_eoi();
		nimbos_client_doorbell(&client);
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
		thread_return_to_user();
	else
		sched_irq_exit();
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
	nimbos_client_fail(&client, message);
	cpu_halt();
}
