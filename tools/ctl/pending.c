// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: calls that have not been answered, as a peer's memory has them. Nobody needs to have
 * traced them, and neither side does anything for it.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call_table.h"
#include "pending.h"

/* Return: 0, or a negative errno. */
static int read_all(int fd, void *to, size_t size, uint64_t at)
{
	char *bytes = to;

	while (size) {
		ssize_t n = pread(fd, bytes, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		bytes += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/* How many responses there have been, from the ring of the last ones. */
static uint32_t responded(const struct nimbos_scf_rsp *rsps, uint32_t depth)
{
	uint32_t newest = 0;
	bool found = false;

	for (uint32_t i = 0; i < depth; i++) {
		uint32_t seq = rsps[i].seq;

		/* Each entry has every depth-th number, beginning with its own. */
		if ((seq - 1) % depth != i)
			continue;
		if (!found || (int32_t)(seq - newest) > 0)
			newest = seq;
		found = true;
	}
	return newest;
}

/*
 * A worker answers the calls of a lane in their order, so those without an answer have the numbers
 * that come next. What has changed from one look to the other was being written, or has been
 * answered.
 */
static void take_calls(const struct pending *pending, struct nimbos_scf_lane *before,
		       struct nimbos_scf_lane *after, uint32_t depth, struct call_event *event)
{
	const char *names = pending->filter->names;
	uint32_t seq = responded(nimbos_scf_lane_rsps(after, depth), depth);

	for (uint32_t n = 0; n < depth; n++) {
		uint32_t at = seq++ % depth;
		const struct nimbos_scf_req *req = &before->reqs[at];

		if (req->seq != seq || memcmp(req, &after->reqs[at], sizeof(*req)) ||
		    (names && !call_has_name(req->nr, names)))
			continue;
		event->nr = req->nr;
		memcpy(event->args, req->args, sizeof(event->args));
		pending->take(event, pending->to);
	}
}

/* Where the board is, from the region's base. */
static uint64_t board_at(const struct pending *pending)
{
	return pending->region_size - NIMBOS_SCF_PEER_AREA_SIZE - NIMBOS_SCF_BOARD_SIZE;
}

/* Whether a slot is still the one that was found. Return: 1 or 0, or a negative errno. */
static int is_alive(const struct pending *pending, uint32_t slot, uint32_t epoch)
{
	uint32_t now;
	int error = read_all(pending->region, &now, sizeof(now),
			     board_at(pending) + offsetof(struct nimbos_scf_board, slot) +
				     slot * sizeof(struct nimbos_scf_slot_entry) +
				     offsetof(struct nimbos_scf_slot_entry, epoch));

	return error ? error : now == epoch;
}

static int take_lane(const struct pending *pending, const struct nimbos_scf_slot_entry *entry,
		     struct call_event *event)
{
	const size_t size = NIMBOS_SCF_LANE_STRIDE(entry->depth);
	const uint64_t at = entry->control_offset + sizeof(struct nimbos_scf_slot) +
			    event->lane * size;
	char *looks = malloc(2 * size);
	int ret;

	if (!looks)
		return -ENOMEM;
	ret = read_all(pending->region, looks, size, at);
	if (!ret)
		ret = read_all(pending->region, looks + size, size, at);
	/* Memory of a slot that has died may be another's by now. */
	if (!ret)
		ret = is_alive(pending, event->slot, entry->epoch);
	if (ret > 0)
		take_calls(pending, (struct nimbos_scf_lane *)looks,
			   (struct nimbos_scf_lane *)(looks + size), entry->depth, event);
	free(looks);
	return ret < 0 ? ret : 0;
}

static int take_slot(const struct pending *pending, const struct nimbos_scf_slot_entry *entry,
		     struct call_event *event)
{
	const struct call_filter *filter = pending->filter;
	const uint32_t depth = entry->depth;
	int error = 0;

	/* The module writes the board, and so can a peer that has run wild. */
	if (!entry->lanes || entry->lanes > NIMBOS_SCF_MAX_LANES || depth < NIMBOS_SCF_MIN_DEPTH ||
	    depth > NIMBOS_SCF_MAX_DEPTH || depth & (depth - 1) ||
	    entry->control_offset > pending->region_size ||
	    NIMBOS_SCF_CONTROL_SIZE(entry->lanes, depth) >
		    pending->region_size - entry->control_offset)
		return -EPROTO;
	for (event->lane = 0; !error && event->lane < entry->lanes; event->lane++) {
		if (!filter->has_lane || filter->lane == event->lane)
			error = take_lane(pending, entry, event);
	}
	return error;
}

/* What cannot be read of one slot hides no other's calls. */
static int take_slots(const struct pending *pending, const struct nimbos_scf_board *board)
{
	const struct call_filter *filter = pending->filter;
	int first = 0;

	for (uint32_t no = 0; no < NIMBOS_SCF_MAX_SLOTS; no++) {
		struct call_event event = { .peer = pending->peer, .slot = no, .is_pending = true };
		int error = 0;

		/* Odd while it lives. */
		if (board->slot[no].epoch % 2 && (!filter->has_slot || filter->slot == no))
			error = take_slot(pending, &board->slot[no], &event);
		first = first ? first : error;
	}
	return first;
}

int pending_calls(const struct pending *pending)
{
	struct nimbos_scf_board *board = malloc(sizeof(*board));
	int error;

	if (!board)
		return -ENOMEM;
	/* In one piece, during which no slot comes or goes, so that each entry is consistent. */
	error = read_all(pending->region, board, sizeof(*board), board_at(pending));
	if (!error &&
	    (board->magic != NIMBOS_SCF_BOARD_MAGIC || board->version != NIMBOS_SCF_VERSION))
		error = -EPROTO;
	if (!error)
		error = take_slots(pending, board);
	free(board);
	return error;
}
