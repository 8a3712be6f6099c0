// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that begin others.
 */
#include "lib.h"
#include "pattern.h"
#include "program.h"

#define MAX_THREADS 8
#define DATA_SIZE 0x400

void main_exec(char **args)
{
	s64 pid = must(sys(RTOS_FORK), "fork");
	int status;

	if (!pid) {
		must(sys(RTOS_EXEC, args[1]), args[1]);
		fail("what was executed begins after the call");
	}
	must(sys(RTOS_WAIT, pid, &status), "wait");
	print("exec: status %d\n", status);
}

void main_forks(char **args)
{
	u64 n = parse_number(args[1]);

	for (u64 i = 0; i < n; i++) {
		s64 pid = must(sys(RTOS_FORK), "fork");
		int status;

		if (!pid)
			leave(i % 100);
		must(sys(RTOS_WAIT, pid, &status), "wait");
		if (status != (int)(i % 100))
			fail("child %lu has ended with %d", i, status);
	}
	print("forks: ok n=%lu\n", n);
}

static u64 nr_processes, nr_threads;
static const char *directory;

/**
 * struct member - a thread of the tree
 * @salt: no other has it
 * @data: what it has written, and what it reads
 */
static struct member {
	u64 salt;
	u8 data[DATA_SIZE];
} members[MAX_THREADS];

/* All at once: nobody goes on before all are there. Each has a file of its own. */
static void work(struct member *member)
{
	char path[64];
	int fd;

	format_to(path, sizeof(path), "%s/%lu", directory, member->salt);
	must(sys(RTOS_MEET, nr_processes * nr_threads), "meet");

	fill_pattern(member->data, DATA_SIZE, 0, member->salt);
	fd = must(sys(RTOS_OPEN, path, O_WRONLY | O_CREAT | O_TRUNC, 0644), path);
	write_all(fd, member->data, DATA_SIZE);
	must(sys(RTOS_CLOSE, fd), "close");

	memset(member->data, 0, DATA_SIZE);
	fd = must(sys(RTOS_OPEN, path, O_RDONLY, 0), path);
	for (size_t got = 0; got < DATA_SIZE;) {
		s64 part = must(sys(RTOS_READ, fd, member->data + got, DATA_SIZE - got), "read");

		if (!part)
			fail("%s: only %lu bytes", path, got);
		got += part;
	}
	must(sys(RTOS_CLOSE, fd), "close");
	if (!is_pattern(member->data, DATA_SIZE, 0, member->salt))
		fail("%s: not what was written", path);
}

static void thread(struct member *member)
{
	work(member);
	leave(0);
}

/* Process number @number, whose children are numbers 2 @number + 1 and + 2, as in a heap. */
static void grow(u64 number)
{
	s64 children[2] = { 0 };
	int status;

	for (u64 i = 0; i < 2 && 2 * number + 1 + i < nr_processes; i++) {
		children[i] = must(sys(RTOS_FORK), "fork");
		if (!children[i]) {
			grow(2 * number + 1 + i);
			leave(0);
		}
	}
	for (u64 i = 0; i < nr_threads; i++) {
		members[i].salt = number * nr_threads + i;
		if (i)
			must(sys(RTOS_THREAD, thread, &members[i]), "thread");
	}
	work(&members[0]);
	must(sys(RTOS_JOIN), "join");
	for (u32 i = 0; i < 2; i++) {
		if (!children[i])
			continue;
		must(sys(RTOS_WAIT, children[i], &status), "wait");
		if (status)
			fail("child %ld of %lu has ended with %d", children[i], number, status);
	}
}

void main_tree(char **args)
{
	nr_processes = parse_number(args[1]);
	nr_threads = parse_number(args[2]);
	directory = args[3];
	if (!nr_processes || !nr_threads || nr_threads > MAX_THREADS)
		fail("PROCESSES is at least 1, THREADS 1 to %u", MAX_THREADS);
	grow(0);
	print("tree: ok processes=%lu threads=%lu\n", nr_processes, nr_processes * nr_threads);
}
