/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Legacy peers, from a test: an image that does what its mailbox says.
 */
#ifndef NIMBOS_SELFTEST_LEGACY_H
#define NIMBOS_SELFTEST_LEGACY_H

#include <linux/nimbos_legacy.h>

#include "legacy_image.h"
#include "process.h"

#define LEGACY_ABI "/sys/module/nimbos/parameters/legacy_abi"
#define PAGE 0x1000

static inline struct nimbos_peer_load legacy_load(const void *image, size_t size, uint32_t legacy)
{
	return (struct nimbos_peer_load){
		.size = sizeof(struct nimbos_peer_load),
		.region_base = LEGACY_IMAGE_BASE,
		.region_size = NIMBOS_LEGACY_REGION_SIZE,
		.image = (uintptr_t)image,
		.image_size = size,
		.legacy = legacy,
	};
}

static inline int load_legacy(int fd, uint32_t legacy, uint32_t slots)
{
	size_t size;
	void *image = read_file(LEGACY_IMAGE, &size);
	struct nimbos_peer_load load = legacy_load(image, size, legacy);
	int err;

	if (!image)
		return ENOENT;
	load.legacy_slots = slots;
	err = try_ioctl(fd, NIMBOS_IOC_PEER_LOAD, &load);
	free(image);
	return err;
}

static inline int start_by(int fd, uint32_t cpu, uint32_t backend)
{
	struct nimbos_peer_start start = {
		.size = sizeof(start),
		.cpu = cpu,
		.timeout_ms = 60000,
		.backend = backend,
	};

	return try_ioctl(fd, NIMBOS_IOC_PEER_START, &start);
}

/* The last of all CPUs, which a peer gets. */
static inline uint32_t last_cpu(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/present", "re");
	unsigned int cpu = 0;

	if (file) {
		fscanf(file, "%*u-%u", &cpu);
		fclose(file);
	}
	return cpu;
}

static inline int attach(int fd, struct nimbos_legacy_attach *slot)
{
	*slot = (struct nimbos_legacy_attach){ .size = sizeof(*slot) };
	return try_ioctl(fd, NIMBOS_IOC_LEGACY_ATTACH, slot);
}

static inline volatile uint32_t *map_at(int fd, uint64_t offset, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
}

static inline volatile uint32_t *word(volatile uint32_t *mailbox, unsigned int offset)
{
	return mailbox + offset / sizeof(uint32_t);
}

/* The peer sends an interrupt; returns when it has. */
static inline void raise_irq(volatile uint32_t *mailbox, uint32_t vector, uint32_t apicid)
{
	*word(mailbox, MAILBOX_ICR_HIGH) = apicid << 24;
	*word(mailbox, MAILBOX_ICR_LOW) = vector;
	__atomic_fetch_add(word(mailbox, MAILBOX_COMMAND), 1, __ATOMIC_SEQ_CST);
	while (*word(mailbox, MAILBOX_DONE) != *word(mailbox, MAILBOX_COMMAND))
		usleep(100);
}

#endif /* NIMBOS_SELFTEST_LEGACY_H */
