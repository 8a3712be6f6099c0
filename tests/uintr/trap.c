// SPDX-License-Identifier: GPL-2.0
/* Segments, interrupts and exceptions, and the way to CPL 3 and back. */
#include "kern.h"

#define GATE(vec, dpl)	((u64)SEL_KCODE << 16 | 0x8e00ul << 32 | (u64)(dpl) << 45)
#define STUB_SIZE	16
#define IST_FAULT	1	/* for #DF and NMI: nothing is expected there */

struct cpu cpus[MAX_CPUS];

static u64 gdt[SEL_TSS / 8 + 2 * MAX_CPUS] = {
	[SEL_KCODE / 8] = 0x00af9b000000ffff,
	[SEL_KDATA / 8] = 0x00cf93000000ffff,
	[SEL_UCODE32 / 8] = 0x00cffb000000ffff,
	[SEL_UDATA / 8] = 0x00cff3000000ffff,
	[SEL_UCODE / 8] = 0x00affb000000ffff,
	[SEL_UCODE / 8 + 1] = 0x00cff3000000ffff,	/* SYSEXIT's SS */
};

static u64 idt[256][2];

extern u8 idt_stubs[];
void syscall_entry(void);
void sysenter_entry(void);
s64 user_enter(struct cpu *cpu, u64 frame[5], u64 a, u64 b);
s64 user_enter_lret(struct cpu *cpu, u64 frame[5], u64 a, u64 b);
u32 try_call(struct cpu *cpu, void (*fn)(void *arg), void *arg);
void try_fail(void);

struct cpu *this_cpu(void)
{
	u16 tr;

	asm volatile("str %0" : "=r"(tr));
	return &cpus[(tr - SEL_TSS) / 16];
}

struct ulog *ulog(void)
{
	return KPTR(struct ulog, UADDR(ulogs) + this_cpu()->index * sizeof(struct ulog));
}

static void load_tables(struct cpu *cpu)
{
	struct {
		u16 limit;
		u64 base;
	} __packed gdtr = { sizeof(gdt) - 1, (u64)gdt },
		idtr = { sizeof(idt) - 1, (u64)idt };
	u64 tss = (u64)cpu->tss, *desc = &gdt[SEL_TSS / 8 + 2 * cpu->index];
	u64 stack = (u64)&cpu->stack[ARRAY_SIZE(cpu->stack)];
	u64 ist = (u64)&cpu->ist_stack[ARRAY_SIZE(cpu->ist_stack)];

	desc[0] = (sizeof(cpu->tss) - 1) | (tss & 0xffffff) << 16 | 0x89ul << 40 |
		  (tss >> 24 & 0xff) << 56;
	desc[1] = tss >> 32;
	cpu->tss[1] = stack;
	cpu->tss[2] = stack >> 32;
	cpu->tss[9] = ist;
	cpu->tss[10] = ist >> 32;
	cpu->tss[25] = sizeof(cpu->tss) << 16;

	asm volatile("lgdt %0; lidt %1" :: "m"(gdtr), "m"(idtr));
	asm volatile("ltr %w0" :: "r"(SEL_TSS + 16 * cpu->index));
	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; mov %0, %%ss"
		     :: "r"(SEL_KDATA));
}

/* For the CPU that runs this; cpu->index is set. */
void cpu_init(struct cpu *cpu)
{
	for (u32 vec = 0; vec < 256; vec++) {
		u64 stub = (u64)idt_stubs + vec * STUB_SIZE;
		u32 dpl = vec == VEC_EXIT || vec == VEC_SERVICE ? 3 : 0;
		u64 ist = vec == 2 || vec == 8 ? IST_FAULT : 0;

		idt[vec][0] = (stub & 0xffff) | GATE(vec, dpl) | ist << 32 |
			      (stub >> 16 & 0xffff) << 48;
		idt[vec][1] = stub >> 32;
	}
	load_tables(cpu);
	for (u32 i = 0; i < ARRAY_SIZE(cpu->reset_msrs); i++)
		cpu->reset_msrs[i] = rdmsr(MSR_UINTR_RR + i);
	cpu->kstack = (u64)&cpu->ist_stack[ARRAY_SIZE(cpu->ist_stack) / 2];
	wrmsr(MSR_GS_BASE, (u64)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, UADDR(ulogs) + cpu->index * sizeof(struct ulog));
	wrmsr(MSR_STAR, (u64)SEL_KCODE << 32 | (u64)(SEL_UCODE32 & ~3) << 48);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_FMASK, FLAG_IF | FLAG_TF | FLAG_DF | FLAG_AC | FLAG_NT);
	wrmsr(MSR_SYSENTER_CS, SEL_KCODE);
	wrmsr(MSR_SYSENTER_ESP, cpu->kstack);
	wrmsr(MSR_SYSENTER_EIP, (u64)sysenter_entry);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP | CR4_UINTR);
}

/* What the running case wants done at CPL 0 in the middle of CPL 3. */
void service(void);
void service(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->service)
		cpu->service(cpu->service_arg);
}

static void die(struct cpu *cpu, struct regs *regs)
{
	print("Bail out! CPU %u: exception %lu error 0x%lx at 0x%lx cr2 0x%lx rsp 0x%lx\n",
	      cpu->index, regs->vec, regs->err, regs->rip, cpu->fault.cr2, regs->rsp);
	outb(0xf4, 1);
	for (;;)
		asm volatile("cli; hlt");
}

void trap(struct regs *regs);
void trap(struct regs *regs)
{
	struct cpu *cpu = this_cpu();
	bool user = regs->cs & 3;

	if (regs->vec == VEC_EXIT)
		user_leave(cpu, regs->rax);
	if (regs->vec == VEC_SERVICE) {
		cpu->trap = regs;
		service();
		return;
	}
	if (regs->vec >= 32) {
		cpu->irqs[regs->vec]++;
		apic_write(APIC_EOI, 0);
		if (cpu->on_irq)
			cpu->on_irq(regs);
		return;
	}

	cpu->fault = (struct fault){ regs->vec, regs->err, regs->rip, read_cr2(),
				     regs->rsp, regs->rflags };
	if (cpu->fixup && cpu->fixup(regs))
		return;
	if (user)
		user_leave(cpu, USER_FAULT);
	if (!cpu->try)
		die(cpu, regs);
	regs->rip = (u64)try_fail;
	regs->rdi = (u64)cpu;
}

/* Returns false if fn() raised an exception, which this_cpu()->fault describes. */
bool try(void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = this_cpu();
	u64 flags;

	cpu->fault.vec = ~0ul;
	asm volatile("pushfq; popq %0" : "=r"(flags));
	if (!try_call(cpu, fn, arg))
		return true;
	if (flags & FLAG_IF)
		irq_on();
	return false;
}

static s64 call(s64 (*enter)(struct cpu *, u64[5], u64, u64), u64 fn, u64 a, u64 b, u64 rflags)
{
	struct cpu *cpu = this_cpu();
	u64 stack = UADDR(ustacks) + (cpu->index + 1) * USTACK_SIZE - 8;
	u64 frame[5] = { fn, SEL_UCODE, rflags, stack, SEL_UDATA };
	u64 saved[2] = { cpu->tss[1], cpu->tss[2] };
	u64 rsp, flags;
	s64 ret;

	asm volatile("mov %%rsp, %0" : "=r"(rsp));
	asm volatile("pushfq; popq %0" : "=r"(flags));
	cpu->fault.vec = ~0ul;
	*KPTR(u64, stack) = UADDR(user_exit);

	/* Traps out of it use this stack, below everything of ours. */
	rsp = (rsp - 1024) & ~15ul;
	cpu->tss[1] = rsp;
	cpu->tss[2] = rsp >> 32;
	ret = enter(cpu, frame, a, b);
	cpu->tss[1] = saved[0];
	cpu->tss[2] = saved[1];
	if (flags & FLAG_IF)
		irq_on();
	return ret;
}

/* fn(a, b) at CPL 3, interrupts on. Returns its value, or USER_FAULT. */
s64 user_call(u64 fn, u64 a, u64 b)
{
	return call(user_enter, fn, a, b, FLAG_IF | 2);
}

s64 user_call_flags(u64 fn, u64 a, u64 b, u64 rflags)
{
	return call(user_enter, fn, a, b, rflags | 2);
}

/* Likewise, entered by a far RET, which leaves RFLAGS.IF as it is. */
s64 user_call_lret(u64 fn, u64 a, u64 b)
{
	return call(user_enter_lret, fn, a, b, 2);
}
