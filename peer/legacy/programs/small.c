// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that look at one thing each.
 */
#include "lib.h"
#include "program.h"

#define BLOCK_SIZE 0x10000
#define MAX_TIMES 1000
#define WARM_UP 20

static char block[BLOCK_SIZE];
/* When calls began, were in the queue, were told of, and had ended, in cycles. */
static u64 times[MAX_TIMES][4];

/* Return: how many bytes. */
static u64 copy(const char *from, const char *to, char *buffer, size_t size)
{
	int in = must(sys(RTOS_OPEN, from, O_RDONLY, 0), from);
	int out = must(sys(RTOS_OPEN, to, O_WRONLY | O_CREAT | O_TRUNC, 0644), to);
	u64 bytes = 0;
	s64 got;

	while ((got = must(sys(RTOS_READ, in, buffer, size), "read"))) {
		write_all(out, buffer, got);
		bytes += got;
	}
	must(sys(RTOS_CLOSE, out), "close");
	must(sys(RTOS_CLOSE, in), "close");
	return bytes;
}

void main_copy(char **args)
{
	print("copy: ok bytes=%lu\n", copy(args[1], args[2], block, BLOCK_SIZE));
}

static const char *directory;
static u64 bytes_copied;

static void copier(u64 number)
{
	char from[LINE_SIZE], to[LINE_SIZE], buffer[LINE_SIZE];

	format_to(from, sizeof(from), "%s/in.%03lu", directory, number);
	format_to(to, sizeof(to), "%s/out.%03lu", directory, number);
	__atomic_fetch_add(&bytes_copied, copy(from, to, buffer, sizeof(buffer)), __ATOMIC_RELAXED);
	leave(0);
}

/* One file each, all at once. */
void main_copies(char **args)
{
	u64 n = parse_number(args[1]);

	directory = args[2];
	bytes_copied = 0;
	for (u64 i = 0; i < n; i++)
		must(sys(RTOS_THREAD, copier, i), "thread");
	must(sys(RTOS_JOIN), "join");
	print("copies: ok files=%lu bytes=%lu\n", n, bytes_copied);
}

void main_stat(char **args)
{
	print("stat: %ld\n", sys(RTOS_STAT, args[1]));
}

static void write_times(const char *path, u64 n)
{
	int fd = must(sys(RTOS_OPEN, path, O_WRONLY | O_CREAT | O_TRUNC, 0644), path);

	write_all(fd, times, n * sizeof(*times));
	must(sys(RTOS_CLOSE, fd), "close");
}

/* Calls that do nothing. */
void main_nop(char **args)
{
	u64 n = parse_number(args[1]);

	if (args[2] && n > MAX_TIMES)
		fail("times of %u calls at most", MAX_TIMES);
	for (u64 i = 0; i < WARM_UP; i++)
		must(sys(RTOS_NOP, NULL), "nop");
	for (u64 i = 0; i < n; i++) {
		u64 *call = times[i % MAX_TIMES];

		call[0] = __builtin_ia32_rdtsc();
		must(sys(RTOS_NOP, &call[1]), "nop");
		call[3] = __builtin_ia32_rdtsc();
	}
	if (args[2])
		write_times(args[2], n);
	print("nop: ok n=%lu\n", n);
}

/* Numbers, or @TEXT for a pointer to a text. */
void main_call(char **args)
{
	u64 words[4] = { 0 };

	for (int i = 0; i < 4 && args[2 + i]; i++) {
		if (*args[2 + i] == '@')
			words[i] = (u64)args[2 + i] + 1;
		else
			words[i] = parse_number(args[2 + i]);
	}
	print("call: %s %ld\n", args[1], sys(RTOS_CALL, parse_number(args[1]), words));
}

void main_hold(char **args)
{
	sys(RTOS_HOLD, parse_number(args[1]));
}

void main_poll(char **args)
{
	sys(RTOS_POLL, parse_number(args[1]));
}

/* For ever: shadows may come and go, and calls fail then. */
static void beat(void *unused)
{
	for (;;)
		sys(RTOS_BEAT, 1);
}

void main_beat(char **args)
{
	for (u64 n = parse_number(args[1]); n > 1; n--)
		must(sys(RTOS_THREAD, beat, NULL), "thread");
	beat(NULL);
}
