// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: shared memory that holds anything.
 *
 * The input is the memory, and what changes in it between the steps of the side that reads it. The
 * region has a heap block of its own, so that the address sanitizer sees every access that leaves
 * it. What must hold besides: all ends, and a side that has found garbage stays with that.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nimbos_client.h"
#include "../../tools/lib/nimbos_ring.h"

#define ARENA 0x4000
#define DEPTH 8

struct input {
	const uint8_t *data;
	size_t size;
};

static uint8_t *region;
static struct nimbos_scf_board *board;
static struct input input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int take_byte(void)
{
	if (!input.size)
		return 0;
	input.size--;
	return *input.data++;
}

/* Change a few bytes of @area, of those that the input names. */
static void change(void *area, size_t size)
{
	size_t at;
	unsigned int n;

	for (n = take_byte() % 8; n; n--) {
		at = take_byte() | take_byte() << 8;
		((uint8_t *)area)[at % size] = take_byte();
	}
}

static void fuzz_server(void)
{
	size_t size = NIMBOS_SCF_CONTROL_SIZE(2, DEPTH);
	struct nimbos_scf_slot *control = calloc(1, size);
	struct nimbos_ring ring;
	struct nimbos_scf_req req;
	int ret, last = 0;

	nimbos_ring_init(&ring, control, 1, DEPTH);
	while (input.size) {
		change(control, size);
		/* A good request now and then, or the rings would not move. */
		if (take_byte() & 1)
			ring.shared->reqs[ring.received % DEPTH].seq = ring.received + 1;
		ret = nimbos_ring_receive(&ring, &req);
		if (last == -EPROTO && ret != -EPROTO)
			abort();
		last = ret;
		if (ret == 1 && take_byte() & 1)
			nimbos_ring_respond(&ring, 0, 0, req.cookie);
		nimbos_ring_need_notify(&ring);
		nimbos_ring_prepare_sleep(&ring);
		nimbos_ring_finish_sleep(&ring);
	}
	free(control);
}

static __u64 now_ns(struct nimbos_client *client)
{
	static __u64 now;

	(void)client;
	change(region, ARENA);
	return now += 1000;
}

static void send_ipi(struct nimbos_client *client, __u64 route, struct nimbos_client_lane *lane)
{
	(void)client;
	(void)route;
	(void)lane;
}

static void lane_sleep(struct nimbos_client_lane *lane, __u64 deadline_ns)
{
	(void)deadline_ns;
	change(board, sizeof(*board));
	nimbos_client_doorbell(lane->slot->client);
}

static void lane_wake(struct nimbos_client_lane *lane)
{
	(void)lane;
}

static void slot_ready(struct nimbos_client *client, __u32 slot, __u32 epoch)
{
	(void)client;
	(void)slot;
	(void)epoch;
}

static const struct nimbos_client_ops ops = {
	.send_ipi = send_ipi,
	.now_ns = now_ns,
	.sleep = lane_sleep,
	.wake = lane_wake,
	.slot_ready = slot_ready,
};

/* A board with a good entry for slot 0, before the input has its way with it. */
static void make_board(void)
{
	memset(board, 0, sizeof(*board));
	board->magic = NIMBOS_SCF_BOARD_MAGIC;
	board->version = NIMBOS_SCF_VERSION;
	board->nr_slots = 4;
	board->features = NIMBOS_SCF_F_ALL;
	board->region_size = ARENA + NIMBOS_SCF_PEER_AREA_SIZE;
	board->peer_offset = ARENA;
	board->slot[0] = (struct nimbos_scf_slot_entry){
		.epoch = 1,
		.lanes = 2,
		.depth = DEPTH,
		.route = NIMBOS_SCF_ROUTE(0x20, 0),
		.control_size = 0x2000,
		.window_offset = 0x2000,
		.window_size = 0x2000,
		.window_va = NIMBOS_SCF_WINDOW_VA,
	};
	((struct nimbos_scf_slot *)region)->server_state = NIMBOS_SCF_SERVER_READY;
}

static void fuzz_client(void)
{
	struct nimbos_client_result results[4];
	static struct nimbos_client client;
	static struct nimbos_client_slot slot;
	static struct nimbos_client_lane lane;
	struct nimbos_client_call calls[4];
	static const __u64 args[6];
	int ret, failed = 0;

	memset(region, 0, ARENA + NIMBOS_SCF_PEER_AREA_SIZE);
	make_board();
	change(&board->slot[0], sizeof(board->slot[0]));
	change(board, 64);
	/* A board that claims a larger region is believed: there is no other source. */
	if (board->region_size > ARENA + NIMBOS_SCF_PEER_AREA_SIZE ||
	    nimbos_client_init(&client, &ops, board, region, NULL))
		return;
	nimbos_client_up(&client, 0x40);
	if (nimbos_client_slot_attach(&client, &slot, 0, 1))
		return;
	if (nimbos_client_lane_open(&slot, &lane, slot.lanes - 1, calls, 4))
		abort();
	while (input.size) {
		change(slot.control, NIMBOS_SCF_CONTROL_SIZE(slot.lanes, slot.depth));
		ret = nimbos_client_submit(&lane, take_byte(), args, 1);
		if (failed && ret != -NIMBOS_EPROTO && ret != -NIMBOS_ECONNRESET)
			abort();
		if (take_byte() & 1) {
			lane.rsps[lane.received % slot.depth].seq = lane.received + 1;
			lane.rsps[lane.received % slot.depth].cookie = calls[0].cookie;
		}
		ret = nimbos_client_wait(&lane, take_byte() * 100, 20000);
		failed |= ret == -NIMBOS_EPROTO;
		if (nimbos_client_reap(&lane, results, 4) > 4)
			abort();
		nimbos_client_doorbell(&client);
	}
	nimbos_client_slot_detach(&slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = (struct input){ data, size };
	if (!region) {
		/* Page-aligned inside a block, so that the sanitizer watches both ends. */
		region = aligned_alloc(4096, ARENA + NIMBOS_SCF_PEER_AREA_SIZE);
		board = aligned_alloc(4096, sizeof(*board));
		if (!region || !board)
			abort();
	}
	if (take_byte() & 1)
		fuzz_server();
	else
		fuzz_client();
	return 0;
}
