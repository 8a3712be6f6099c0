// SPDX-License-Identifier: GPL-2.0
/* At CPL 3; see user.h. */
#include "user.h"

struct ulog ulogs[4];
u8 ustacks[4 * USTACK_SIZE] __aligned(4096);
u8 ucode[UCODE_SIZE] __aligned(64);
struct integrity uintegrity;
u64 uhits[64];

static struct ulog *mine(void)
{
	struct ulog *log;
	u32 cpu;

	/* The base of GS is not readable here; the TSS selector is. */
	asm("str %0" : "=r"(cpu));
	log = &ulogs[((cpu & 0xffff) - SEL_TSS) / 16];
	return log;
}

s64 u_testui(void)
{
	return testui();
}

s64 u_stui(void)
{
	stui();
	return 0;
}

s64 u_clui(void)
{
	clui();
	return 0;
}

s64 u_send(u64 index)
{
	senduipi(index);
	return 0;
}

/* Lets user interrupts come until there are @count in all; returns how many came. */
s64 u_wait(u64 count, u64 rounds)
{
	struct ulog *log = mine();

	stui();
	while (READ_ONCE(log->count) < count && rounds--)
		pause();
	clui();
	return log->count;
}

s64 u_send_wait(u64 index, u64 count)
{
	stui();
	senduipi(index);
	return u_wait(count, 3000);
}

s64 u_send_many(u64 count, u64 index)
{
	while (count--)
		senduipi(index);
	return 0;
}

s64 u_rdmsr(u64 msr)
{
	return rdmsr(msr);
}

/* Runs @first, then @then, and returns what that returned. */
s64 u_call2(u64 first, u64 then)
{
	((s64 (*)(void))first)();
	return ((s64 (*)(void))then)();
}

s64 u_hook_stui(u64 frame)
{
	(void)frame;
	stui();
	return 0;
}

s64 u_hook_count(u64 frame)
{
	uhits[((struct uframe *)frame)->vector & 63]++;
	return 0;
}

static u64 mix(u64 x, u64 round)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x + round;
}

/*
 * A checksum over and over, each time compared with the first one, and all registers
 * with what was put there: whatever an interrupt spoils shows, be it a register, a
 * flag or the stack. @between runs after each round.
 */
static s64 check_rounds(void (*between)(void))
{
	struct integrity *state = &uintegrity;
	u64 wanted = 0;

	for (u64 done = 0; done < state->rounds && !READ_ONCE(state->stop); done++) {
		u64 sum = 0x9e3779b97f4a7c15, bad;

		for (u64 i = 0; i < 256; i++)
			sum = mix(sum, i);
		if (!done)
			wanted = sum;
		bad = u_registers(64);
		if ((sum != wanted || bad) && !state->errors++) {
			state->spoilt[0] = sum ^ wanted;
			state->spoilt[1] = bad;
		}
		between();
		WRITE_ONCE(state->done, done + 1);
	}
	return state->errors;
}

static void nothing(void)
{
}

static void system_call(void)
{
	u_syscall();
}

static void toggle(void)
{
	clui();
	for (int i = 0; i < 20; i++)
		asm volatile("");
	stui();
}

s64 u_integrity(u64 arg)
{
	(void)arg;
	return check_rounds(nothing);
}

s64 u_integrity_syscalls(u64 arg)
{
	(void)arg;
	return check_rounds(system_call);
}

s64 u_integrity_toggle(u64 arg)
{
	(void)arg;
	return check_rounds(toggle);
}
