// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: a slot's memory and lanes, whatever the transport.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../peer/lib/nimbos_mem.h"
#include "slot.h"

/* Memory on both sides of the window that nobody can touch. */
#define GUARD_SIZE 0x100000UL

static int make_lanes(struct nimbos_slot *slot)
{
	size_t size = slot->info.lanes * sizeof(*slot->lane);

	slot->lane = aligned_alloc(_Alignof(struct nimbos_lane), size);
	if (!slot->lane)
		return -ENOMEM;
	for (unsigned int i = 0; i < slot->info.lanes; i++)
		nimbos_lane_init(&slot->lane[i], slot, i);
	return 0;
}

/* Neither the window nor the guards are inherited: a child maps its own at the same place. */
static int map_window(struct nimbos_slot *slot, int memory)
{
	size_t size = slot->info.window_size;
	size_t whole = size + 2 * GUARD_SIZE;
	char *base = (char *)(uintptr_t)slot->info.window_va - GUARD_SIZE;
	int error;

	if (mmap(base, whole, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) == MAP_FAILED)
		return -errno;
	slot->window = base + GUARD_SIZE;
	if (mmap(slot->window, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory,
		 (off_t)slot->info.window_offset) == MAP_FAILED ||
	    madvise(base, whole, MADV_DONTFORK)) {
		error = -errno;
		munmap(base, whole);
		return error;
	}
	return 0;
}

static void unmap_window(struct nimbos_slot *slot)
{
	munmap((char *)slot->window - GUARD_SIZE, slot->info.window_size + 2 * GUARD_SIZE);
}

int nimbos_slot_map(struct nimbos_slot *slot, int memory)
{
	int error;

	slot->single_cpu = sysconf(_SC_NPROCESSORS_ONLN) == 1;
	slot->control = mmap(NULL, slot->info.control_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			     memory, (off_t)slot->info.control_offset);
	if (slot->control == MAP_FAILED)
		return -errno;
	if (madvise(slot->control, slot->info.control_size, MADV_DONTFORK)) {
		error = -errno;
		goto unmap_control;
	}
	error = map_window(slot, memory);
	if (error)
		goto unmap_control;
	error = make_lanes(slot);
	if (error)
		goto unmap_window;
	return 0;

unmap_window:
	unmap_window(slot);
unmap_control:
	munmap(slot->control, slot->info.control_size);
	return error;
}

void nimbos_slot_close(struct nimbos_slot *slot)
{
	unmap_window(slot);
	munmap(slot->control, slot->info.control_size);
	nimbos_slot_forget(slot);
}

void nimbos_slot_forget(struct nimbos_slot *slot)
{
	for (unsigned int i = 0; i < slot->info.lanes; i++)
		free(slot->lane[i].trace);
	free(slot->lane);
	slot->transport->close(slot);
}

const struct nimbos_slot_alloc *nimbos_slot_info(const struct nimbos_slot *slot)
{
	return &slot->info;
}

int nimbos_slot_fd(const struct nimbos_slot *slot)
{
	return slot->fd;
}

void *nimbos_slot_window(const struct nimbos_slot *slot)
{
	return slot->window;
}

void *nimbos_slot_control(const struct nimbos_slot *slot)
{
	return slot->control;
}

struct nimbos_lane *nimbos_slot_lane(struct nimbos_slot *slot, unsigned int lane)
{
	return lane < slot->info.lanes ? &slot->lane[lane] : NULL;
}

int nimbos_slot_ready(struct nimbos_slot *slot, uint64_t features, uint32_t state)
{
	struct nimbos_scf_slot *control = slot->control;

	nimbos_write(&control->server_features, features);
	nimbos_write(&control->server_pid, (__u32)getpid());
	/* Pairs with the client's load of @server_state before it attaches. */
	nimbos_store_release(&control->server_state, state);
	return slot->transport->announce(slot);
}

int nimbos_slot_eventfd(struct nimbos_slot *slot, unsigned int lane, int fd)
{
	return slot->transport->eventfd(slot, lane, fd);
}
