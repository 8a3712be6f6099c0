// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptor tables: segments, the stacks on which entries begin, a gate for each vector.
 */
#include "cpu.h"
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

/* Of those that exceptions get which may come with a bad stack. */
#define STACK_SIZE 0x1000

#define GATE_INTERRUPT 0x8e
#define DESCRIPTOR_TSS 0x0000890000000000ULL

extern const u8 trap_stubs[256][16];
extern const u8 syscall_entry[];
extern u64 syscall_kernel_rsp;

static u8 trap_stacks[NR_IST][STACK_SIZE] __attribute__((aligned(16)));
static struct tss tss;
static struct gate idt[256];
/* The TSS takes two entries, and is filled in when its address is known. */
static u64 gdt[TSS_SELECTOR / 8 + 2] = {
	[KERNEL_CS / 8] = 0x00209b0000000000,
	[KERNEL_DS / 8] = 0x0000930000000000,
	[USER_DS / 8] = 0x0000f30000000000,
	[USER_CS / 8] = 0x0020fb0000000000,
};

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
		tss.ist[i - 1] = (u64)trap_stacks[i] + STACK_SIZE;

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

void descriptors_init(void)
{
	load_gdt();
	load_idt();
	wrmsr(MSR_STAR, (u64)(USER_DS - 8) << 48 | (u64)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_SFMASK, ~2U & 0x3f7fd5);
}
