// SPDX-License-Identifier: GPL-2.0
/*
 * Small programs: for a look, and as parts of tests.
 */
#include "program.h"
#include "sys.h"

#define CAT_BLOCK 0x10000

int main_echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		write_all(1, argv[i], strlen(argv[i]));
		print("%s", i + 1 < argc ? " " : "");
	}
	print("\n");
	return 0;
}

static void cat(int fd)
{
	char *block = allocate(CAT_BLOCK);
	s64 got;

	while ((got = must(sys_read(fd, block, CAT_BLOCK), "read")))
		write_all(1, block, got);
	release(block, CAT_BLOCK);
}

int main_cat(int argc, char **argv)
{
	if (argc == 1)
		cat(0);
	for (int i = 1; i < argc; i++) {
		int fd = must(sys_open(argv[i], O_RDONLY, 0), argv[i]);

		cat(fd);
		sys_close(fd);
	}
	return 0;
}

int main_exit(int argc, char **argv)
{
	return argc > 1 ? parse_number(argv[1]) : 0;
}

int main_sleep(int argc, char **argv)
{
	sys_sleep_ms(argc > 1 ? parse_number(argv[1]) : 1000);
	return 0;
}

/* Without a call: the kernel has to take the CPU away. */
int main_spin(int argc, char **argv)
{
	u64 end = argc > 1 ? now_ns() + parse_number(argv[1]) * 1000000 : ~0UL;

	while (now_ns() < end)
		asm volatile("pause");
	return 0;
}

/* A number, @TEXT for a pointer to a text, or %SIZE for a pointer to so many zeroes. */
static u64 argument(const char *text)
{
	size_t size;

	if (*text == '@')
		return (u64)duplicate(text + 1);
	if (*text != '%')
		return parse_number(text);
	size = parse_number(text + 1);
	return (u64)memset(allocate(size), 0, size);
}

int main_call(int argc, char **argv)
{
	u64 *args = allocate(6 * sizeof(u64));
	s64 result;

	if (argc < 2 || argc > 8)
		fail("usage: call NR [ARGUMENT]...");
	memset(args, 0, 6 * sizeof(u64));
	for (int i = 2; i < argc; i++)
		args[i - 2] = argument(argv[i]);
	result = sys(RTOS_NR_CALL, parse_number(argv[1]), args);
	print("call: nr=%s result=%ld\n", argv[1], result);
	return 0;
}

int main_pools(int argc, char **argv)
{
	struct rtos_info info;

	must(sys(RTOS_NR_INFO, &info), "info");
	print("pools: pages_free=%u threads_free=%u processes=%u\n", info.pages_free,
	      info.threads_free, info.processes);
	return 0;
}

int main_crash(int argc, char **argv)
{
	/* The page below a stack is nobody's. */
	WRITE_ONCE(*(int *)state()->heap_limit, 0);
	return 0;
}

int main_panic(int argc, char **argv)
{
	return sys(RTOS_NR_PANIC);
}

int main_hang(int argc, char **argv)
{
	return sys(RTOS_NR_HANG);
}
