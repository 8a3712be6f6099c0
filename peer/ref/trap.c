// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptor tables, and what becomes of exceptions and interrupts.
 *
 * The kernel runs with interrupts off, except where it waits: in irq_wait(), or between
 * thread_preempt_on() and thread_preempt_off(). So an interrupt never finds its data half-changed.
 */
#include "apic.h"
#include "client.h"
#include "console.h"
#include "cpu.h"
#include "layout.h"
#include "process.h"
#include "sched.h"
#include "trap.h"

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_bitmap;
} __attribute__((packed));

struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
};

struct table_pointer {
	u16 limit;
	const void *base;
} __attribute__((packed));

enum {
	IST_DOUBLE_FAULT = 1,
	IST_NMI,
	IST_MACHINE_CHECK,
	NR_IST,
};

/* What a shell says of a program that was killed by SIGSEGV. */
#define STATUS_FAULT 139

#define GATE_INTERRUPT 0x8e
#define DESCRIPTOR_TSS 0x0000890000000000ULL

extern const u8 trap_stubs[256][16];
extern const u8 syscall_entry[];
extern u64 syscall_kernel_rsp;

static u8 trap_stacks[NR_IST][TRAP_STACK_SIZE] __attribute__((aligned(16)));
static struct tss tss;
static struct gate idt[256];
/* The TSS takes two entries, and is filled in when its address is known. */
static u64 gdt[TSS_SELECTOR / 8 + 2] = {
	[KERNEL_CS / 8] = 0x00209b0000000000,
	[KERNEL_DS / 8] = 0x0000930000000000,
	[USER_DS / 8] = 0x0000f30000000000,
	[USER_CS / 8] = 0x0020fb0000000000,
};

static const char *const exception_names[NR_EXCEPTIONS] = { "divide error",
							    "debug",
							    "NMI",
							    "breakpoint",
							    "overflow",
							    "bound range",
							    "invalid opcode",
							    "no FPU",
							    "double fault",
							    "FPU segment",
							    "invalid TSS",
							    "segment not present",
							    "stack fault",
							    "general protection",
							    "page fault",
							    "reserved",
							    "x87 error",
							    "alignment check",
							    "machine check",
							    "SIMD error",
							    "virtualization",
							    "control protection" };

void trap_set_stack(u64 top)
{
	tss.rsp[0] = top;
	syscall_kernel_rsp = top;
}

static void load_gdt(void)
{
	u64 base = (u64)&tss;
	struct table_pointer pointer = { sizeof(gdt) - 1, gdt };

	gdt[TSS_SELECTOR / 8] = DESCRIPTOR_TSS | (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
				(base >> 24 & 0xff) << 56;
	gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
	tss.io_bitmap = sizeof(tss);
	for (u32 i = 1; i < NR_IST; i++)
		tss.ist[i - 1] = (u64)trap_stacks[i] + TRAP_STACK_SIZE;

	asm volatile("lgdt %0\n\t"
		     "pushq %1\n\t"
		     "leaq 1f(%%rip), %%rax\n\t"
		     "pushq %%rax\n\t"
		     "lretq\n"
		     "1:\tmovl %2, %%eax\n\t"
		     "movl %%eax, %%ss\n\t"
		     "movl %3, %%eax\n\t"
		     "ltr %%ax"
		     :
		     : "m"(pointer), "i"(KERNEL_CS), "i"(KERNEL_DS), "i"(TSS_SELECTOR)
		     : "rax", "memory");
}

static void load_idt(void)
{
	struct table_pointer pointer = { sizeof(idt) - 1, idt };

	for (u32 vector = 0; vector < ARRAY_SIZE(idt); vector++) {
		u64 stub = (u64)trap_stubs[vector];

		idt[vector] = (struct gate){
			.offset_low = stub,
			.selector = KERNEL_CS,
			.type = GATE_INTERRUPT,
			.offset_mid = stub >> 16,
			.offset_high = stub >> 32,
		};
	}
	idt[VECTOR_DOUBLE_FAULT].ist = IST_DOUBLE_FAULT;
	idt[VECTOR_NMI].ist = IST_NMI;
	idt[VECTOR_MACHINE_CHECK].ist = IST_MACHINE_CHECK;
	asm volatile("lidt %0" : : "m"(pointer));
}

void trap_init(void)
{
	load_gdt();
	load_idt();
	wrmsr(MSR_STAR, (u64)(USER_DS - 8) << 48 | (u64)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_SFMASK, ~2U & 0x3f7fd5);
}

static void print_registers(const struct frame *frame)
{
	kernel_log("rip %016lx rsp %016lx rflags %08lx error %lx cr2 %016lx", frame->rip,
		   frame->rsp, frame->rflags, frame->error, READ_CR(2));
	kernel_log("rax %016lx rbx %016lx rcx %016lx rdx %016lx", frame->rax, frame->rbx,
		   frame->rcx, frame->rdx);
	kernel_log("rsi %016lx rdi %016lx rbp %016lx cr3 %016lx", frame->rsi, frame->rdi,
		   frame->rbp, READ_CR(3));
	kernel_log("r8  %016lx r9  %016lx r10 %016lx r11 %016lx", frame->r8, frame->r9, frame->r10,
		   frame->r11);
	kernel_log("r12 %016lx r13 %016lx r14 %016lx r15 %016lx", frame->r12, frame->r13,
		   frame->r14, frame->r15);
}

static void exception(const struct frame *frame)
{
	const char *name = exception_names[frame->vector] ?: "exception";

	/* An NMI and a machine check are nobody's fault who happens to run. */
	if (frame_is_user(frame) && frame->vector != VECTOR_NMI &&
	    frame->vector != VECTOR_MACHINE_CHECK) {
		kernel_log("slot %u: %s in the program", thread_current->process->slot.no, name);
		print_registers(frame);
		process_exit(STATUS_FAULT);
	}
	print_registers(frame);
	panic("%s at %lx", name, frame->rip);
}

/* Called by entry.S with interrupts off. */
void trap(struct frame *frame);
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
