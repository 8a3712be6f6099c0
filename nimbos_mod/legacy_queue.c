// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: taking requests from a queue of a legacy peer and answering them.
 *
 * All of this but the look without the lock is done while the queue's byte lock is held. The index
 * of requests is the peer's, and is never written here; that of responses is ours.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/nimbos.h>

#include "legacy_queue.h"

/* The page begins with this; what lies behind it depends on the version. */
struct header {
	u32 magic;
	u8 lock;
	u8 pad;
	u16 capacity;
	u16 req_index;
	u16 rsp_index;
};

/* What the peer calls valid is its own account of descriptors that it has in use. */
struct descriptor {
	u8 valid;
	u8 opcode;
	u8 pad[6];
	u64 args[];
};

#define DESCRIPTORS 0x10

static const struct nimbos_legacy_layout version_1 = {
	.capacity = 128,
	.descriptor_size = 24,
	.args = 1,
	.requests = 0xc10,
	.responses = 0xd10,
};

static const struct nimbos_legacy_layout version_2 = {
	.capacity = 64,
	.descriptor_size = 48,
	.args = 4,
	.requests = 0xc10,
	.responses = 0xc90,
};

static struct header *header_of(const struct nimbos_legacy_queue *queue)
{
	return queue->page;
}

static struct descriptor *descriptor_at(const struct nimbos_legacy_queue *queue, u32 nr)
{
	return queue->page + DESCRIPTORS + nr * queue->layout->descriptor_size;
}

static u16 *ring_at(const struct nimbos_legacy_queue *queue, u16 ring, u16 index)
{
	return (u16 *)(queue->page + ring) + (index & (queue->layout->capacity - 1));
}

/* Nobody was attached, or the peer has set the queue up anew: all that was taken is answered. */
static void begin_anew(struct nimbos_legacy_queue *queue, u16 rsp_index)
{
	queue->taken = rsp_index;
	queue->answered = rsp_index;
	bitmap_zero(queue->in_flight, NIMBOS_LEGACY_MAX_CAPACITY);
}

/**
 * nimbos_legacy_queue_init() - begin to serve a queue that nobody serves
 * @queue: the queue
 * @page: its page; the peer need not have set it up yet
 * @legacy: enum nimbos_legacy, not NIMBOS_LEGACY_NONE
 */
void nimbos_legacy_queue_init(struct nimbos_legacy_queue *queue, void *page, u32 legacy)
{
	queue->page = page;
	queue->layout = legacy == NIMBOS_LEGACY_V1 ? &version_1 : &version_2;
	begin_anew(queue, READ_ONCE(header_of(queue)->rsp_index));
}

/**
 * nimbos_legacy_queue_lock() - the byte that is 1 while somebody has the queue's lock
 * @queue: the queue
 */
u8 *nimbos_legacy_queue_lock(struct nimbos_legacy_queue *queue)
{
	return &header_of(queue)->lock;
}

/**
 * nimbos_legacy_queue_is_empty() - is there nothing to take, as far as one sees without the lock?
 * @queue: the queue
 *
 * Return: false if nimbos_legacy_queue_take() may find something, be it an error.
 */
bool nimbos_legacy_queue_is_empty(const struct nimbos_legacy_queue *queue)
{
	const struct header *header = header_of(queue);

	return !READ_ONCE(header->magic) ||
	       (READ_ONCE(header->req_index) == READ_ONCE(queue->taken) &&
		READ_ONCE(header->rsp_index) == READ_ONCE(queue->answered));
}

/**
 * nimbos_legacy_queue_take() - take the next request
 * @queue: the queue, locked
 * @request: out: what the peer asks for; the rest of it is not touched
 *
 * Return: 0, -EAGAIN if there is none, or -EPROTO if the peer has broken the queue's rules.
 */
int nimbos_legacy_queue_take(struct nimbos_legacy_queue *queue, struct nimbos_legacy_take *request)
{
	const struct header *header = header_of(queue);
	u16 capacity = queue->layout->capacity;
	const struct descriptor *descriptor;
	u32 magic = READ_ONCE(header->magic);
	u16 rsp_index = READ_ONCE(header->rsp_index);
	u16 ready, nr;
	unsigned int i;

	if (!magic)
		return -EAGAIN;
	if (magic != NIMBOS_LEGACY_MAGIC || READ_ONCE(header->capacity) != capacity)
		return -EPROTO;
	if (rsp_index != queue->answered)
		begin_anew(queue, rsp_index);
	ready = READ_ONCE(header->req_index) - queue->taken;
	if (!ready)
		return -EAGAIN;
	if (ready > capacity)
		return -EPROTO;
	nr = READ_ONCE(*ring_at(queue, queue->layout->requests, queue->taken));
	if (nr >= capacity)
		return -EPROTO;
	nr = array_index_nospec(nr, capacity);
	if (test_bit(nr, queue->in_flight))
		return -EPROTO;

	descriptor = descriptor_at(queue, nr);
	request->request = nr;
	request->opcode = READ_ONCE(descriptor->opcode);
	for (i = 0; i < ARRAY_SIZE(request->args); i++)
		request->args[i] = i < queue->layout->args ? READ_ONCE(descriptor->args[i]) : 0;
	__set_bit(nr, queue->in_flight);
	WRITE_ONCE(queue->taken, queue->taken + 1);
	return 0;
}

/**
 * nimbos_legacy_queue_answer() - answer a request
 * @queue: the queue, locked
 * @request: number of its descriptor, from anywhere
 * @result: what the peer gets
 *
 * Return: 0, or -ENOENT if no such request waits for an answer.
 */
int nimbos_legacy_queue_answer(struct nimbos_legacy_queue *queue, u32 request, s64 result)
{
	struct header *header = header_of(queue);
	u16 rsp_index = READ_ONCE(header->rsp_index);
	struct descriptor *descriptor;

	if (rsp_index != queue->answered)
		begin_anew(queue, rsp_index);
	if (request >= queue->layout->capacity)
		return -ENOENT;
	request = array_index_nospec(request, queue->layout->capacity);
	if (!test_bit(request, queue->in_flight))
		return -ENOENT;

	descriptor = descriptor_at(queue, request);
	WRITE_ONCE(descriptor->args[queue->layout->args], result);
	WRITE_ONCE(*ring_at(queue, queue->layout->responses, queue->answered), request);
	__clear_bit(request, queue->in_flight);
	WRITE_ONCE(queue->answered, queue->answered + 1);
	/* For peers that look at the index without the lock, before they take it. */
	smp_store_release(&header->rsp_index, queue->answered);
	return 0;
}

/**
 * nimbos_legacy_queue_abandon() - answer all that is in flight
 * @queue: the queue, locked
 * @result: what the peer gets
 */
void nimbos_legacy_queue_abandon(struct nimbos_legacy_queue *queue, s64 result)
{
	u32 nr;

	for (nr = 0; nr < queue->layout->capacity; nr++)
		nimbos_legacy_queue_answer(queue, nr, result);
}
