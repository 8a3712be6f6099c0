// SPDX-License-Identifier: GPL-2.0
/*
 * Random state and random instructions, to see whether an emulator survives. What the
 * guest gets is an exception or nothing; that no case but a fault of the emulator can
 * end the run is the point. fuzz=SEED, rounds=N; the other CPUs send meanwhile.
 */
#include "test.h"

#define TIMER_VEC	0x51
#define WATCHDOG_TICKS	200000
#define FUZZ_PAGES	6

static u64 seed;
static u64 faults, returns, stopped;
static u8 area[1024] __aligned(64);

static u64 next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static u64 pick(u64 n)
{
	return (next() >> 11) % n;
}

/* Addresses of all sorts, most of them plausible. */
static u64 address(void)
{
	static const u64 odd[] = {
		0, 0xa0000, 0xfffff000, 0x00007fffffffffc0, 0x0000800000000000,
		0xffff7fffffffffc0, 0xffff800000000000, 0xffffffffffffffc0, 0x8000000000000000,
		0x00ffffffffffffc0, 0xff00000000000000,
		0xfffffffffee00000,			/* the local APIC: MMIO */
		0xfffffffffec00000,			/* the I/O APIC */
		0xffffffff800a0000,			/* VGA memory */
		0xffffffff800f0000,			/* ROM */
		0xffffffffbffff000,			/* no memory */
	};

	switch (pick(8)) {
	case 0:
		return odd[pick(ARRAY_SIZE(odd))] + 64 * pick(4);
	case 1:
		return next();
	case 2:
		return UPAGES + pick(FUZZ_PAGES * 64) * 64;
	case 3:
		return (u64)&upids[pick(MAX_CPUS)];
	default:
		return KPAGES + pick(FUZZ_PAGES * 64) * 64;
	}
}

static void fuzz_pages(void)
{
	for (int i = 0; i < FUZZ_PAGES; i++) {
		u64 *words = page_memory(i);

		for (u32 n = pick(32); n; n--)
			words[pick(512)] = pick(2) ? next() : upid_nc(pick(nr_cpus)) | pick(4);
		/* Things that look like entries of a UITT. */
		for (u32 n = pick(32); n; n--) {
			u32 at = pick(256) * 2;

			words[at] = 1 | pick(64) << 8;
			words[at + 1] = address();
		}
		map_page(KPAGES, i, pick(4) ? PAGE_P | PAGE_W : (int)pick(8));
		map_page(UPAGES, i, pick(4) ? PAGE_P | PAGE_W | PAGE_U : (int)pick(8));
	}
}

static void fuzz_msrs(void)
{
	static const u32 msrs[] = { MSR_UINTR_RR, MSR_UINTR_HANDLER, MSR_UINTR_STACKADJUST,
				    MSR_UINTR_MISC, MSR_UINTR_PD, MSR_UINTR_TT, MSR_XSS };
	struct msr_write w;

	for (u32 n = 1 + pick(8); n; n--) {
		w.msr = msrs[pick(ARRAY_SIZE(msrs))];
		switch (w.msr) {
		case MSR_UINTR_MISC:
			w.val = pick(4) ? UINV : pick(256);
			/* Notifications by this vector would put the watchdog to sleep. */
			if (w.val == TIMER_VEC)
				w.val = UINV;
			w.val = MISC(w.val, pick(4) ? pick(600) : next());
			break;
		case MSR_UINTR_HANDLER:
			w.val = pick(4) ? UADDR(uintr_handler) : address() + pick(64);
			break;
		case MSR_UINTR_STACKADJUST:
			w.val = pick(2) ? pick(4096) : address() + pick(64);
			break;
		case MSR_UINTR_TT:
			w.val = (address() & ~15ul) | (pick(8) ? 1 : pick(16));
			break;
		case MSR_XSS:
			w.val = pick(8) ? XSTATE_UINTR & next() : next();
			break;
		case MSR_UINTR_RR:
			w.val = next() & next();
			break;
		default:
			w.val = address();
		}
		try(wrmsr_arg, &w);
	}
}

/* One of the instructions, with prefixes and a random operand. */
static u32 instruction(u8 *p)
{
	static const u8 prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x64 };
	u8 *start = p;

	while (!pick(6))
		*p++ = prefixes[pick(ARRAY_SIZE(prefixes))];
	if (pick(12))
		*p++ = 0xf3;
	if (pick(2))
		*p++ = 0x40 | pick(16);
	*p++ = 0x0f;
	if (pick(2)) {
		*p++ = 0xc7;
		*p++ = pick(4) ? 0xf0 | pick(8) : (u8)next();
	} else {
		*p++ = 0x01;
		*p++ = 0xec | pick(4);
	}
	return p - start;
}

static u32 program(u8 *code, u32 size, bool wild)
{
	u32 n = 0;

	while (n < size - 20) {
		if (wild && !pick(4))
			code[n++] = next();
		else
			n += instruction(code + n);
	}
	code[n++] = 0xc3;
	return n;
}

/* UIRET at CPL 0 would go wherever the fuzzer says, in the name of the kernel. */
static void at_cpl0(void *arg)
{
	switch (pick(6)) {
	case 0:
		senduipi(pick(4) ? pick(600) : next());
		break;
	case 1:
		stui();
		break;
	case 2:
		clui();
		break;
	case 3:
		asm volatile("xsaves64 %0" : "+m"(area) : "a"(XSTATE_UINTR), "d"(0) : "memory");
		break;
	case 4:
		for (u32 n = pick(4); n; n--)
			((u64 *)area)[64 + pick(16)] = pick(2) ? next() : address();
		if (pick(2)) {
			((u64 *)area)[64] = XSTATE_UINTR & next();
			((u64 *)area)[65] = 1ul << 63 | XSTATE_UINTR;
			for (u32 i = 66; i < 72; i++)
				((u64 *)area)[i] = 0;
		}
		if (pick(2))
			wrmsr(MSR_UINTR_MISC, MISC(0, pick(600)));
		asm volatile("xrstors64 %0" :: "m"(area), "a"(XSTATE_UINTR), "d"(0) : "memory");
		break;
	default:
		apic_send(this_cpu()->apic_id, 0x4000 | (pick(2) ? UINV : 0x90 + pick(64)));
	}
	(void)arg;
}

static void watchdog(struct regs *regs)
{
	if (regs->vec == TIMER_VEC && (regs->cs & 3)) {
		stopped++;
		user_leave(this_cpu(), 0);
	}
}

/*
 * A notification can fault anywhere, as it has a PD of ours. It has been dismissed,
 * so that what it interrupted can go on.
 */
static bool forgive(struct regs *regs)
{
	return !(regs->cs & 3) && !this_cpu()->try;
}

static void at_cpl3(void)
{
	u8 *code = KPTR(u8, UADDR(ucode));
	u64 flags = FLAG_IF | (next() & (FLAG_ARITH | FLAG_DF | FLAG_AC | FLAG_NT));

	program(code, UCODE_SIZE, !pick(4));
	if (!pick(8))
		flags |= FLAG_TF;
	if (pick(2))
		user_call_flags(pick(8) ? UADDR(ucode) : UADDR(u_uiret), address(), next(), flags);
	else
		user_call_flags(UADDR(u_stack), address() + pick(64), 100, flags);
}

static void toggle_cr4(void)
{
	static const u64 bits[] = { CR4_UINTR, CR4_SMAP, CR4_SMEP };
	u64 cr4 = read_cr4() | CR4_UINTR | CR4_SMAP | CR4_SMEP;

	if (!pick(4))
		cr4 &= ~bits[pick(ARRAY_SIZE(bits))];
	write_cr4(cr4);
}

/* What was random must not spoil the fuzzer itself. */
static void repair(void)
{
	write_cr4(read_cr4() | CR4_UINTR | CR4_SMAP | CR4_SMEP);
	asm volatile("cld" ::: "cc");
	wrmsr(MSR_UINTR_MISC, 0);
	for (u32 i = 0; i < 64; i++) {
		u64 upid = pick(2) ? (u64)&upids[pick(nr_cpus)] : address();

		uitt[i] = (struct uitte){ 1 | i << 8, upid };
	}
}

static volatile bool stop;

static void try_send(void *arg)
{
	senduipi((u64)arg);
}

static void sender(void *arg)
{
	u64 n = 0;

	irq_on();
	uintr_clear();
	wrmsr(MSR_UINTR_TT, (u64)uitt | 1);
	wrmsr(MSR_UINTR_MISC, MISC(0, UITT_SIZE - 1));
	while (!stop)
		try(try_send, (void *)(n++ & 63));
	uintr_clear();
	(void)arg;
}

void fuzz(void)
{
	u64 rounds = option("rounds", 10000);
	struct cpu *cpu = this_cpu();

	seed = option("fuzz", 1) * 0x9e3779b97f4a7c15 + 1;
	print("1..1\n# seed %lu, %lu rounds\n", option("fuzz", 1), rounds);
	irq_on();
	uintr_setup();
	cpu->on_irq = watchdog;
	cpu->fixup = forgive;
	apic_timer(TIMER_VEC, WATCHDOG_TICKS);
	for (u32 other = 1; other < nr_cpus; other++)
		run_on(other, sender, NULL);
	for (u64 n = 0; n < rounds; n++) {
		fuzz_pages();
		fuzz_msrs();
		toggle_cr4();
		for (u32 i = pick(4); i; i--)
			try(at_cpl0, NULL);
		cpu->fault.vec = ~0ul;
		at_cpl3();
		*(cpu->fault.vec != ~0ul ? &faults : &returns) += 1;
		repair();
		if (!(n % 10000))
			print("# %lu rounds: %lu faults, %lu returns, %lu stopped\n", n, faults,
			      returns, stopped);
	}
	stop = true;
	for (u32 other = 1; other < nr_cpus; other++)
		wait_cpu(other);
	apic_timer(TIMER_VEC, 0);
	print("# %lu faults, %lu returns, %lu stopped\n", faults, returns, stopped);
	print("ok 1 - %lu rounds survived\n", rounds);
}
