// SPDX-License-Identifier: GPL-2.0
/*
 * A queue: two rings of descriptors' numbers under one byte lock, which the shadow takes, too.
 */
#include "apic.h"
#include "cpu.h"
#include "memory.h"
#include "queue.h"
#include "uintr.h"

enum {
	QUEUE_LOCK = 4,
	QUEUE_CAPACITY = 6,
	QUEUE_REQUEST_INDEX = 8,
	QUEUE_RESPONSE_INDEX = 10,
	QUEUE_DESCRIPTORS = 0x10,
	DESCRIPTOR_VALID = 0,
	DESCRIPTOR_OPCODE = 1,
	DESCRIPTOR_ARGS = 8,
};

/* Tens of seconds: whoever has kept the lock for so long will not give it back. */
#define LOCK_PATIENCE (1UL << 37)

/* One access, to memory that the shadow writes, too. */
#define AT(type, page, offset) (*(volatile type *)((page) + (offset)))

static u64 hold_cycles;

void queue_hold_locks(u64 cycles)
{
	hold_cycles = cycles;
}

/* Interrupts are off, as in all of the kernel. */
static void lock(struct queue *queue)
{
	u64 since = rdtsc();

	/* Pairs with the release of the other side's unlock, and with that of unlock(). */
	while (__atomic_exchange_n(queue->page + QUEUE_LOCK, 1, __ATOMIC_ACQUIRE)) {
		if (rdtsc() - since > LOCK_PATIENCE)
			panic("a dead holder has the lock of the queue at %p", queue->page);
		asm volatile("pause");
	}
	if (!hold_cycles)
		return;
	for (since = rdtsc(); rdtsc() - since < hold_cycles;)
		asm volatile("pause");
}

static void unlock(struct queue *queue)
{
	__atomic_store_n(queue->page + QUEUE_LOCK, 0, __ATOMIC_RELEASE);
}

void queue_init(struct queue *queue, u64 phys, const struct queue_layout *layout)
{
	queue->page = phys_to_virt(phys);
	queue->layout = layout;
	AT(u16, queue->page, QUEUE_CAPACITY) = layout->capacity;
	AT(u32, queue->page, 0) = QUEUE_MAGIC;
}

static volatile u16 *ring_entry(struct queue *queue, u16 ring, u16 index)
{
	return (volatile u16 *)(queue->page + ring) + (index & (queue->layout->capacity - 1));
}

static u8 *descriptor_at(struct queue *queue, u32 no)
{
	return queue->page + QUEUE_DESCRIPTORS + no * queue->layout->descriptor_size;
}

u32 queue_take(struct queue *queue)
{
	u32 no = 0;

	while (queue->waiting[no]) {
		if (++no == queue->layout->capacity)
			panic("the queue at %p has no descriptor left", queue->page);
	}
	queue->waiting[no] = thread_current;
	queue->answered[no] = false;
	return no;
}

static void send(struct queue *queue, u32 no, u8 opcode, const u64 *args)
{
	u8 *descriptor = descriptor_at(queue, no);
	u32 result = queue->layout->descriptor_size - sizeof(u64);
	u16 index;

	AT(u8, descriptor, DESCRIPTOR_OPCODE) = opcode;
	for (u32 at = DESCRIPTOR_ARGS; at < result; at += sizeof(u64))
		AT(u64, descriptor, at) = *args++;
	AT(u64, descriptor, result) = 0;
	AT(u8, descriptor, DESCRIPTOR_VALID) = 1;

	lock(queue);
	index = AT(u16, queue->page, QUEUE_REQUEST_INDEX);
	*ring_entry(queue, queue->layout->requests, index) = no;
	AT(u16, queue->page, QUEUE_REQUEST_INDEX) = index + 1;
	unlock(queue);
	thread_current->queued = rdtsc();
	if (queue->posts)
		uintr_post(queue->target);
	else if (queue->route)
		apic_send_ipi(queue->route, queue->route >> 32);
	thread_current->notified = rdtsc();
}

/* Return: the next descriptor that was answered, or -1. */
static int receive(struct queue *queue)
{
	int no = -1;

	lock(queue);
	if (AT(u16, queue->page, QUEUE_RESPONSE_INDEX) != queue->last_response) {
		no = *ring_entry(queue, queue->layout->responses, queue->last_response);
		queue->last_response++;
	}
	unlock(queue);
	return no;
}

void queue_poll(struct queue *queue)
{
	int no;

	/* A look without the lock: most often there is nothing. */
	while (AT(u16, queue->page, QUEUE_RESPONSE_INDEX) != queue->last_response) {
		no = receive(queue);
		if (no < 0)
			return;
		if (no >= queue->layout->capacity || !queue->waiting[no] || queue->answered[no])
			panic("the queue at %p answers %d, which nobody has asked", queue->page,
			      no);
		queue->answered[no] = true;
		thread_wake(queue->waiting[no]);
	}
}

s64 queue_call_with(struct queue *queue, u32 no, u8 opcode, const u64 *args, bool poll)
{
	u8 *descriptor = descriptor_at(queue, no);
	s64 result;

	send(queue, no, opcode, args);
	while (!queue->answered[no]) {
		if (!poll) {
			thread_block();
			continue;
		}
		asm volatile("pause");
		queue_poll(queue);
	}
	result = AT(u64, descriptor, queue->layout->descriptor_size - sizeof(u64));
	AT(u8, descriptor, DESCRIPTOR_VALID) = 0;
	queue->waiting[no] = NULL;
	return result;
}

s64 queue_call(struct queue *queue, u8 opcode, const u64 *args, bool poll)
{
	return queue_call_with(queue, queue_take(queue), opcode, args, poll);
}
