// SPDX-License-Identifier: GPL-2.0
/*
 * The reference peer: a small kernel on a CPU that Linux gave up. The start.
 */
#include "apic.h"
#include "call_log.h"
#include "client.h"
#include "console.h"
#include "cpu.h"
#include "fault.h"
#include "kernel_map.h"
#include "memory.h"
#include "process.h"
#include "sched.h"
#include "time.h"
#include "timer.h"
#include "trap.h"
#include "uart.h"
#include "uintr.h"
#include "vectors.h"

extern u8 __image_start[], __image_end[];

/* Called by boot.S, on its page tables, which show all memory at LINEAR_BASE. */
_Noreturn void kernel_main(u64 region, u64 board_phys);
void kernel_main(u64 region, u64 board_phys)
{
	struct nimbos_scf_board *board = phys_to_virt(board_phys);
	u64 image_end = region + (__image_end - __image_start);
	u64 private_size, region_size, apic;

	/* Before there is a board, there is nobody to tell that there is none. */
	if (client_init(board, phys_to_virt(region)))
		cpu_halt();
	apic = apic_find(board->flags & NIMBOS_SCF_BOARD_X2APIC);
	time_init(board->tsc_khz);
	uart_init(board->serial_port);
	kernel_log("nimbos reference peer, start %u, region %lx, board %lx", board->incarnation,
		   region, board_phys);
	descriptors_init();
	fault_at_boot(board->cmdline);

	private_size = board->private_size & ~(PAGE_SIZE - 1);
	region_size = board->region_size;
	if (board->region_base != region || board_phys < region ||
	    board_phys - region > region_size - NIMBOS_SCF_BOARD_SIZE)
		panic("the board at %lx says that the region is at %lx", board_phys,
		      board->region_base);
	if (image_end >= region + private_size)
		panic("the image takes %lu bytes, private_size is %lu", image_end - region,
		      private_size);
	if (!time_tsc_khz())
		panic("nobody knows the TSC's frequency: tsc_khz is 0, CPUID 15h is silent");

	memory_init(image_end, region + private_size);
	if (!kernel_map_init(region, region_size, board_phys, apic))
		panic("too little memory for page tables: private_size is %lu", private_size);
	apic_init();
	uintr_init(board->cmdline);
	call_log_init(board->cmdline);
	timer_init();
	sched_init();
	process_init();
	fault_when_up(board->cmdline);
	timer_set(0);
	kernel_log("up: %u threads, %u pages", threads_free(), pages_free());
	nimbos_client_up(&client, VECTOR_DOORBELL);
	sched_idle();
}
