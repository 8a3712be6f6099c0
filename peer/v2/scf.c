// SPDX-License-Identifier: GPL-2.0
/*
 * Version 2: a queue for each process. Arguments are in the request, and pointers mean the same to
 * the shadow, which has the program's pages where the program has them, and the kernel's lower.
 */
#include "console.h"
#include "dialect.h"
#include "errno.h"
#include "layout.h"
#include "process.h"
#include "scf.h"
#include "uintr.h"

#define MAX_SLOTS 16
#define FIRST_SLOTS 4
/* The first four queues end the region; those of later images lie below. */
#define FIRST_QUEUES (REGION + 0x7ffc000)
#define MORE_QUEUES (REGION + 0x7ff0000)

#define PROT_READ 1
#define PROT_WRITE 2

enum opcode {
	V2_READ = 0,
	V2_WRITE = 1,
	V2_OPEN = 2,
	V2_CLOSE = 3,
	V2_STAT = 4,
	V2_CLONE = 56,
	V2_FORK = 57,
	V2_EXIT = 60,
	V2_UINTR_INIT = 100,
	V2_IPI_INIT = 101,
};

static const struct queue_layout layout = {
	.capacity = 64,
	.descriptor_size = 48,
	.requests = 0xc10,
	.responses = 0xc90,
};

static struct queue queues[MAX_SLOTS];
static struct process *owners[MAX_SLOTS];

static s64 call(struct queue *queue, u8 opcode, u64 first, u64 second, u64 third)
{
	const u64 args[QUEUE_MAX_ARGS] = { first, second, third };

	return queue_call(queue, opcode, args, false);
}

void scf_init(void)
{
	for (u32 slot = 0; slot < dialect.slots; slot++) {
		u64 phys = slot < FIRST_SLOTS ? FIRST_QUEUES + slot * PAGE_SIZE :
						MORE_QUEUES + (slot - FIRST_SLOTS) * PAGE_SIZE;

		queue_init(&queues[slot], phys, &layout);
	}
	if (dialect.asks_for_uintr)
		uintr_init();
}

void scf_poll(void)
{
	for (u32 slot = 0; slot < dialect.slots; slot++)
		queue_poll(&queues[slot]);
}

static void find_route(struct queue *queue, u32 slot)
{
	s64 answer;

	queue->route = 0;
	queue->posts = false;
	if (dialect.asks_for_uintr) {
		answer = call(queue, V2_UINTR_INIT, 0, 0, 0);
		if (answer > 0 && uintr_connect(slot, answer)) {
			queue->target = slot;
			queue->posts = true;
			return;
		}
	}
	if (!dialect.asks_for_ipi)
		return;
	answer = call(queue, V2_IPI_INIT, 0, 0, 0);
	if (answer < 0)
		kernel_log("slot %u: no interrupt, error %ld", slot, -answer);
	else
		queue->route = answer;
}

/* @process has this slot from now on; its shadow is there already, or will come. */
static void take_slot(struct process *process, u32 slot)
{
	/* Whoever had it before has its last answer, but may not have looked yet. */
	while (owners[slot]) {
		scf_poll();
		thread_yield();
	}
	owners[slot] = process;
	process->queue = &queues[slot];
	find_route(process->queue, slot);
}

void scf_begin(struct process *process)
{
	take_slot(process, 0);
}

static struct queue *own_queue(void)
{
	return thread_current->process->queue;
}

s64 scf_fork(struct process *child)
{
	s64 slot = call(own_queue(), V2_FORK, 0, 0, 0);

	if (slot < 0)
		return slot;
	if (!slot || slot >= dialect.slots)
		panic("slot %ld for a child", slot);
	take_slot(child, slot);
	return 0;
}

s64 scf_thread(void)
{
	return call(own_queue(), V2_CLONE, 0, 0, 0);
}

void scf_exit(void)
{
	struct process *process = thread_current->process;

	call(process->queue, V2_EXIT, 0, 0, 0);
	if (process->nr_threads == 1)
		owners[process->queue - queues] = NULL;
}

s64 scf_map(struct process *process, u64 va, u64 size, u64 phys)
{
	const u64 args[QUEUE_MAX_ARGS] = { va, size, phys, PROT_READ | PROT_WRITE };

	return queue_call(process->queue, dialect.sync_map, args, true);
}

s64 scf_unmap(struct process *process, u64 va, u64 size)
{
	const u64 args[QUEUE_MAX_ARGS] = { va, size };

	return queue_call(process->queue, dialect.sync_unmap, args, true);
}

s64 scf_read(int fd, void *buffer, size_t size)
{
	return call(own_queue(), V2_READ, fd, (u64)buffer, size);
}

s64 scf_write(int fd, const void *data, size_t size)
{
	return call(own_queue(), V2_WRITE, fd, (u64)data, size);
}

s64 scf_open(const char *path, int flags, int mode)
{
	return call(own_queue(), V2_OPEN, (u64)path, flags, mode);
}

s64 scf_close(int fd)
{
	return call(own_queue(), V2_CLOSE, fd, 0, 0);
}

s64 scf_stat(const char *path)
{
	return call(own_queue(), V2_STAT, (u64)path, 0, 0);
}

/* It changes nothing, and Linux makes no system call for it. */
s64 scf_nop(void)
{
	s64 ret = call(own_queue(), V2_IPI_INIT, 0, 0, 0);

	return ret < 0 ? ret : 0;
}

s64 scf_call(u8 opcode, const u64 args[QUEUE_MAX_ARGS])
{
	return queue_call(own_queue(), opcode, args, false);
}
