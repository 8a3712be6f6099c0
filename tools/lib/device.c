// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: /dev/nimbos, peers, and slots of the device.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ioctl.h"
#include "slot.h"

int nimbos_open(const char *path)
{
	int fd = open(path ? path : NIMBOS_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int nimbos_query(int dev, unsigned int peer, struct nimbos_query *query)
{
	*query = (struct nimbos_query){ .size = sizeof(*query), .peer = peer };
	return do_ioctl(dev, NIMBOS_IOC_QUERY, query);
}

static int map_image(const char *path, void **image, size_t *size)
{
	struct stat st;
	int error = 0;
	int fd;

	/* A fifo in place of the image must not make the caller wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		error = -errno;
	else if (S_ISDIR(st.st_mode))
		error = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		error = -EINVAL;
	else if (!st.st_size)
		error = -ENODATA;
	if (!error) {
		*size = (size_t)st.st_size;
		*image = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (*image == MAP_FAILED)
			error = -errno;
	}
	close(fd);
	return error;
}

int nimbos_peer_load(int dev, const struct nimbos_peer_load *load, const char *image)
{
	struct nimbos_peer_load arg = *load;
	size_t size = 0;
	void *map = NULL;
	int error;

	error = map_image(image, &map, &size);
	if (error)
		return error;
	arg.size = sizeof(arg);
	arg.image = (uintptr_t)map;
	arg.image_size = size;
	error = do_ioctl(dev, NIMBOS_IOC_PEER_LOAD, &arg);
	munmap(map, size);
	return error;
}

int nimbos_peer_start(int dev, const struct nimbos_peer_start *start)
{
	struct nimbos_peer_start arg = *start;

	arg.size = sizeof(arg);
	return do_ioctl(dev, NIMBOS_IOC_PEER_START, &arg);
}

int nimbos_peer_stop(int dev, unsigned int peer)
{
	struct nimbos_peer_stop arg = { .size = sizeof(arg), .peer = peer };

	return do_ioctl(dev, NIMBOS_IOC_PEER_STOP, &arg);
}

int nimbos_peer_unload(int dev, unsigned int peer)
{
	struct nimbos_peer_unload arg = { .size = sizeof(arg), .peer = peer };

	return do_ioctl(dev, NIMBOS_IOC_PEER_UNLOAD, &arg);
}

static int device_wait(struct nimbos_slot *slot, unsigned int lane, bool notify, int64_t timeout_ns)
{
	struct nimbos_slot_wait arg = {
		.size = sizeof(arg),
		.flags = notify ? NIMBOS_WAIT_NOTIFY : 0,
		.lane = lane,
		.timeout_ns = timeout_ns,
	};

	return do_ioctl(slot->fd, NIMBOS_IOC_SLOT_WAIT, &arg);
}

static int device_notify(struct nimbos_slot *slot)
{
	struct nimbos_slot_notify arg = { .size = sizeof(arg) };

	return do_ioctl(slot->fd, NIMBOS_IOC_SLOT_NOTIFY, &arg);
}

static int device_eventfd(struct nimbos_slot *slot, unsigned int lane, int fd)
{
	struct nimbos_slot_eventfd arg = { .size = sizeof(arg), .lane = lane, .fd = fd };

	return do_ioctl(slot->fd, NIMBOS_IOC_SLOT_EVENTFD, &arg);
}

static int device_trace(struct nimbos_slot *slot, unsigned int lane,
			const struct nimbos_call_record *records, unsigned int count)
{
	struct nimbos_slot_trace arg = {
		.size = sizeof(arg),
		.lane = lane,
		.count = count,
		.records = (uintptr_t)records,
	};

	return do_ioctl(slot->fd, NIMBOS_IOC_SLOT_TRACE, &arg);
}

static void device_close(struct nimbos_slot *slot)
{
	close(slot->fd);
	free(slot);
}

static const struct nimbos_transport device_transport = {
	.announce = device_notify,
	.wait = device_wait,
	.notify = device_notify,
	.eventfd = device_eventfd,
	.trace = device_trace,
	.close = device_close,
	.uintr = true,
};

int nimbos_slot_open(int dev, const struct nimbos_slot_alloc *shape, struct nimbos_slot **slot)
{
	struct nimbos_slot *new = calloc(1, sizeof(*new));
	int error;

	if (!new)
		return -ENOMEM;
	new->transport = &device_transport;
	new->fd = dev;
	new->info = (struct nimbos_slot_alloc){
		.size = sizeof(new->info),
		.peer = shape->peer,
		.lanes = shape->lanes,
		.depth = shape->depth,
		.window_size = shape->window_size,
		.window_va = shape->window_va,
	};
	error = do_ioctl(dev, NIMBOS_IOC_SLOT_ALLOC, &new->info);
	if (!error)
		error = nimbos_slot_map(new, dev);
	if (error) {
		free(new);
		return error;
	}
	*slot = new;
	return 0;
}
