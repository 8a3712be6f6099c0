// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: what objects compiled with -fsanitize=thread call, without the sanitizer.
 */
#include <stdint.h>

#include "trace.h"

#define ACCESS(type, bytes)                  \
	void __tsan_##type##bytes(void *at); \
	void __tsan_##type##bytes(void *at)  \
	{                                    \
		trace_##type(at, bytes);     \
	}

static void trace_read(void *at, size_t size)
{
	trace_access(at, size, false);
}

static void trace_write(void *at, size_t size)
{
	trace_access(at, size, true);
}

ACCESS(read, 1)
ACCESS(read, 2)
ACCESS(read, 4)
ACCESS(read, 8)
ACCESS(read, 16)
ACCESS(write, 1)
ACCESS(write, 2)
ACCESS(write, 4)
ACCESS(write, 8)
ACCESS(write, 16)

#define ATOMIC(bits, type)                                               \
	type __tsan_atomic##bits##_load(void *at, int order);            \
	type __tsan_atomic##bits##_load(void *at, int order)             \
	{                                                                \
		type value = __atomic_load_n((type *)at, order);         \
									 \
		trace_read(at, sizeof(value));                           \
		return value;                                            \
	}                                                                \
	void __tsan_atomic##bits##_store(void *at, type value, int order); \
	void __tsan_atomic##bits##_store(void *at, type value, int order) \
	{                                                                \
		__atomic_store_n((type *)at, value, order);              \
		trace_write(at, sizeof(value));                          \
	}

/* Locked operations, which are only made on words of 64 bits. */
#define LOCKED(name, operation)                                                          \
	uint64_t __tsan_atomic64_##name(void *at, uint64_t value, int order);            \
	uint64_t __tsan_atomic64_##name(void *at, uint64_t value, int order)             \
	{                                                                                \
		uint64_t before = operation((uint64_t *)at, value, order);               \
											 \
		trace_read(at, sizeof(before));                                          \
		trace_write(at, sizeof(before));                                         \
		return before;                                                           \
	}

LOCKED(exchange, __atomic_exchange_n)
LOCKED(fetch_and, __atomic_fetch_and)
LOCKED(fetch_or, __atomic_fetch_or)

int __tsan_atomic64_compare_exchange_strong(void *at, uint64_t *expected, uint64_t value, int order,
					    int order_failed);
int __tsan_atomic64_compare_exchange_strong(void *at, uint64_t *expected, uint64_t value, int order,
					    int order_failed)
{
	bool done = __atomic_compare_exchange_n((uint64_t *)at, expected, value, false, order,
						order_failed);

	trace_read(at, sizeof(value));
	if (done)
		trace_write(at, sizeof(value));
	return done;
}

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_read_range(void *at, size_t size);
void __tsan_read_range(void *at, size_t size)
{
	trace_access(at, size, false);
}

void __tsan_write_range(void *at, size_t size);
void __tsan_write_range(void *at, size_t size)
{
	trace_access(at, size, true);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *from);
void __tsan_func_entry(void *from)
{
	(void)from;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}
