// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: a slot of the device.
 */
#include <unistd.h>

#include "fds.h"
#include "log.h"
#include "shadow.h"

int device_open_fd(const struct shadow *shadow)
{
	int fd = opener_open(shadow->device);

	if (fd >= 0)
		fd = fds_own(fd);
	if (fd < 0) {
		char quoted[LOG_QUOTE_SIZE];

		log_line(LOG_ERR,
			 "cannot open the device, is nimbos.ko loaded and are you in "
			 "its group",
			 "device=%s error=%d", log_quote(quoted, shadow->device), -fd);
	}
	return fd;
}

int device_open(struct shadow *shadow)
{
	int fd = device_open_fd(shadow);
	int error;

	if (fd < 0)
		return fd;
	error = nimbos_slot_open(fd, &shadow->shape, &shadow->slot);
	if (error) {
		close(fd);
		log_line(LOG_ERR, nimbos_strerror(NIMBOS_CMD_SLOT_ALLOC, error),
			 "peer=%u lanes=%u depth=%u window=%llu error=%d", shadow->shape.peer,
			 shadow->shape.lanes, shadow->shape.depth,
			 (unsigned long long)shadow->shape.window_size, -error);
	}
	return error;
}
