/* SPDX-License-Identifier: GPL-2.0 */
/* The small kernel that the cases run on. */
#ifndef KERN_H
#define KERN_H

#include <stddef.h>
#include "hw.h"
#include "layout.h"
#include "user.h"

#define MAX_CPUS	4
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What the stubs push. */
struct regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vec, err, rip, cs, rflags, rsp, ss;
};

/* The exception that ended user_call() or try(). */
struct fault {
	u64 vec, err, rip, cr2, rsp, rflags;
};

struct cpu {
	u64 kstack;		/* layout.h has these four */
	u64 user_rsp;
	u64 resume;
	u64 try;
	u32 index;
	u32 apic_id;
	u64 reset_msrs[6];	/* IA32_UINTR_RR ... TT as they were found */
	struct fault fault;
	struct regs *trap;	/* the registers of a running service */
	bool (*fixup)(struct regs *regs);	/* true: try the instruction again */
	void (*service)(void *arg);
	void *service_arg;
	void (*on_irq)(struct regs *regs);	/* in an ordinary interrupt, after its EOI */
	volatile u32 irqs[256];	/* ordinary interrupts that entered the IDT */
	void (*volatile work)(void *arg);
	void *work_arg;
	u32 tss[27];
	u64 stack[2048];
	u64 ist_stack[1024];
} __aligned(64);

extern struct cpu cpus[MAX_CPUS];
extern u32 nr_cpus;
extern bool x2apic;

/* console.c */
void console_init(void);
void print(const char *fmt, ...) __printf(1, 2);
void wait_for_byte(void);

/* trap.c */
struct cpu *this_cpu(void);
void cpu_init(struct cpu *cpu);
bool try(void (*fn)(void *arg), void *arg);
s64 user_call(u64 fn, u64 a, u64 b);
s64 user_call_flags(u64 fn, u64 a, u64 b, u64 rflags);
s64 user_call_lret(u64 fn, u64 a, u64 b);
void user_leave(struct cpu *cpu, s64 value) __noreturn;
#define USER_FAULT	(-0x7fffffff)

/* The address of what lies in .user, and where the kernel sees that. */
#define UADDR(sym)	({ u64 addr_; asm("movq $" #sym ", %0" : "=r"(addr_)); addr_; })
#define KPTR(type, addr)	((type *)((addr) + KBASE))
struct ulog *ulog(void);

/* mem.c */
enum { PAGE_P = 1, PAGE_W = 2, PAGE_U = 4, PAGE_A = 0x20, PAGE_D = 0x40 };
#define KPAGES		0xffff900000000000	/* supervisor addresses */
#define UPAGES		0x0000008000000000	/* below PML4 entries that CPL 3 may pass */
void mem_init(void);
void *map_page(u64 base, int n, int flags);
void *page_memory(int n);
u64 page_entry(u64 base, int n);

/* apic.c */
enum { APIC_ID = 2, APIC_LVT_TIMER = 0x32, APIC_TIMER_COUNT = 0x38, APIC_TIMER_DIVIDE = 0x3e,
	 APIC_TPR = 8, APIC_EOI = 0xb, APIC_SVR = 0xf, APIC_ISR = 0x10,
	APIC_IRR = 0x20, APIC_ESR = 0x28, APIC_ICR = 0x30, APIC_ICR2 = 0x31 };
void apic_init(void);
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 val);
void apic_send(u32 dest, u32 icr);
bool apic_bit(u32 reg, u32 vec);
u32 apic_ndst(u32 apic_id);
void apic_timer(u32 vec, u32 ticks);

/* smp.c */
void smp_init(u32 expected);
void run_on(u32 cpu, void (*fn)(void *arg), void *arg);
void wait_cpu(u32 cpu);
bool wait_until(bool (*cond)(void *arg), void *arg);
void settle(void);

/* main.c */
u64 option(const char *name, u64 unset);

/* stress.c, fuzz.c, carry.c */
void stress(void);
void fuzz(void);
void carry(void);

#endif
