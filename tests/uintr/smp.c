// SPDX-License-Identifier: GPL-2.0
/* The other CPUs: started once, then they run what they are given. */
#include "kern.h"

#define ICR_INIT	0x4500
#define ICR_STARTUP	0x4600
#define WAKE_VEC	0x31
#define PATIENCE	60000000000ul	/* TSC ticks; only a failure waits that long */

u32 nr_cpus = 1;
static volatile u32 arrived;

extern u8 ap_start[], ap_end[], ap_stack[];

/* Sets the caller's idea of time; long enough for an IPI to itself. */
void settle(void)
{
	for (int i = 0; i < 300; i++)
		pause();
}

bool wait_until(bool (*cond)(void *arg), void *arg)
{
	u64 start = rdtsc();

	while (!cond(arg)) {
		if (rdtsc() - start > PATIENCE)
			return cond(arg);
		pause();
	}
	return true;
}

static bool has_finished(void *arg)
{
	return !((struct cpu *)arg)->work;
}

/* Without work it is halted, and leaves an emulator's host to the others. */
void ap_main(void);
void ap_main(void)
{
	struct cpu *cpu = &cpus[arrived];

	cpu->index = arrived;
	cpu_init(cpu);
	apic_init();
	arrived++;
	for (;;) {
		while (!cpu->irqs[WAKE_VEC])
			asm volatile("sti; hlt; cli" ::: "memory");
		if (cpu->work)
			cpu->work(cpu->work_arg);
		irq_off();
		cpu->irqs[WAKE_VEC] = 0;
		cpu->work = NULL;
	}
}

static void delay(u32 microseconds)
{
	/* Reading port 0x80 takes about one, on any machine. */
	while (microseconds--)
		inb(0x80);
}

/*
 * One CPU after the other, by APIC IDs from 1 on. Returns when @expected have
 * come or do not come.
 */
void smp_init(u32 expected)
{
	u32 size = (u32)(u64)(UADDR(ap_end) - UADDR(ap_start));
	u8 *from = KPTR(u8, UADDR(ap_start)), *to = KPTR(u8, (u64)AP_BASE);

	arrived = 1;
	for (u32 i = 0; i < size; i++)
		to[i] = from[i];
	for (u32 id = 1; arrived < expected && id < 64; id++) {
		u64 *stack = (u64 *)(to + (UADDR(ap_stack) - UADDR(ap_start)));
		u32 before = arrived;

		if (id == cpus[0].apic_id)
			continue;
		*stack = (u64)&cpus[arrived].stack[ARRAY_SIZE(cpus[0].stack)];
		apic_send(id, ICR_INIT);
		delay(10000);
		apic_send(id, ICR_STARTUP | AP_BASE >> 12);
		delay(200);
		apic_send(id, ICR_STARTUP | AP_BASE >> 12);
		for (u32 ms = 0; ms < 3000 && arrived == before; ms++)
			delay(1000);
	}
	nr_cpus = arrived;
}

/* Interrupts are off when @fn begins. */
void run_on(u32 cpu, void (*fn)(void *arg), void *arg)
{
	cpus[cpu].work_arg = arg;
	asm volatile("" ::: "memory");
	cpus[cpu].work = fn;
	apic_send(cpus[cpu].apic_id, 0x4000 | WAKE_VEC);
}

void wait_cpu(u32 cpu)
{
	if (!wait_until(has_finished, &cpus[cpu])) {
		print("Bail out! CPU %u does not come back\n", cpu);
		outb(0xf4, 1);
		for (;;)
			pause();
	}
}
