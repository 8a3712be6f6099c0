/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: a queue of a legacy peer. linux/nimbos_legacy.h tells why it is the kernel's to serve.
 *
 * Nothing here sleeps, locks or knows of slots; it also runs in user space, under a fuzzer.
 */
#ifndef NIMBOS_LEGACY_QUEUE_H
#define NIMBOS_LEGACY_QUEUE_H

#include <linux/bitmap.h>
#include <linux/types.h>

#include <linux/nimbos_legacy.h>

#define NIMBOS_LEGACY_MAX_CAPACITY 128

/**
 * struct nimbos_legacy_layout - where things are in a queue's page
 * @capacity: number of descriptors, and of entries in each ring; a power of two
 * @descriptor_size: in bytes; the last eight of them are the result
 * @args: how many arguments a descriptor has
 * @requests: offset of the ring of requests, in bytes
 * @responses: offset of the ring of responses, in bytes
 */
struct nimbos_legacy_layout {
	u16 capacity;
	u16 descriptor_size;
	u16 args;
	u16 requests;
	u16 responses;
};

/**
 * struct nimbos_legacy_queue - a queue as its server knows it; private
 * @page: the peer's, which it may write at any time: read once, then checked
 * @layout: of the page
 * @taken: requests taken, modulo 2^16
 * @answered: requests answered, modulo 2^16; what the page's index of responses was last
 * @in_flight: descriptors taken and not answered
 */
struct nimbos_legacy_queue {
	void *page;
	const struct nimbos_legacy_layout *layout;
	u16 taken;
	u16 answered;
	DECLARE_BITMAP(in_flight, NIMBOS_LEGACY_MAX_CAPACITY);
};

void nimbos_legacy_queue_init(struct nimbos_legacy_queue *queue, void *page, u32 legacy);
u8 *nimbos_legacy_queue_lock(struct nimbos_legacy_queue *queue);
bool nimbos_legacy_queue_is_empty(const struct nimbos_legacy_queue *queue);
int nimbos_legacy_queue_take(struct nimbos_legacy_queue *queue, struct nimbos_legacy_take *request);
int nimbos_legacy_queue_answer(struct nimbos_legacy_queue *queue, u32 request, s64 result);
void nimbos_legacy_queue_abandon(struct nimbos_legacy_queue *queue, s64 result);

#endif /* NIMBOS_LEGACY_QUEUE_H */
