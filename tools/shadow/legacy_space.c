// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: the memory that a legacy peer's pointers lead to.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/nimbos_legacy.h>

#include "legacy_space.h"

#define PAGE 4096UL
#define PAGES (LEGACY_HIGH / PAGE)

#define PROT_MASK (PROT_READ | PROT_WRITE)

static bool is_version_2(const struct legacy_space *space)
{
	return space->mirrored;
}

/* @fixed: MAP_FIXED, or MAP_FIXED_NOREPLACE to find out whether there is anything. */
static int reserve(uint64_t start, uint64_t size, int fixed)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed;

	return mmap((void *)(uintptr_t)start, size, PROT_NONE, flags, -1, 0) == MAP_FAILED ?
		       -errno :
		       0;
}

static int map_device(const struct legacy_space *space, uint64_t start, uint64_t size,
		      uint64_t offset, int prot)
{
	return mmap((void *)(uintptr_t)start, size, prot, MAP_SHARED | MAP_FIXED, space->fd,
		    (off_t)offset) == MAP_FAILED ?
		       -errno :
		       0;
}

/*
 * Between parts of the gigabyte lies a page that is never there, so that the kernel, which reads a
 * path until it ends, does not walk from one to the next.
 */
static uint64_t kernel_window_end(const struct legacy_space *space)
{
	return LEGACY_KERNEL_WINDOW + space->region_size;
}

/* Which part of the gigabyte an address is in; false if it is in none that is the program's. */
static bool program_part(const struct legacy_space *space, uint64_t va, uint64_t *start,
			 uint64_t *end)
{
	if (va < LEGACY_KERNEL_WINDOW) {
		*start = LEGACY_LOW;
		*end = LEGACY_KERNEL_WINDOW - PAGE;
	} else {
		*start = kernel_window_end(space) + PAGE;
		*end = LEGACY_HIGH - PAGE;
	}
	return va >= *start && va < *end;
}

int legacy_space_init(struct legacy_space *space, unsigned int version)
{
	if (version == 1) {
		space->size = NIMBOS_LEGACY_V1_DATA_SIZE;
		return 0;
	}
	if (space->region_size % PAGE || kernel_window_end(space) > LEGACY_HIGH - 2 * PAGE)
		return -EFBIG;
	space->mirrored = calloc(PAGES, sizeof(*space->mirrored));
	if (!space->mirrored)
		return -ENOMEM;
	space->start = LEGACY_LOW;
	space->size = LEGACY_HIGH - LEGACY_LOW;
	return reserve(space->start, space->size, MAP_FIXED_NOREPLACE);
}

/* Maps all pages again that are mirrored, each run of them at once. */
static int map_mirrored(const struct legacy_space *space)
{
	const uint32_t *mirrored = space->mirrored;
	size_t next;
	int error;

	for (size_t i = 0; i < PAGES; i = next) {
		next = i + 1;
		if (!mirrored[i])
			continue;
		while (next < PAGES && mirrored[next] == mirrored[i] + ((next - i) << 2))
			next++;
		error = map_device(space, i * PAGE, (next - i) * PAGE,
				   ((mirrored[i] >> 2) - 1) * PAGE, mirrored[i] & PROT_MASK);
		if (error)
			return error;
	}
	return 0;
}

int legacy_space_open(struct legacy_space *space, int fd)
{
	void *buffer;
	int error;

	space->fd = fd;
	if (!is_version_2(space)) {
		buffer = mmap(NULL, space->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (buffer == MAP_FAILED)
			return -errno;
		space->start = (uintptr_t)buffer;
		return 0;
	}
	/* In the child of a fork, what was mapped there in the parent is a hole. */
	error = reserve(space->start, space->size, MAP_FIXED);
	if (!error)
		error = map_device(space, LEGACY_KERNEL_WINDOW, space->region_size, 0,
				   PROT_READ | PROT_WRITE);
	return error ? error : map_mirrored(space);
}

/* Checks a range of the program's, whose length becomes whole pages. */
static int check_range(const struct legacy_space *space, uint64_t va, uint64_t *len)
{
	uint64_t start, end;

	if (va % PAGE || !*len)
		return -EINVAL;
	if (!program_part(space, va, &start, &end) || *len > end - va)
		return -EFAULT;
	/* The ends of both parts are page-aligned. */
	*len = (*len + PAGE - 1) / PAGE * PAGE;
	return 0;
}

/* Where Linux cannot do it, nothing has changed. */
static int clear(struct legacy_space *space, uint64_t va, uint64_t len)
{
	int error = reserve(va, len, MAP_FIXED);

	for (uint64_t i = 0; !error && i < len / PAGE; i++)
		space->mirrored[va / PAGE + i] = 0;
	return error;
}

int legacy_space_map(struct legacy_space *space, uint64_t va, uint64_t len, uint64_t pa,
		     uint64_t prot)
{
	uint64_t offset = pa - space->region_base;
	int error;

	if (pa % PAGE)
		return -EINVAL;
	error = check_range(space, va, &len);
	if (error)
		return error;
	if (offset >= space->region_size || len > space->region_size - offset)
		return -EFAULT;
	error = map_device(space, va, len, offset, (int)(prot & PROT_MASK));
	if (error) {
		/* The device may have refused after the old pages were gone: a hole. */
		if (clear(space, va, len))
			abort();
		return error;
	}
	for (uint64_t i = 0; i < len / PAGE; i++)
		space->mirrored[va / PAGE + i] =
			(uint32_t)((offset / PAGE + i + 1) << 2 | (prot & PROT_MASK));
	return 0;
}

int legacy_space_unmap(struct legacy_space *space, uint64_t va, uint64_t len)
{
	int error = check_range(space, va, &len);

	return error ? error : clear(space, va, len);
}

uint64_t legacy_space_find(const struct legacy_space *space, struct caller *caller,
			   uint64_t pointer)
{
	uint64_t offset = pointer - LEGACY_KERNEL_BASE - space->region_base;
	uint64_t start, end;

	if (pointer >= LEGACY_KERNEL_BASE && offset < space->region_size) {
		caller->window = LEGACY_KERNEL_WINDOW;
		caller->window_size = space->region_size;
		return LEGACY_KERNEL_WINDOW + offset;
	}
	program_part(space, pointer, &start, &end);
	caller->window = start;
	caller->window_size = end - start;
	return pointer;
}
