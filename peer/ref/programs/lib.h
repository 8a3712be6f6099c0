/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs have instead of a C library.
 *
 * All processes run the same code, and none has variables: what a process keeps lies at the start
 * of its window, in struct program_state. Whatever Linux is to read or write must lie in the
 * window, too, which strings of the program text do not; stacks and the heap do.
 */
#ifndef REF_LIB_H
#define REF_LIB_H

#include "format.h"
#include "pattern.h"
#include "types.h"

#define MAX_ARGS 32
#define ARGS_SIZE 4096

/* Size and alignment of a stack. */
#define STACK_SIZE 0x10000UL

#define HEAP_ORDERS 32

/**
 * struct program_state - what a process keeps
 * @heap_end: end of the heap
 * @heap_limit: what it may become
 * @heap_lock: 0 free, 1 taken, 2 taken and waited for
 * @heap_free: for each size, blocks that were given back
 * @tsc_khz: frequency of the time-stamp counter
 * @argc: number of arguments
 * @argv: arguments, in @args
 * @args: as the shadow gave them
 */
struct program_state {
	u64 heap_end;
	u64 heap_limit;
	u32 heap_lock;
	void *heap_free[HEAP_ORDERS];
	u64 tsc_khz;
	int argc;
	char *argv[MAX_ARGS + 1];
	char args[ARGS_SIZE];
};

/* The last word of each stack points there. */
static inline struct program_state *state(void)
{
	u64 rsp;

	asm("movq %%rsp, %0" : "=r"(rsp));
	return ((struct program_state **)((rsp | (STACK_SIZE - 1)) + 1))[-1];
}

__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/**
 * fail() - say what went wrong, and exit
 * @format: what failed, without a newline
 */
_Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...);

/* Fails if @result is an error; @what was tried. Return: @result. */
s64 must(s64 result, const char *what);

/* Memory of the window; fails if there is none left. */
void *allocate(size_t size);
void release(void *memory, size_t size);

/* As fork(): nobody else holds the heap's lock in the child. */
s64 program_fork(void);

/* A copy of @text in the window, for Linux to read. */
char *duplicate(const char *text);

/* Decimal or, after 0x, hexadecimal, after a - if it is negative; fails if @text is no number. */
u64 parse_number(const char *text);

/* poll, irq or adaptive: how long to poll, for sys_waiting(); fails if @mode is none of them. */
u64 parse_waiting(const char *mode);

/* xorshift64*: @seed must not be 0 at first. */
u64 next_random(u64 *seed);

u64 now_ns(void);

/* Writes and reads all of it; fails otherwise. */
void write_all(int fd, const void *data, size_t size);
void read_all(int fd, void *data, size_t size);

/* A new file with what was measured, as it is in memory; @times lies in the window. */
void write_times(const char *path, const u64 *times, size_t n);

/**
 * struct worker - a thread with a function to run
 * @run: the function
 * @argument: for it
 * @state: of the process
 * @tid: the thread
 */
struct worker {
	void (*run)(void *argument);
	void *argument;
	struct program_state *state;
	s64 tid;
};

/* @worker lies in the window and lasts until worker_join(). Return: 0 or a negative errno. */
s64 worker_start(struct worker *worker, void (*run)(void *argument), void *argument, int priority);
void worker_join(struct worker *worker);

#endif /* REF_LIB_H */
