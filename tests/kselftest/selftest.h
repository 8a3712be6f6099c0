/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that test /dev/nimbos in a guest share. They speak to the device by bare
 * ioctls, so that a mistake in the library cannot hide one in the module.
 */
#ifndef NIMBOS_SELFTEST_H
#define NIMBOS_SELFTEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/nimbos.h>
#include <linux/nimbos_scf.h>

/* As the guest's command line reserves it. */
#define REGION_BASE 0x3a000000ULL
#define REGION_SIZE 0x10000000ULL
#define REFERENCE_PEER "/lib/nimbos/nimbos-ref.bin"

static inline int open_device(void)
{
	return open(NIMBOS_DEVICE, O_RDWR | O_CLOEXEC);
}

/* Returns 0 or an errno, so that a test can name the one that it expects. */
static inline int try_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

static inline int peer_state(int fd, uint32_t peer)
{
	struct nimbos_query query = { .size = sizeof(query), .peer = peer };

	return ioctl(fd, NIMBOS_IOC_QUERY, &query) ? -1 : (int)query.state;
}

/* A whole file in memory; NULL if it cannot be read. */
static inline void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	void *data = NULL;
	long len;

	if (!file)
		return NULL;
	len = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
	if (len > 0) {
		rewind(file);
		data = malloc(len);
		if (data && fread(data, 1, len, file) != (size_t)len) {
			free(data);
			data = NULL;
		}
		*size = len;
	}
	fclose(file);
	return data;
}

/* A load that succeeds; tests change what they want to see refused. */
static inline struct nimbos_peer_load good_load(const void *image, size_t size)
{
	return (struct nimbos_peer_load){
		.size = sizeof(struct nimbos_peer_load),
		.region_base = REGION_BASE,
		.region_size = REGION_SIZE / 2,
		.image = (uintptr_t)image,
		.image_size = size,
	};
}

static inline int load_reference(int fd, uint32_t peer, const char *cmdline)
{
	size_t size;
	void *image = read_file(REFERENCE_PEER, &size);
	struct nimbos_peer_load load = good_load(image, size);
	int err;

	if (!image)
		return ENOENT;
	load.peer = peer;
	load.region_base += peer * load.region_size;
	load.cmdline = (uintptr_t)cmdline;
	err = try_ioctl(fd, NIMBOS_IOC_PEER_LOAD, &load);
	free(image);
	return err;
}

static inline int start_peer(int fd, uint32_t peer, uint32_t cpu)
{
	struct nimbos_peer_start start = {
		.size = sizeof(start),
		.peer = peer,
		.cpu = cpu,
		.timeout_ms = 20000,
		.heartbeat_ms = 20000,
	};

	return try_ioctl(fd, NIMBOS_IOC_PEER_START, &start);
}

static inline int stop_peer(int fd, uint32_t peer)
{
	struct nimbos_peer_stop stop = { .size = sizeof(stop), .peer = peer };

	return try_ioctl(fd, NIMBOS_IOC_PEER_STOP, &stop);
}

static inline int unload_peer(int fd, uint32_t peer)
{
	struct nimbos_peer_unload unload = { .size = sizeof(unload), .peer = peer };

	return try_ioctl(fd, NIMBOS_IOC_PEER_UNLOAD, &unload);
}

static inline struct nimbos_slot_alloc small_slot(void)
{
	return (struct nimbos_slot_alloc){
		.size = sizeof(struct nimbos_slot_alloc),
		.lanes = 2,
		.depth = 8,
		.window_size = 0x10000,
	};
}

static inline int alloc_slot(int fd, struct nimbos_slot_alloc *alloc)
{
	return try_ioctl(fd, NIMBOS_IOC_SLOT_ALLOC, alloc);
}

/* From now on, in this process. */
static inline void drop_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	syscall(SYS_capget, &header, data);
	data[capability / 32].effective &= ~(1U << capability % 32);
	syscall(SYS_capset, &header, data);
}

static inline bool is_debug_kernel(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

/* A tenth of it on the debug kernel, which is about as much slower. */
static inline unsigned int scaled(unsigned int n)
{
	return is_debug_kernel() ? n / 10 : n;
}

/* Writes to a file of sysfs or procfs; returns whether that was accepted. */
static inline bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* A number out of a file of sysfs or procfs, -1 if it cannot be read. */
static inline long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

#endif /* NIMBOS_SELFTEST_H */
