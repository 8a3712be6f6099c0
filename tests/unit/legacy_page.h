/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unit tests of legacy queues: the peer's side of one, in memory of the test. Offsets are written
 * out here a second time, as old images have them.
 */
#ifndef LEGACY_PAGE_H
#define LEGACY_PAGE_H

#include <stddef.h>
#include <string.h>

#include "../../nimbos_mod/legacy_queue.h"

#define PAGE_BYTES 4096

struct version {
	u32 legacy;
	u16 capacity;
	u16 size;
	u16 nr_args;
	u16 ret;
	u16 requests;
	u16 responses;
};

static const struct version versions[] = {
	{ NIMBOS_LEGACY_V1, 128, 24, 1, 16, 0xc10, 0xd10 },
	{ NIMBOS_LEGACY_V2, 64, 48, 4, 40, 0xc10, 0xc90 },
	{ NIMBOS_LEGACY_V2_EARLY, 64, 48, 4, 40, 0xc10, 0xc90 },
};

#define NR_VERSIONS (sizeof(versions) / sizeof(versions[0]))

/* The peer's words, each touched once. */
#define AT8(page, offset) (*(volatile u8 *)((page) + (offset)))
#define AT16(page, offset) (*(volatile u16 *)((page) + (offset)))
#define AT32(page, offset) (*(volatile u32 *)((page) + (offset)))
#define AT64(page, offset) (*(volatile u64 *)((page) + (offset)))

#define MAGIC 0
#define LOCK 4
#define CAPACITY 6
#define REQUESTS 8
#define RESPONSES 10

static inline void page_set_up(char *page, const struct version *version)
{
	memset(page, 0, PAGE_BYTES);
	AT16(page, CAPACITY) = version->capacity;
	AT32(page, MAGIC) = 0x4643537f;
}

/* Announces descriptor @nr. */
static inline void page_send(char *page, const struct version *version, u16 nr)
{
	u16 index = AT16(page, REQUESTS);

	AT16(page, version->requests + index % version->capacity * 2) = nr;
	AT16(page, REQUESTS) = index + 1;
}

/* Fills descriptor @nr, whose arguments are @first, @first + 1 and so on, and announces it. */
static inline void page_request(char *page, const struct version *version, u16 nr, u8 opcode,
				u64 first)
{
	char *descriptor = page + 0x10 + nr * version->size;

	AT8(descriptor, 0) = 1;
	AT8(descriptor, 1) = opcode;
	for (u16 i = 0; i < version->nr_args; i++)
		AT64(descriptor, 8 + i * 8) = first + i;
	page_send(page, version, nr);
}

static inline s64 page_result(char *page, const struct version *version, u16 nr)
{
	return (s64)AT64(page, 0x10 + nr * version->size + version->ret);
}

/* Which descriptor response number @index is for. */
static inline u16 page_response(char *page, const struct version *version, u16 index)
{
	return AT16(page, version->responses + index % version->capacity * 2);
}

#endif /* LEGACY_PAGE_H */
