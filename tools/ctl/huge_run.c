// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: huge pages that lie in a row in the machine's memory.
 */
#include <stdlib.h>

#include "huge_pages.h"

#define END_OF_32_BITS (1ULL << 32)

static int compare_pages(const void *a, const void *b)
{
	uint64_t one = ((const struct huge_page *)a)->phys;
	uint64_t other = ((const struct huge_page *)b)->phys;

	return (one > other) - (one < other);
}

size_t huge_run_find(struct huge_page *pages, size_t count, uint64_t page_size, size_t wanted,
		     size_t *start)
{
	size_t first = 0, best = 0;

	qsort(pages, count, sizeof(*pages), compare_pages);
	for (size_t i = 0; i < count && pages[i].phys + page_size <= END_OF_32_BITS; i++) {
		if (i && pages[i].phys != pages[i - 1].phys + page_size)
			first = i;
		if (i + 1 - first > best) {
			best = i + 1 - first;
			*start = first;
		}
		if (best == wanted)
			break;
	}
	return best;
}
