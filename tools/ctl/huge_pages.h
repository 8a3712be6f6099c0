/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: memory for a peer out of Linux's pools of huge pages.
 */
#ifndef NIMBOS_CTL_HUGE_PAGES_H
#define NIMBOS_CTL_HUGE_PAGES_H

#include <stddef.h>
#include <stdint.h>

struct ctl;

/**
 * struct huge_memory - huge pages that are in a row, here and in the machine
 * @at: where they are; NULL for none
 * @size: of all of them, in bytes
 */
struct huge_memory {
	char *at;
	uint64_t size;
};

/**
 * struct huge_page - a huge page of this process
 * @phys: where it is in the machine
 * @at: where it is in the process
 */
struct huge_page {
	uint64_t phys;
	char *at;
};

/* huge_run.c */

/**
 * huge_run_find() - find pages that are in a row below 4 GiB
 * @pages: some pages; out: in the machine's order
 * @count: how many they are
 * @page_size: of each, in bytes
 * @wanted: how many shall be in a row
 * @start: out: which one is the first
 *
 * Return: how many are in a row at @start: @wanted, or the most that there are.
 */
size_t huge_run_find(struct huge_page *pages, size_t count, uint64_t page_size, size_t wanted,
		     size_t *start);

/* huge_pages.c */

/**
 * huge_pages_take() - take free huge pages that are in a row below 4 GiB
 * @ctl: of the command
 * @size: how much, in bytes, a multiple of 2 MiB
 * @memory: out: the pages; to be released
 *
 * Those of 1 GiB are tried before those of 2 MiB. If it fails, it is reported.
 *
 * Return: 0 or CTL_FAILED.
 */
int huge_pages_take(const struct ctl *ctl, uint64_t size, struct huge_memory *memory);

/* Unmap them: what a peer was given stays its own. */
void huge_pages_release(struct huge_memory *memory);

/* A number that Linux keeps of huge pages of a size, below a root: free_hugepages and the like. */
uint64_t huge_pages_read(const char *root, uint64_t page_size, const char *name);

#endif /* NIMBOS_CTL_HUGE_PAGES_H */
