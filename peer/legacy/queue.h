/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_QUEUE_H
#define LEGACY_QUEUE_H

#include "sched.h"
#include "types.h"

#define QUEUE_MAGIC 0x4643537fU
#define QUEUE_MAX_CAPACITY 128
#define QUEUE_MAX_ARGS 4

/**
 * struct queue_layout - what differs between generations
 * @capacity: entries of each ring, and descriptors
 * @descriptor_size: in bytes; the arguments begin at 8, the result is its last word
 * @requests: offset of the ring of requests
 * @responses: offset of the ring of responses
 */
struct queue_layout {
	u16 capacity;
	u16 descriptor_size;
	u16 requests;
	u16 responses;
};

/**
 * struct queue - a page that is shared with a shadow
 * @page: the page
 * @layout: of it
 * @route: vector << 32 | APIC ID by which the shadow hears of requests, 0 if it looks by itself
 * @posts: the shadow hears of them by a user interrupt instead
 * @target: where to, for uintr_post()
 * @last_response: how many responses have been taken
 * @waiting: who waits for the answer, by descriptor; NULL for one that is not in use
 * @answered: by descriptor, that the answer has come
 */
struct queue {
	u8 *page;
	const struct queue_layout *layout;
	u64 route;
	bool posts;
	u32 target;
	u16 last_response;
	struct thread *waiting[QUEUE_MAX_CAPACITY];
	bool answered[QUEUE_MAX_CAPACITY];
};

void queue_init(struct queue *queue, u64 phys, const struct queue_layout *layout);

/**
 * queue_call() - make a request and wait for its answer
 * @queue: where
 * @opcode: which
 * @args: as many as a descriptor has room for
 * @poll: nobody else runs until the answer is there
 *
 * Return: the result. There may be no shadow yet: then it takes until one comes.
 */
s64 queue_call(struct queue *queue, u8 opcode, const u64 *args, bool poll);

/* A descriptor for queue_call_with(), kept until then. */
u32 queue_take(struct queue *queue);

/* queue_call() with a descriptor that the caller has taken before. */
s64 queue_call_with(struct queue *queue, u32 descriptor, u8 opcode, const u64 *args, bool poll);

/* Takes the answers that are there. */
void queue_poll(struct queue *queue);

/* From now on, a lock that is taken is kept for so many cycles. */
void queue_hold_locks(u64 cycles);

#endif /* LEGACY_QUEUE_H */
