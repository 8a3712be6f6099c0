// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor: memory for peers, which the kernel's command line reserves, or huge pages.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "huge_pages.h"

#define MIB (1ULL << 20)
#define END_OF_32_BITS (1ULL << 32)
/* What firmwares and boot loaders like to put at the end of memory. */
#define MARGIN (16 * MIB)
/* Where a kernel may want to be. */
#define LOWEST (64 * MIB)
/* The least that is proposed. */
#define LEAST (16 * MIB)
#define HUGE_PAGE_SIZE (2 * MIB)

/* More than firmwares report, and command lines have. */
#define MAX_RANGES 1024

struct ranges {
	struct region at[MAX_RANGES];
	size_t count;
};

static void add_range(struct ranges *ranges, uint64_t base, uint64_t size)
{
	if (size && ranges->count < MAX_RANGES)
		ranges->at[ranges->count++] = (struct region){ base, size };
}

static uint64_t read_number(const struct doctor *doctor, const char *entry, const char *name)
{
	char *text = doctor_read(doctor, "/sys/firmware/memmap/%s/%s", entry, name);
	uint64_t number = text ? strtoull(text, NULL, 16) : 0;

	free(text);
	return number;
}

/* What the firmware reports as RAM, whatever Linux was told of it. */
static void read_ram(const struct doctor *doctor, struct ranges *ram)
{
	char *path = doctor_path(doctor, "/sys/firmware/memmap");
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *entry;
	char *type;

	ram->count = 0;
	while (dir && (entry = readdir(dir))) {
		type = doctor_read(doctor, "/sys/firmware/memmap/%s/type", entry->d_name);
		if (type && !strcmp(type, "System RAM")) {
			uint64_t start = read_number(doctor, entry->d_name, "start");

			add_range(ram, start,
				  read_number(doctor, entry->d_name, "end") - start + 1);
		}
		free(type);
	}
	if (dir)
		closedir(dir);
	free(path);
}

/* Where the range of @ranges ends that has this address; 0 if none has it. */
static uint64_t end_at(const struct ranges *ranges, uint64_t address)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct region *range = &ranges->at[i];

		if (address >= range->base && address - range->base < range->size)
			return range->base + range->size;
	}
	return 0;
}

/* Whether all of it is in one or more of the ranges. */
static bool is_inside(const struct ranges *ranges, const struct region *region)
{
	uint64_t at = region->base;

	while (at < region->base + region->size) {
		at = end_at(ranges, at);
		if (!at)
			return false;
	}
	return true;
}

/* A range that overlaps it, or NULL. */
static const struct region *find_overlap(const struct ranges *ranges, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct region *range = &ranges->at[i];

		if (base < range->base + range->size && range->base < base + size)
			return range;
	}
	return NULL;
}

/* The highest place of this size in a range of RAM that nobody else has. Return: 0 for none. */
static uint64_t find_place(const struct region *ram, const struct ranges *taken, uint64_t size)
{
	uint64_t end = ram->base + ram->size;
	uint64_t lowest = ram->base > LOWEST ? ram->base : LOWEST;
	const struct region *other;
	uint64_t base;

	if (end > END_OF_32_BITS)
		end = END_OF_32_BITS;
	if (end < lowest + MARGIN + size)
		return 0;
	base = (end - MARGIN - size) & ~(NIMBOS_REGION_ALIGN - 1);
	while (base >= lowest && (other = find_overlap(taken, base, size))) {
		if (other->base < size)
			return 0;
		base = (other->base - size) & ~(NIMBOS_REGION_ALIGN - 1);
	}
	return base >= lowest ? base : 0;
}

/* A quarter of what there is below 4 GiB at most, and the more the better. */
static bool find_proposal(const struct ranges *ram, const struct ranges *taken,
			  struct region *proposal)
{
	static const uint64_t sizes[] = { 128 * MIB, 64 * MIB, 32 * MIB, LEAST };
	uint64_t base, best, total = 0;

	for (size_t i = 0; i < ram->count; i++) {
		if (ram->at[i].base < END_OF_32_BITS)
			total += ram->at[i].size;
	}
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		best = 0;
		for (size_t i = 0; i < ram->count && sizes[k] <= total / 4; i++) {
			base = find_place(&ram->at[i], taken, sizes[k]);
			if (base > best)
				best = base;
		}
		if (best) {
			*proposal = (struct region){ best, sizes[k] };
			return true;
		}
	}
	return false;
}

static void propose(struct doctor *doctor, const struct ranges *ram, const struct ranges *taken,
		    const char *instead)
{
	struct region proposal;
	char parameter[64];

	if (!ram->count) {
		doctor_remedy(doctor, "add memmap=SIZE$BASE to the kernel's command line, where "
				      "'dmesg' (BIOS-e820) says 'usable' below 4 GiB");
		return;
	}
	if (!find_proposal(ram, taken, &proposal)) {
		doctor_remedy(doctor, "give the machine more memory below 4 GiB: no 16 MiB of it "
				      "can be spared");
		return;
	}
	snprintf(parameter, sizeof(parameter), "memmap=%lluM$0x%llx",
		 (unsigned long long)(proposal.size / MIB), (unsigned long long)proposal.base);
	if (instead)
		doctor_remedy(doctor, "say %s instead of it on the kernel's command line; in "
				      "/etc/default/grub the dollar sign needs three backslashes",
			      parameter);
	else
		doctor_remedy_cmdline(doctor, parameter);
}

/* How many backslashes are before the dollar sign of a memmap= in GRUB's file; -1 for no such. */
static int count_backslashes(const char *memmap)
{
	const char *end = memmap + strcspn(memmap, "$ \"'\n");
	int count = 0;

	if (*end != '$')
		return -1;
	while (end[-1] == '\\') {
		count++;
		end--;
	}
	return count;
}

/* The line of GRUB's configuration that has a memmap=, to be freed; or NULL. */
static char *find_in_grub(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/etc/default/grub");
	char *line, *rest = text, *found = NULL;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "GRUB_CMDLINE", strlen("GRUB_CMDLINE")) ||
		    !strstr(line, "memmap="))
			continue;
		free(found);
		found = strdup(line);
	}
	free(text);
	return found;
}

/* It is in GRUB's configuration, and did not reach the kernel. Return: whether that is so. */
static bool is_lost_in_grub(struct doctor *doctor)
{
	char *line = find_in_grub(doctor);
	int wanted, count;

	if (!line)
		return false;
	/* A shell reads it, then GRUB. */
	wanted = strchr(line, '=')[1] == '\'' ? 1 : 3;
	count = count_backslashes(strstr(line, "memmap="));
	if (count >= 0 && count != wanted) {
		doctor_found(doctor, VERDICT_FAIL, "memory", "memory-grub-escape",
			     "memmap= in /etc/default/grub has %d backslashes before its dollar "
			     "sign, so that it does not reach the kernel",
			     count);
		doctor_remedy(doctor, "write %s, run update-grub, reboot",
			      wanted == 3 ? "memmap=SIZE\\\\\\$BASE" : "memmap=SIZE\\$BASE");
	} else {
		doctor_found(doctor, VERDICT_FAIL, "memory", "memory-not-rebooted",
			     "memmap= is in /etc/default/grub, and not on the kernel's command "
			     "line");
		doctor_remedy(doctor, "run update-grub, reboot");
	}
	free(line);
	return true;
}

static void found_entry(struct doctor *doctor, const char *cause, const char *entry, int len,
			const char *why)
{
	doctor_found(doctor, VERDICT_FAIL, "memory", cause, "memmap=%.*s %s", len, entry, why);
}

/* @others: what to keep away from. Return: whether a peer can have it. */
static bool check_reserved(struct doctor *doctor, const char *entry, const struct region *region,
			   const struct ranges *ram, const struct ranges *others)
{
	int len = (int)strcspn(entry, "\n, ");
	uint64_t end = region->base + region->size;

	if (region->base >= END_OF_32_BITS || region->size > END_OF_32_BITS - region->base) {
		found_entry(doctor, "memory-above-4g", entry, len,
			    "does not end below 4 GiB, where peers start");
	} else if (region->base % NIMBOS_REGION_ALIGN || region->size % NIMBOS_REGION_ALIGN) {
		found_entry(doctor, "memory-alignment", entry, len,
			    "does not begin and end at multiples of 2 MiB");
	} else if (region->size < NIMBOS_REGION_MIN) {
		found_entry(doctor, "memory-small", entry, len, "is less than 4 MiB");
	} else if (ram->count && !is_inside(ram, region)) {
		found_entry(doctor, "memory-not-ram", entry, len,
			    "is not all RAM, says /sys/firmware/memmap");
	} else {
		doctor_found(doctor, VERDICT_OK, "memory", NULL,
			     "%llu MiB are reserved at 0x%llx to 0x%llx",
			     (unsigned long long)(region->size / MIB),
			     (unsigned long long)region->base, (unsigned long long)end - 1);
		return true;
	}
	propose(doctor, ram, others, entry);
	return false;
}

/* Nothing is reserved. Return: whether there are huge pages that a peer could have instead. */
static bool has_huge_pages(struct doctor *doctor)
{
	uint64_t free = huge_pages_read(doctor->root, HUGE_PAGE_SIZE, "free_hugepages");

	if (free < LEAST / HUGE_PAGE_SIZE)
		return false;
	doctor_found(doctor, VERDICT_OK, "memory", NULL,
		     "no memory is reserved, but %llu huge pages of 2 MiB are free: those in a row "
		     "below 4 GiB can serve, with 'nimbosctl start --huge-pages=SIZE'",
		     (unsigned long long)free);
	return true;
}

void doctor_check_memory(struct doctor *doctor)
{
	static struct ranges ram, others;
	const char *at = doctor->cmdline;
	unsigned int reserved = 0;
	struct region region;
	const char *entry;
	char kind;

	read_ram(doctor, &ram);
	others.count = 0;
	while (region_next(&at, &region, &kind)) {
		if (kind)
			add_range(&others, region.base, region.size);
	}
	at = doctor->cmdline;
	while ((entry = region_next(&at, &region, &kind))) {
		if (kind == '$') {
			check_reserved(doctor, entry, &region, &ram, &others);
			reserved++;
		} else if (!kind && strncmp(entry, "exactmap", strlen("exactmap"))) {
			found_entry(doctor, "memory-dollar", entry, (int)strcspn(entry, "\n, "),
				    "has no dollar sign and address, and reserves nothing");
			propose(doctor, &ram, &others, entry);
			reserved++;
		}
	}
	if (reserved || is_lost_in_grub(doctor) || has_huge_pages(doctor))
		return;
	doctor_found(doctor, VERDICT_FAIL, "memory", "memory-not-reserved",
		     "no memory is reserved for peers on the kernel's command line, and no huge pages "
		     "are there instead, as 'echo 32 > /sys/kernel/mm/hugepages/hugepages-2048kB/"
		     "nr_hugepages' makes them without a reboot");
	propose(doctor, &ram, &others, NULL);
}
