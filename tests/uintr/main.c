// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the cases and prints TAP. Options of the boot command line: cpus=N,
 * x2apic=1, from=N and to=N (numbers of cases), and what stress.c, fuzz.c and carry.c know.
 */
#include "test.h"

#define MB_LOADER	0x2badb002
#define MB_CMDLINE	4

extern const struct test *const cases_start[], *const cases_end[];

static const char *cmdline = "";
static bool test_failed;
static const char *skip_reason;

static const char *find_option(const char *name)
{
	for (const char *p = cmdline; *p; p++) {
		const char *n = name, *q = p;

		if (p != cmdline && p[-1] != ' ')
			continue;
		while (*n && *q == *n)
			n++, q++;
		if (!*n && *q == '=')
			return q + 1;
	}
	return NULL;
}

/* NAME=NUMBER, decimal. */
u64 option(const char *name, u64 unset)
{
	const char *p = find_option(name);
	u64 val = 0;

	if (!p)
		return unset;
	while (*p >= '0' && *p <= '9')
		val = val * 10 + *p++ - '0';
	return val;
}

void fail(const char *file, int line, const char *what, u64 got, u64 wanted)
{
	test_failed = true;
	print("# %s:%d: %s: 0x%lx, not 0x%lx\n", file, line, what, got, wanted);
}

void skip(const char *why)
{
	skip_reason = why;
}

bool failed(void)
{
	return test_failed;
}

/* Of what has run since the last result; returns whether it is a good one. */
bool result(u32 number, const char *name)
{
	bool bad = test_failed;

	print("%s %u - %s", bad ? "not ok" : "ok", number, name);
	if (skip_reason)
		print(" # SKIP %s", skip_reason);
	print("\n");
	test_failed = false;
	skip_reason = NULL;
	return !bad;
}

static void run_cases(void)
{
	u32 n = cases_end - cases_start, bad = 0;
	u32 from = option("from", 1), to = option("to", n);

	print("1..%u\n", n);
	for (u32 i = from - 1; i < to; i++) {
		const struct test *test = cases_start[i];

		if (test->cpus > nr_cpus) {
			skip("needs more CPUs");
		} else {
			irq_on();
			uintr_setup();
			test->run();
			uintr_clear();
			wrmsr(MSR_XSS, 0);
		}
		bad += !result(i + 1, test->name);
	}
	print("# %u of %u failed\n", bad, n);
}

static void finish(void)
{
	print("# end\n");
	/* Whichever of these the machine has. */
	outb(0xf4, 0);
	for (const char *p = "Shutdown"; *p; p++)
		outb(0x8900, *p);
	for (;;)
		asm volatile("cli; hlt");
}

static bool has_uintr(void)
{
	u32 r[4];

	cpuid(0, 0, r);
	if (r[0] < 7)
		return false;
	cpuid(7, 0, r);
	return r[3] >> 5 & 1;
}

void kmain(u32 magic, u32 info);
void kmain(u32 magic, u32 info)
{
	u32 *mbi = KPTR(u32, (u64)info);

	if (magic == MB_LOADER && (mbi[0] & MB_CMDLINE))
		cmdline = KPTR(const char, (u64)mbi[4]);
	console_init();
	print("TAP version 13\n");
	if (!has_uintr()) {
		print("1..0 # SKIP this processor has no user interrupts\n");
		finish();
	}
	x2apic = option("x2apic", 0);
	/* The 8259s are not used. */
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	cpu_init(&cpus[0]);
	apic_init();
	mem_init();
	smp_init(option("cpus", 1));
	print("# %u CPUs, %s mode\n", nr_cpus, x2apic ? "x2APIC" : "xAPIC");
	if (nr_cpus != option("cpus", 1))
		print("Bail out! %u CPUs were expected\n", (u32)option("cpus", 1));
	else if (option("stress", 0))
		stress();
	else if (option("fuzz", 0))
		fuzz();
	else if (option("carry", 0))
		carry();
	else
		run_cases();
	finish();
}
