// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: memory for a peer out of Linux's pools of huge pages. Pages that lie side by side are
 * looked for among those that are free: they are taken, more and more of them, until enough are in
 * a row; then the others are given back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/mman.h>

#include "../common/parse.h"
#include "ctl.h"
#include "huge_pages.h"
#include "text.h"

#define KIB 1024ULL

/* An entry of /proc/self/pagemap. */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME ((1ULL << 55) - 1)

/* The larger ones are tried first. */
static const uint64_t page_sizes[] = { 1ULL << 30, 1ULL << 21 };

struct pool {
	uint64_t page_size;
	int pagemap;
	struct huge_page *pages;
	size_t count;
};

uint64_t huge_pages_read(const char *root, uint64_t page_size, const char *name)
{
	uint64_t number = 0;
	char path[512];
	char *text;

	snprintf(path, sizeof(path), "%s/sys/kernel/mm/hugepages/hugepages-%llukB/%s", root,
		 (unsigned long long)(page_size / KIB), name);
	text = read_text(path);
	if (text && !parse_number(text, 0, UINT32_MAX, &number))
		number = 0;
	free(text);
	return number;
}

/* Free, and promised to nobody. */
static uint64_t huge_pages_unused(uint64_t page_size)
{
	return huge_pages_read("", page_size, "free_hugepages") -
	       huge_pages_read("", page_size, "resv_hugepages");
}

/* Where a page of ours is in the machine; 0 if we may not know. */
static uint64_t phys_of(int pagemap, const char *at)
{
	const uint64_t small = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t entry;

	if (pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)at / small * sizeof(entry))) !=
		    sizeof(entry) ||
	    !(entry & PAGEMAP_PRESENT))
		return 0;
	return (entry & PAGEMAP_FRAME) * small;
}

/* Return: 0 or an errno; EACCES if nobody tells us where they are. */
static int take_more(struct pool *pool, size_t more)
{
	/* Some kernels give a reservation back twice if pages are in use beyond their mapping. */
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE |
			  __builtin_ctzll(pool->page_size) << MAP_HUGE_SHIFT;
	size_t size = more * pool->page_size;
	struct huge_page *pages;
	char *map;

	pages = reallocarray(pool->pages, pool->count + more, sizeof(*pages));
	if (!pages)
		return ENOMEM;
	pool->pages = pages;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (map == MAP_FAILED)
		return errno;
	for (size_t i = 0; i < more; i++)
		pages[pool->count++] = (struct huge_page){ .at = map + i * pool->page_size };
	if (madvise(map, size, MADV_POPULATE_WRITE))
		return errno;
	for (size_t i = pool->count - more; i < pool->count; i++) {
		pages[i].phys = phys_of(pool->pagemap, pages[i].at);
		if (!pages[i].phys)
			return EACCES;
	}
	return 0;
}

/* Return: whether the run is at @memory now, as a row there, too. */
static bool line_up(const struct pool *pool, size_t start, size_t count, struct huge_memory *memory)
{
	size_t room = (count + 1) * pool->page_size;
	char *map = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct huge_page *page = &pool->pages[start];

	if (map == MAP_FAILED)
		return false;
	memory->size = count * pool->page_size;
	memory->at = map + (-(uintptr_t)map & (pool->page_size - 1));
	/* What is not on a page's boundary belongs to nothing. */
	munmap(map, (size_t)(memory->at - map));
	munmap(memory->at + memory->size, (size_t)(map + room - memory->at) - memory->size);
	for (size_t i = 0; i < count; i++) {
		if (mremap(page[i].at, pool->page_size, pool->page_size,
			   MREMAP_MAYMOVE | MREMAP_FIXED,
			   memory->at + i * pool->page_size) == MAP_FAILED) {
			munmap(memory->at, memory->size);
			return false;
		}
		page[i].at = NULL;
	}
	return true;
}

static void give_back(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		if (pool->pages[i].at)
			munmap(pool->pages[i].at, pool->page_size);
	}
	free(pool->pages);
}

/*
 * @best: out: how many are in a row at most
 * Return: 0 or an errno; ENOMEM if there are too few, ENOSPC if they are not in a row.
 */
static int take(struct pool *pool, size_t wanted, struct huge_memory *memory, size_t *best)
{
	size_t start = 0, unused, more = wanted;
	int error;

	*best = 0;
	do {
		unused = huge_pages_unused(pool->page_size);
		if (more > unused)
			more = unused;
		if (pool->count + more < wanted)
			return ENOMEM;
		error = more ? take_more(pool, more) : ENOSPC;
		if (error)
			return error;
		*best = huge_run_find(pool->pages, pool->count, pool->page_size, wanted, &start);
		more = pool->count;
	} while (*best < wanted);
	return line_up(pool, start, wanted, memory) ? 0 : errno;
}

static int fail(const struct ctl *ctl, uint64_t page_size, size_t wanted, size_t best, int error)
{
	unsigned long long mib = page_size / KIB / KIB;
	uint64_t total = huge_pages_read("", page_size, "nr_hugepages");
	uint64_t unused = huge_pages_unused(page_size);

	switch (error) {
	case ENOMEM:
		return ctl_fail(ctl,
				"%llu of Linux's huge pages of %llu MiB are free, and %zu are needed; "
				"try 'echo %llu > /sys/kernel/mm/hugepages/hugepages-%llukB/"
				"nr_hugepages', or reserve memory, as 'nimbosctl doctor' tells",
				(unsigned long long)unused, mib, wanted,
				(unsigned long long)(total - unused + wanted),
				(unsigned long long)(page_size / KIB));
	case ENOSPC:
		return ctl_fail(ctl,
				"%llu of Linux's huge pages of %llu MiB are free, but no more than %zu "
				"in a row below 4 GiB, and %zu are needed; make more of them in "
				"/sys/kernel/mm/hugepages/hugepages-%llukB/nr_hugepages, the earlier "
				"after booting the better, or reserve memory, as 'nimbosctl doctor' "
				"tells",
				(unsigned long long)unused, mib, best, wanted,
				(unsigned long long)(page_size / KIB));
	case EACCES:
		return ctl_fail(ctl,
				"/proc/self/pagemap does not tell which of %zu huge pages are in a row "
				"without CAP_SYS_ADMIN; run this as root that has it; nimbos.conf(5) "
				"tells how a service gets it",
				wanted);
	default:
		return ctl_fail(ctl, "%zu huge pages of %llu MiB cannot be had: %s; look into the "
				"kernel log",
				wanted, mib, strerror(error));
	}
}

int huge_pages_take(const struct ctl *ctl, uint64_t size, struct huge_memory *memory)
{
	size_t best = 0, wanted = 0;
	uint64_t page_size = 0;
	int error = EINVAL;

	for (size_t i = 0; error && i < sizeof(page_sizes) / sizeof(page_sizes[0]); i++) {
		struct pool pool = { .page_size = page_sizes[i] };

		page_size = page_sizes[i];
		wanted = size / page_size;
		if (size % page_size)
			continue;
		ctl_progress(ctl, "looking for %zu huge pages of %llu MiB", wanted,
			     (unsigned long long)(page_size / KIB / KIB));
		pool.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		error = pool.pagemap < 0 ? EACCES : take(&pool, wanted, memory, &best);
		give_back(&pool);
		if (pool.pagemap >= 0)
			close(pool.pagemap);
	}
	return error ? fail(ctl, page_size, wanted, best, error) : 0;
}

void huge_pages_release(struct huge_memory *memory)
{
	if (memory->at)
		munmap(memory->at, memory->size);
	memory->at = NULL;
}
