// SPDX-License-Identifier: GPL-2.0
/*
 * Very many sends from CPU 0 to CPU 1, which computes meanwhile: at CPL 3, in system
 * calls, with UIF toggling, and being preempted. A vector is sent again when it has
 * been delivered, so that each send has to be one delivery, and the counts of the two
 * sides can be compared at any time. The receiver computes in rounds, which it would not
 * end if it were interrupted without a pause.
 */
#include "test.h"

#define TIMER_VEC	0x51
#define TIMER_TICKS	100000
/* So often at least the receiver ends a round, and comes back from being preempted. */
#define ROUNDS_MIN	20

struct mode {
	const char *name;
	u64 program;
	void (*service)(void *arg);
	bool preempt;
};

static struct mode *mode;
static volatile bool started;
static volatile u64 switches;
static u8 xsave_area[1024] __aligned(64);

static void xsaves(void)
{
	asm volatile("xsaves64 %0" : "+m"(xsave_area) : "a"(XSTATE_UINTR), "d"(0) : "memory");
}

static void xrstors(void)
{
	asm volatile("xrstors64 %0" :: "m"(xsave_area), "a"(XSTATE_UINTR), "d"(0) : "memory");
}

/* The thread is preempted, another one runs, and it comes back: what a kernel does. */
static void preempt(struct regs *regs)
{
	struct upid *upid = &upids[1];

	if (regs->vec != TIMER_VEC || !(regs->cs & 3))
		return;
	asm volatile("lock btsq $1, %0" : "+m"(upid->nc) :: "cc", "memory");
	xsaves();
	wrmsr(MSR_UINTR_TT, 0);
	wrmsr(MSR_UINTR_PD, 0);
	wrmsr(MSR_UINTR_RR, 0);
	clui();
	irq_on();
	for (u32 i = 0; i < 200; i++)
		pause();
	irq_off();
	xrstors();
	asm volatile("lock btrq $1, %0" : "+m"(upid->nc) :: "cc", "memory");
	if (READ_ONCE(upid->pir))
		apic_send(this_cpu()->apic_id, 0x4000 | UINV);
	switches++;
}

static void in_system_call(void *arg)
{
	irq_on();
	for (u32 i = 0; i < 20; i++)
		asm volatile("");
	irq_off();
	(void)arg;
}

static void receiver(void *arg)
{
	struct cpu *cpu = this_cpu();

	irq_on();
	uintr_setup();
	wrmsr(MSR_XSS, XSTATE_UINTR);
	ulog()->hook = UADDR(u_hook_count);
	cpu->service = mode->service;
	if (mode->preempt) {
		cpu->on_irq = preempt;
		apic_timer(TIMER_VEC, TIMER_TICKS);
	}
	stui();
	started = true;
	user_call(mode->program, 0, 0);
	apic_timer(TIMER_VEC, 0);
	uintr_clear();
	cpu->on_irq = NULL;
	(void)arg;
}

static bool has_started(void *arg)
{
	(void)arg;
	return started;
}

static bool all_delivered(void *arg)
{
	u64 *sent = arg, *hits = KPTR(u64, UADDR(uhits));

	for (u32 v = 0; v < 64; v++)
		if (READ_ONCE(hits[v]) != sent[v])
			return false;
	return true;
}

static bool has_rounds(void *arg)
{
	u64 rounds = *(u64 *)arg;

	return READ_ONCE(KPTR(struct integrity, UADDR(uintegrity))->done) >= rounds &&
	       (!mode->preempt || switches >= rounds);
}

/* Returns how many deliveries are wrong: twice, or never. */
static u64 send(u64 sends)
{
	u64 *hits = KPTR(u64, UADDR(uhits)), sent[64] = { 0 }, wrong = 0, rounds = 0;
	u64 start = rdtsc();
	u32 v = 0;

	for (u64 n = 0; n < sends; v = (v + 1) & 63) {
		u64 seen = READ_ONCE(hits[v]);

		if (seen > sent[v])
			wrong++;
		if (seen == sent[v]) {
			sent[v]++;
			senduipi(64 + v);
			if (++n * ROUNDS_MIN / sends > rounds) {
				rounds++;
				if (!wait_until(has_rounds, &rounds)) {
					print("# less than %lu rounds or switches\n", rounds);
					return ~0ul;
				}
			}
			start = rdtsc();
		} else if (rdtsc() - start > 20000000000ul) {
			print("# nothing comes any more: vector %u, sent %lu, delivered %lu\n", v,
			      sent[v], seen);
			return ~0ul;
		}
	}
	wait_until(all_delivered, sent);
	for (v = 0; v < 64; v++)
		wrong += hits[v] > sent[v] ? hits[v] - sent[v] : sent[v] - hits[v];
	return wrong;
}

static bool run(u64 sends)
{
	struct integrity *state = KPTR(struct integrity, UADDR(uintegrity));
	u64 *hits = KPTR(u64, UADDR(uhits)), wrong, total = 0, rounds = ROUNDS_MIN;

	*state = (struct integrity){ .rounds = ~0ul };
	for (u32 v = 0; v < 64; v++)
		hits[v] = 0;
	uintr_setup();
	for (u32 v = 0; v < 64; v++)
		uitt[64 + v] = (struct uitte){ 1 | v << 8, (u64)&upids[1] };
	started = false;
	switches = 0;
	run_on(1, receiver, NULL);
	wait_until(has_started, NULL);
	wrong = send(sends);
	state->stop = 1;
	wait_cpu(1);
	for (u32 v = 0; v < 64; v++)
		total += hits[v];
	print("# %s: %lu sent, %lu delivered, %lu lost or twice, ", mode->name, sends, total,
	      wrong);
	print("%lu rounds, %lu spoilt, %lu switches\n", state->done, state->errors, switches);
	if (state->errors)
		print("# first: checksum differs by 0x%lx, registers 0x%lx\n", state->spoilt[0],
		      state->spoilt[1]);
	return !wrong && total == sends && !state->errors && has_rounds(&rounds);
}

/* stress=N: so many sends, a quarter in each mode. */
void stress(void)
{
	struct mode modes[] = {
		{ "computing", UADDR(u_integrity), NULL, false },
		{ "in system calls", UADDR(u_integrity_syscalls), in_system_call, false },
		{ "UIF toggling", UADDR(u_integrity_toggle), NULL, false },
		{ "preempted", UADDR(u_integrity), NULL, true },
	};
	u64 sends = option("stress", 0) / ARRAY_SIZE(modes);

	print("1..%u\n", (u32)ARRAY_SIZE(modes));
	if (nr_cpus < 2) {
		print("Bail out! stress= wants cpus=2\n");
		return;
	}
	irq_on();
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		mode = &modes[i];
		print("%s %u - receiver %s\n", run(sends) ? "ok" : "not ok", i + 1, mode->name);
	}
}
