// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: a slot of the sim. The peer is a program that connects to our socket, the memory a
 * memfd, a notification an eventfd, and the end a hang-up; see peer/sim/nimbos_sim.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../peer/sim/nimbos_sim.h"
#include "../lib/slot.h"
#include "fds.h"
#include "log.h"
#include "shadow.h"

#define PAGE 4096UL

/**
 * struct sim - a slot of the sim
 * @slot: the slot; @fd is the socket
 * @memory: memfd; -1 once the peer has it
 * @doorbell: eventfd by which we notify the peer
 * @lane: eventfds by which it notifies us
 */
struct sim {
	struct nimbos_slot slot;
	int memory;
	int doorbell;
	int lane[NIMBOS_SCF_MAX_LANES];
};

static struct sim *to_sim(struct nimbos_slot *slot)
{
	return (struct sim *)slot;
}

static int send_hello(const struct sim *sim)
{
	const struct nimbos_slot_alloc *info = &sim->slot.info;
	struct nimbos_sim_hello hello = {
		.magic = NIMBOS_SIM_MAGIC,
		.size = sizeof(hello),
		.entry = {
			.epoch = info->epoch,
			.lanes = (__u16)info->lanes,
			.depth = (__u16)info->depth,
			.control_offset = info->control_offset,
			.control_size = info->control_size,
			.window_offset = info->window_offset,
			.window_size = info->window_size,
			.window_va = info->window_va,
		},
	};
	union {
		char buf[CMSG_SPACE(sizeof(int) * NIMBOS_SIM_MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = &hello, .iov_len = sizeof(hello) };
	size_t fds_size = (NIMBOS_SIM_FD_LANE0 + info->lanes) * sizeof(int);
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = CMSG_SPACE(fds_size),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int *fds = (int *)CMSG_DATA(cmsg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(fds_size);
	fds[NIMBOS_SIM_FD_MEMORY] = sim->memory;
	fds[NIMBOS_SIM_FD_DOORBELL] = sim->doorbell;
	memcpy(&fds[NIMBOS_SIM_FD_LANE0], sim->lane, info->lanes * sizeof(int));
	return sendmsg(sim->slot.fd, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int sim_announce(struct nimbos_slot *slot)
{
	struct sim *sim = to_sim(slot);
	int error = send_hello(sim);

	close(sim->memory);
	sim->memory = -1;
	return error;
}

static int sim_notify(struct nimbos_slot *slot)
{
	return eventfd_write(to_sim(slot)->doorbell, 1) ? -errno : 0;
}

/* A hang-up is found by the thread that waits for the end. */
static int sim_wait(struct nimbos_slot *slot, unsigned int lane, bool notify, int64_t timeout_ns)
{
	eventfd_t count;
	int error = notify ? sim_notify(slot) : 0;

	/* Nobody traces calls here. */
	(void)timeout_ns;
	if (error)
		return error;
	return eventfd_read(to_sim(slot)->lane[lane], &count) ? -errno : 0;
}

static int sim_eventfd(struct nimbos_slot *slot, unsigned int lane, int fd)
{
	(void)slot;
	(void)lane;
	(void)fd;
	return -EOPNOTSUPP;
}

static void sim_close(struct nimbos_slot *slot)
{
	struct sim *sim = to_sim(slot);

	for (unsigned int i = 0; i < slot->info.lanes; i++) {
		if (sim->lane[i] >= 0)
			close(sim->lane[i]);
	}
	if (sim->doorbell >= 0)
		close(sim->doorbell);
	if (sim->memory >= 0)
		close(sim->memory);
	if (slot->fd >= 0)
		close(slot->fd);
	free(sim);
}

static const struct nimbos_transport sim_transport = {
	.announce = sim_announce,
	.wait = sim_wait,
	.notify = sim_notify,
	.eventfd = sim_eventfd,
	.close = sim_close,
};

/* One connection is one process of the peer, so nobody else may connect afterwards. */
static int accept_peer(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char quoted[LOG_QUOTE_SIZE];
	int listener, fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (listener < 0)
		return -errno;
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 1)) {
		fd = -errno;
	} else {
		log_line(LOG_DEBUG, "waiting for a peer to connect", "socket=%s",
			 log_quote(quoted, path));
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			fd = -errno;
		unlink(path);
	}
	close(listener);
	return fd < 0 ? fd : fds_own(fd);
}

static int make_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	return fd < 0 ? -errno : fds_own(fd);
}

/* It cannot shrink, or the peer could take the memory away from under us. */
static int make_memory(off_t size)
{
	int fd = memfd_create("nimbos-sim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		error = -errno;
		close(fd);
		return error;
	}
	return fds_own(fd);
}

static int make_eventfds(struct sim *sim)
{
	sim->doorbell = make_eventfd();
	if (sim->doorbell < 0)
		return sim->doorbell;
	for (unsigned int i = 0; i < sim->slot.info.lanes; i++) {
		sim->lane[i] = make_eventfd();
		if (sim->lane[i] < 0)
			return sim->lane[i];
	}
	return 0;
}

/* What nimbos.ko does when it gives a slot out. */
static void fill_head(struct nimbos_slot *slot)
{
	slot->control->magic = NIMBOS_SCF_SLOT_MAGIC;
	slot->control->version = NIMBOS_SCF_VERSION;
	slot->control->lanes = (__u16)slot->info.lanes;
	slot->control->depth = (__u16)slot->info.depth;
	slot->control->epoch = slot->info.epoch;
	slot->control->lane_offset = sizeof(struct nimbos_scf_slot);
	slot->control->lane_stride = NIMBOS_SCF_LANE_STRIDE(slot->info.depth);
}

static struct sim *make_sim(const struct nimbos_slot_alloc *shape)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct nimbos_slot_alloc *info;

	if (!sim)
		return NULL;
	sim->slot.transport = &sim_transport;
	sim->slot.fd = -1;
	sim->memory = -1;
	sim->doorbell = -1;
	memset(sim->lane, -1, sizeof(sim->lane));
	info = &sim->slot.info;
	*info = *shape;
	if (!info->window_va)
		info->window_va = NIMBOS_SCF_WINDOW_VA;
	info->epoch = 1;
	info->control_size = (NIMBOS_SCF_CONTROL_SIZE(info->lanes, info->depth) + PAGE - 1) / PAGE *
			     PAGE;
	info->window_offset = info->control_size;
	return sim;
}

int sim_open(struct shadow *shadow)
{
	struct sim *sim = make_sim(&shadow->shape);
	char quoted[LOG_QUOTE_SIZE];
	int error = -ENOMEM;

	if (!sim)
		goto failed;
	sim->slot.fd = accept_peer(shadow->device);
	error = sim->slot.fd;
	if (error < 0)
		goto failed;
	error = make_eventfds(sim);
	if (error)
		goto failed;
	sim->memory = make_memory((off_t)(sim->slot.info.control_size +
					  sim->slot.info.window_size));
	error = sim->memory;
	if (error < 0)
		goto failed;
	error = nimbos_slot_map(&sim->slot, sim->memory);
	if (error)
		goto failed;
	fill_head(&sim->slot);
	shadow->slot = &sim->slot;
	return 0;

failed:
	log_line(LOG_ERR, "cannot get a slot of the sim", "socket=%s error=%d",
		 log_quote(quoted, shadow->device), -error);
	if (sim)
		sim_close(&sim->slot);
	return error;
}
