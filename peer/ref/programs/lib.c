// SPDX-License-Identifier: GPL-2.0
/*
 * What programs have instead of a C library.
 */
#include "lib.h"
#include "sys.h"
#include "text.h"

#define LINE_SIZE 512

/* The smallest block of the heap has 1 << this bytes. */
#define HEAP_SHIFT 6

void print(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	size_t used;

	va_start(args, format);
	used = format_string(line, sizeof(line), format, args);
	va_end(args);
	/* Where nobody listens there is nobody to complain to. */
	sys_write(1, line, used);
}

void fail(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	size_t used;

	used = format_to(line, sizeof(line),
			 "%s: ", state()->argc ? state()->argv[0] : "nimbos-ref");
	va_start(args, format);
	used += format_string(line + used, sizeof(line) - used - 1, format, args);
	va_end(args);
	line[used++] = '\n';
	sys_write(2, line, used);
	sys_exit_group(1);
}

s64 must(s64 result, const char *what)
{
	if (result < 0)
		fail("%s: errno %ld", what, -result);
	return result;
}

static void lock(u32 *word)
{
	u32 seen = 0;

	if (__atomic_compare_exchange_n(word, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE))
		sys(NR_FUTEX, word, 0, 2);
}

static void unlock(u32 *word)
{
	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
		sys(NR_FUTEX, word, 1, 1);
}

static u32 heap_order(size_t size)
{
	u32 order = 0;

	while ((1UL << (HEAP_SHIFT + order)) < size)
		order++;
	return order;
}

void *allocate(size_t size)
{
	struct program_state *own = state();
	u32 order = heap_order(size);
	u64 bytes = 1UL << (HEAP_SHIFT + order);
	void *block;

	lock(&own->heap_lock);
	block = own->heap_free[order];
	if (block) {
		own->heap_free[order] = *(void **)block;
	} else if (bytes <= own->heap_limit - own->heap_end) {
		block = (void *)own->heap_end;
		own->heap_end += bytes;
		sys(NR_BRK, own->heap_end);
	}
	unlock(&own->heap_lock);
	if (!block)
		fail("no memory left in the window for %lu bytes", size);
	return block;
}

void release(void *memory, size_t size)
{
	struct program_state *own = state();
	u32 order = heap_order(size);

	lock(&own->heap_lock);
	*(void **)memory = own->heap_free[order];
	own->heap_free[order] = memory;
	unlock(&own->heap_lock);
}

s64 program_fork(void)
{
	u32 *heap_lock = &state()->heap_lock;
	s64 pid;

	lock(heap_lock);
	pid = sys(NR_FORK);
	unlock(heap_lock);
	return pid;
}

char *duplicate(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(allocate(size), text, size);
}

u64 parse_number(const char *text)
{
	u64 value;

	if (!text_to_number(text, &value))
		fail("'%s' is not a number", text);
	return value;
}

u64 parse_waiting(const char *mode)
{
	if (!strcmp(mode, "poll"))
		return RTOS_FOREVER;
	if (!strcmp(mode, "irq"))
		return 0;
	if (!strcmp(mode, "adaptive"))
		return RTOS_POLL_ADAPTIVE;
	fail("'%s' is none of poll, irq and adaptive", mode);
}

u64 next_random(u64 *seed)
{
	u64 x = *seed;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*seed = x;
	return x * 0x2545f4914f6cdd1dULL;
}

u64 now_ns(void)
{
	u64 khz = state()->tsc_khz;
	u64 tsc = __builtin_ia32_rdtsc();

	return tsc / khz * 1000000 + tsc % khz * 1000000 / khz;
}

void write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		s64 wrote = must(sys_write(fd, at, size), "write");

		at += wrote;
		size -= wrote;
	}
}

void read_all(int fd, void *data, size_t size)
{
	char *at = data;

	while (size) {
		s64 got = must(sys_read(fd, at, size), "read");

		if (!got)
			fail("read: the end came %lu bytes too early", size);
		at += got;
		size -= got;
	}
}

void write_times(const char *path, const u64 *times, size_t n)
{
	int fd = must(sys_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), path);

	write_all(fd, times, n * sizeof(*times));
	must(sys_close(fd), "close");
}
