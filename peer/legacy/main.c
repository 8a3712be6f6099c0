// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel of the time before SCF version 3, for tests. The start.
 */
#include "apic.h"
#include "console.h"
#include "memory.h"
#include "paging.h"
#include "process.h"
#include "scf.h"
#include "sched.h"
#include "trap.h"
#include "uart.h"

#define COM1 0x3f8

/* 100 Hz, if the bus runs at 1 GHz: these kernels never measured. */
#define TIMER_TICKS (1000000000 / 16 / 100)

extern u8 __image_end[];
extern u64 boot_pml4[];

/* Called by boot.S, on its page tables, which stay. */
_Noreturn void kernel_main(void);
void kernel_main(void)
{
	uart_init(COM1);
	kernel_log("legacy peer, region %x", REGION);
	descriptors_init();
	paging_set_kernel_root(boot_pml4);
	memory_init(PAGE_UP(virt_to_phys(__image_end)), POOL_END);
	apic_find(false);
	apic_init();
	apic_timer_periodic(TIMER_TICKS);
	scf_init();
	process_init();
	kernel_log("up: %u pages", pages_free());
	sched_idle();
}
