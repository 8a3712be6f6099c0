// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that do nothing, and nothing else; then as long without calls. What Linux says of itself at
 * the three ends of that is written down, to be compared: the second part is what it does anyway.
 */
#include "../../../tools/bench/mark.h"
#include "program.h"
#include "sys.h"

#define WARM_UP 100
#define BLOCK 0x10000

/* What all the files say now, one after the other. */
static void write_down(int out, int nr_files, char **files, char *block)
{
	for (int i = 0; i < nr_files; i++) {
		int in = must(sys_open(files[i], O_RDONLY, 0), files[i]);
		s64 got;

		while ((got = must(sys_read(in, block, BLOCK), files[i])))
			write_all(out, block, got);
		sys_close(in);
	}
}

static void null_calls(u64 n)
{
	while (n--)
		must(sys(NIMBOS_SCF_NR_NOP), "nop");
}

static void marked_calls(u64 n)
{
	for (u64 group; n; n -= group) {
		group = n < MARK_GROUP ? n : MARK_GROUP;
		mark_begin();
		null_calls(group);
		mark_end();
	}
}

/* Whoever traces the system calls of the worker finds its place by it. */
static void mark_in_linux(void)
{
	must(sys(NR_GETPPID), "getppid");
}

/* OUTPUT ends in a digit, which is that of the first of three files. */
static int next_output(char *name)
{
	int fd = must(sys_open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644), name);

	name[strlen(name) - 1]++;
	return fd;
}

int main_steady(int argc, char **argv)
{
	u64 n = argc > 2 ? parse_number(argv[1]) : 0;
	char *block = allocate(BLOCK);
	int out[3] = { -1, -1, -1 };
	struct linux_timespec time;
	u64 elapsed;

	if (!n)
		fail("usage: steady N poll|irq|adaptive [OUTPUT0 FILE...]");
	must(sys_waiting(parse_waiting(argv[2]), RTOS_FOREVER), "waiting");
	for (u32 i = 0; argc > 3 && i < ARRAY_SIZE(out); i++)
		out[i] = next_output(argv[3]);
	null_calls(WARM_UP);

	write_down(out[0], argc - 4, argv + 4, block);
	mark_in_linux();
	elapsed = now_ns();
	marked_calls(n);
	elapsed = now_ns() - elapsed;
	mark_in_linux();
	write_down(out[1], argc - 4, argv + 4, block);

	/* Served here, without a call. */
	time = (struct linux_timespec){ elapsed / 1000000000, elapsed % 1000000000 };
	mark_in_linux();
	sys(NR_NANOSLEEP, &time, 0);
	mark_in_linux();
	write_down(out[2], argc - 4, argv + 4, block);
	print("steady: ok n=%lu ns=%lu\n", n, elapsed);
	return 0;
}
