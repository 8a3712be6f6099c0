// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: the sim, its life, its connections and its doorbell.
 *
 * Board, peer area and the slots' memory lie in one range of addresses, as they do in a region:
 * slot number n at n * NIMBOS_SIM_SLOT_SPAN, then the board, then the peer area.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "nimbos_mem.h"
#include "sim.h"

/* Any vector: there must be one for the library to send anything. */
#define ROUTE NIMBOS_SCF_ROUTE(0x20, 0)

/* What epoll tells: the slot's number, and whether it was the socket or the eventfd. */
#define EVENT_STOP (~0ULL)
#define EVENT_SOCKET (1ULL << 32)

void nimbos_sim_signal(int fd)
{
	const __u64 one = 1;
	ssize_t ret;

	do {
		ret = write(fd, &one, sizeof(one));
	} while (ret < 0 && errno == EINTR);
}

static void raise_kick(struct nimbos_sim *sim, __u32 no)
{
	__u32 *kick = &sim->board->slot_kick[no];

	/* Pairs with nimbos_client_doorbell(), as nimbos.ko's would. */
	nimbos_store_release(kick, nimbos_read(kick) + 1);
}

/* The server is gone, or the client hangs up: the epoch is over. */
static void kill_slot(struct nimbos_sim *sim, __u32 no)
{
	struct nimbos_scf_slot_entry *entry = &sim->board->slot[no];
	__u32 epoch = nimbos_read(&entry->epoch);

	epoll_ctl(sim->epoll_fd, EPOLL_CTL_DEL, sim->slot[no].socket, NULL);
	if (!(epoch & 1))
		return;
	/* Pairs with nimbos_slot_is_dead(), as nimbos.ko's would. */
	nimbos_store_release(&entry->epoch, epoch + 1);
	raise_kick(sim, no);
}

static void *doorbell_thread(void *arg)
{
	struct nimbos_sim *sim = arg;
	struct epoll_event event;
	__u64 count;
	__u32 no;

	for (;;) {
		if (epoll_wait(sim->epoll_fd, &event, 1, -1) != 1)
			continue;
		if (event.data.u64 == EVENT_STOP)
			return NULL;
		no = (__u32)event.data.u64;
		pthread_mutex_lock(&sim->lock);
		/* A slot may have been disconnected after epoll had spoken. */
		if (sim->slot[no].socket >= 0) {
			if (event.data.u64 & EVENT_SOCKET)
				kill_slot(sim, no);
			else if (read(sim->slot[no].doorbell_fd, &count, sizeof(count)) > 0)
				raise_kick(sim, no);
		}
		nimbos_client_doorbell(&sim->client);
		pthread_mutex_unlock(&sim->lock);
	}
}

static int watch(struct nimbos_sim *sim, int fd, __u64 what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = what };

	return epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Fill in the board as nimbos.ko would. */
static void make_board(struct nimbos_sim *sim, __u32 nr_slots)
{
	__u64 board_offset = nr_slots * NIMBOS_SIM_SLOT_SPAN;

	sim->board = (struct nimbos_scf_board *)(sim->region + board_offset);
	sim->board->magic = NIMBOS_SCF_BOARD_MAGIC;
	sim->board->version = NIMBOS_SCF_VERSION;
	sim->board->nr_slots = nr_slots;
	sim->board->features = NIMBOS_SCF_F_ALL;
	sim->board->region_size = sim->region_size;
	sim->board->peer_offset = board_offset + NIMBOS_SCF_BOARD_SIZE;
}

int nimbos_sim_open(struct nimbos_sim **out, __u32 nr_slots,
		    void (*slot_dead)(struct nimbos_client_slot *slot))
{
	const __u64 tail = NIMBOS_SCF_BOARD_SIZE + NIMBOS_SCF_PEER_AREA_SIZE;
	struct nimbos_sim *sim;
	__u32 i;
	int ret;

	if (!nr_slots || nr_slots > NIMBOS_SCF_MAX_SLOTS)
		return -EINVAL;
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		return -ENOMEM;
	sim->slot_dead = slot_dead;
	for (i = 0; i < NIMBOS_SCF_MAX_SLOTS; i++)
		sim->slot[i].socket = -1;

	ret = -ENOMEM;
	sim->region_size = nr_slots * NIMBOS_SIM_SLOT_SPAN + tail;
	sim->region = mmap(NULL, sim->region_size, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (sim->region == MAP_FAILED)
		goto free_sim;
	if (mprotect(sim->region + sim->region_size - tail, tail, PROT_READ | PROT_WRITE))
		goto unmap_region;
	make_board(sim, nr_slots);
	ret = nimbos_client_init(&sim->client, &nimbos_sim_ops, sim->board, sim->region, sim);
	if (ret)
		goto unmap_region;

	sim->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (sim->epoll_fd < 0) {
		ret = -errno;
		goto unmap_region;
	}
	sim->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sim->stop_fd < 0) {
		ret = -errno;
		goto close_epoll;
	}
	ret = watch(sim, sim->stop_fd, EVENT_STOP);
	if (ret)
		goto close_stop;
	pthread_mutex_init(&sim->lock, NULL);
	ret = -pthread_create(&sim->doorbell, NULL, doorbell_thread, sim);
	if (ret)
		goto destroy_lock;
	nimbos_client_up(&sim->client, 0);
	*out = sim;
	return 0;

destroy_lock:
	pthread_mutex_destroy(&sim->lock);
close_stop:
	close(sim->stop_fd);
close_epoll:
	close(sim->epoll_fd);
unmap_region:
	munmap(sim->region, sim->region_size);
free_sim:
	free(sim);
	return ret;
}

struct nimbos_client *nimbos_sim_client(struct nimbos_sim *sim)
{
	return &sim->client;
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, ret;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* Map the memfd into the region, and its window once more where the program wants it. */
static int map_memory(struct nimbos_sim *sim, __u32 no, int fd,
		      const struct nimbos_scf_slot_entry *entry)
{
	char *at = sim->region + no * NIMBOS_SIM_SLOT_SPAN;
	struct nimbos_sim_slot *slot = &sim->slot[no];
	void *va = (void *)(uintptr_t)entry->window_va;

	slot->window = MAP_FAILED;
	if (mmap(at + entry->control_offset, entry->control_size, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, entry->control_offset) == MAP_FAILED ||
	    mmap(at + entry->window_offset, entry->window_size, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, entry->window_offset) == MAP_FAILED)
		return -errno;
	slot->window = mmap(va, entry->window_size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED_NOREPLACE, fd, entry->window_offset);
	if (slot->window == MAP_FAILED)
		return -errno;
	slot->window_size = entry->window_size;
	return 0;
}

static void unmap_memory(struct nimbos_sim *sim, __u32 no)
{
	struct nimbos_sim_slot *slot = &sim->slot[no];

	if (slot->window != MAP_FAILED)
		munmap(slot->window, slot->window_size);
	mmap(sim->region + no * NIMBOS_SIM_SLOT_SPAN, NIMBOS_SIM_SLOT_SPAN, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* Put the slot on the board as nimbos.ko would, in an epoch that the sim counts for itself. */
static __u32 publish(struct nimbos_sim *sim, __u32 no, const struct nimbos_scf_slot_entry *from)
{
	struct nimbos_scf_slot_entry *entry = &sim->board->slot[no];
	__u32 epoch = nimbos_read(&entry->epoch) + 1;
	__u64 at = no * NIMBOS_SIM_SLOT_SPAN;

	nimbos_write(&entry->lanes, from->lanes);
	nimbos_write(&entry->depth, from->depth);
	nimbos_write(&entry->route, ROUTE);
	nimbos_write(&entry->control_offset, at + from->control_offset);
	nimbos_write(&entry->control_size, from->control_size);
	nimbos_write(&entry->window_offset, at + from->window_offset);
	nimbos_write(&entry->window_size, from->window_size);
	nimbos_write(&entry->window_va, from->window_va);
	/* Pairs with nimbos_client_entry(): then the fields are there. */
	nimbos_store_release(&entry->epoch, epoch);
	return epoch;
}

int nimbos_sim_connect(struct nimbos_sim *sim, const char *path, __u32 *epoch)
{
	struct nimbos_sim_hello hello;
	int fds[NIMBOS_SIM_MAX_FDS];
	struct nimbos_sim_slot *slot;
	int socket, ret;
	__u32 no, i;

	for (no = 0; no < sim->client.nr_slots && sim->slot[no].socket >= 0; no++)
		;
	if (no == sim->client.nr_slots)
		return -ENOSPC;
	slot = &sim->slot[no];
	socket = connect_to(path);
	if (socket < 0)
		return socket;
	ret = nimbos_sim_receive(socket, &hello, fds);
	if (ret)
		goto close_socket;
	ret = map_memory(sim, no, fds[NIMBOS_SIM_FD_MEMORY], &hello.entry);
	close(fds[NIMBOS_SIM_FD_MEMORY]);
	slot->lanes = hello.entry.lanes;
	slot->doorbell_fd = fds[NIMBOS_SIM_FD_DOORBELL];
	memcpy(slot->lane_fd, &fds[NIMBOS_SIM_FD_LANE0], slot->lanes * sizeof(int));
	if (ret)
		goto unmap;

	pthread_mutex_lock(&sim->lock);
	slot->socket = socket;
	*epoch = publish(sim, no, &hello.entry);
	ret = watch(sim, slot->doorbell_fd, no);
	if (!ret)
		ret = watch(sim, socket, no | EVENT_SOCKET);
	pthread_mutex_unlock(&sim->lock);
	if (ret) {
		nimbos_sim_disconnect(sim, no);
		return ret;
	}
	return no;

unmap:
	unmap_memory(sim, no);
	close(slot->doorbell_fd);
	for (i = 0; i < slot->lanes; i++)
		close(slot->lane_fd[i]);
close_socket:
	close(socket);
	return ret;
}

void nimbos_sim_disconnect(struct nimbos_sim *sim, __u32 no)
{
	struct nimbos_sim_slot *slot = &sim->slot[no];
	__u32 i;

	pthread_mutex_lock(&sim->lock);
	kill_slot(sim, no);
	epoll_ctl(sim->epoll_fd, EPOLL_CTL_DEL, slot->doorbell_fd, NULL);
	nimbos_client_doorbell(&sim->client);
	unmap_memory(sim, no);
	close(slot->doorbell_fd);
	for (i = 0; i < slot->lanes; i++)
		close(slot->lane_fd[i]);
	close(slot->socket);
	slot->socket = -1;
	pthread_mutex_unlock(&sim->lock);
}

void nimbos_sim_close(struct nimbos_sim *sim)
{
	__u32 no;

	if (!sim)
		return;
	nimbos_sim_signal(sim->stop_fd);
	pthread_join(sim->doorbell, NULL);
	for (no = 0; no < sim->client.nr_slots; no++)
		if (sim->slot[no].socket >= 0)
			nimbos_sim_disconnect(sim, no);
	pthread_mutex_destroy(&sim->lock);
	close(sim->stop_fd);
	close(sim->epoll_fd);
	munmap(sim->region, sim->region_size);
	free(sim);
}
