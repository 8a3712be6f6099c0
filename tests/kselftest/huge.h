/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Huge pages for tests: Linux's pool, and rows of pages out of it.
 */
#ifndef NIMBOS_SELFTEST_HUGE_H
#define NIMBOS_SELFTEST_HUGE_H

#include <linux/mman.h>

#include "selftest.h"

#define HUGE_SIZE 0x200000UL
#define GIGANTIC_SIZE 0x40000000UL
#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define GIGANTIC_POOL "/sys/kernel/mm/hugepages/hugepages-1048576kB/"
#define MAX_POOL 256

static inline void *map_huge(size_t size, int flags)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB | MAP_NORESERVE | flags, -1, 0);
}

/* Physical address of a byte of ours, which is there. */
static inline uint64_t phys_of(const void *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)at / 4096 * sizeof(entry)) != sizeof(entry))
		entry = 0;
	close(fd);
	return (entry & ((1ULL << 55) - 1)) * 4096 + (uintptr_t)at % 4096;
}

static inline int compare_phys(const void *a, const void *b)
{
	uint64_t one = phys_of(*(unsigned char **)a), other = phys_of(*(unsigned char **)b);

	return (one > other) - (one < other);
}

/*
 * So many huge pages that are private and physically contiguous; all of them have @fill in every
 * byte. NULL if there are none.
 */
static inline unsigned char *map_row(unsigned int count, int fill)
{
	unsigned int n = read_number(POOL "free_hugepages"), i, first = 0;
	unsigned char *page[MAX_POOL], *all, *row, *room;

	if (n < count || n > MAX_POOL)
		return NULL;
	all = map_huge(n * HUGE_SIZE, MAP_PRIVATE);
	if (all == MAP_FAILED)
		return NULL;
	memset(all, fill, n * HUGE_SIZE);
	for (i = 0; i < n; i++)
		page[i] = all + i * HUGE_SIZE;
	qsort(page, n, sizeof(page[0]), compare_phys);
	for (i = 0; i < n && i - first < count; i++)
		if (i && phys_of(page[i]) != phys_of(page[i - 1]) + HUGE_SIZE)
			first = i;
	/* The row is there if the last page of it was looked at. */
	row = i - first == count ? all : NULL;
	if (row) {
		room = mmap(NULL, (count + 1) * HUGE_SIZE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		row = room + (-(uintptr_t)room & (HUGE_SIZE - 1));
		munmap(room, row - room);
		munmap(row + count * HUGE_SIZE, HUGE_SIZE - (row - room));
		for (i = 0; i < count; i++)
			mremap(page[first + i], HUGE_SIZE, HUGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
			       row + i * HUGE_SIZE);
	}
	munmap(all, n * HUGE_SIZE);
	return row;
}

#endif /* NIMBOS_SELFTEST_HUGE_H */
