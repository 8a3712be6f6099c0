// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: asking the module for peers.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define FIELD(member, ...)                                                    \
	{ .name = #member, .offset = offsetof(struct nimbos_query, member),   \
	  .size = sizeof(((struct nimbos_query *)NULL)->member), ##__VA_ARGS__ }

const struct peer_field peer_fields[] = {
	FIELD(peer),
	FIELD(incarnation, .counter = true, .help = "How often the peer was started."),
	FIELD(region_base),
	FIELD(region_size, .unit = "bytes", .help = "Memory of the peer."),
	FIELD(huge_page_size),
	FIELD(private_size, .unit = "bytes", .help = "The part of it that is the peer's own."),
	FIELD(arena_free, .unit = "bytes", .help = "The part of it that new slots can be given."),
	FIELD(slots_max, .help = "Slots that the peer can have."),
	FIELD(slots_used, .help = "Slots that belong to a shadow."),
	FIELD(slots_dying, .help = "Slots whose end the peer has not acknowledged."),
	FIELD(irqnums_used, .help = "Linux interrupts in use for the peer."),
	FIELD(doorbells, .counter = true, .help = "Notifications to the peer since its start."),
	FIELD(interrupts, .counter = true, .help = "Notifications from the peer since its start."),
	FIELD(heartbeat, .counter = true, .help = "The peer's heartbeat since its start."),
	FIELD(features),
	FIELD(scf_version),
	FIELD(uintr_lanes, .help = "Lanes that are served by user interrupts."),
};
const size_t peer_fields_count = sizeof(peer_fields) / sizeof(peer_fields[0]);

uint64_t peer_field_value(const struct peer_field *field, const struct nimbos_query *query)
{
	const char *at = (const char *)query + field->offset;
	uint32_t narrow;
	uint64_t wide;

	if (field->size == sizeof(narrow)) {
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

cJSON *peer_json(const struct nimbos_query *query)
{
	cJSON *object = cJSON_CreateObject();
	bool ok;

	if (!object)
		return NULL;
	ok = cJSON_AddStringToObject(object, "state", nimbos_peer_state_name(query->state)) &&
	     (query->cpu < 0 ? cJSON_AddNullToObject(object, "cpu") :
			       cJSON_AddNumberToObject(object, "cpu", query->cpu)) &&
	     cJSON_AddStringToObject(object, "message", query->message) &&
	     cJSON_AddStringToObject(object, "uintr", nimbos_uintr_state_name(query->uintr));
	for (size_t i = 0; i < peer_fields_count; i++)
		ok = ok && cJSON_AddNumberToObject(object, peer_fields[i].name,
						   (double)peer_field_value(&peer_fields[i],
									    query));
	if (ok)
		return object;
	cJSON_Delete(object);
	return NULL;
}

int ctl_open(const struct ctl *ctl)
{
	int fd = nimbos_open(ctl->device);

	if (fd >= 0)
		return fd;
	switch (-fd) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		ctl_fail(ctl, "there is no %s; load the module with 'modprobe nimbos'",
			 ctl->device);
		break;
	case EACCES:
	case EPERM:
		ctl_fail(ctl, "%s may not be opened; run this as root, or as a member of its group",
			 ctl->device);
		break;
	default:
		ctl_fail(ctl, "%s cannot be opened: %s", ctl->device, strerror(-fd));
	}
	return -1;
}

bool peer_has_cpu(const struct nimbos_query *query)
{
	return query->state == NIMBOS_PEER_RUNNING || query->state == NIMBOS_PEER_FAILED;
}

/* Peers @first to @last; without @all only those that have memory. */
static int query_range(const struct ctl *ctl, int dev, uint32_t first, uint32_t last, bool all,
		       struct peers *peers)
{
	peers->count = 0;
	for (uint32_t peer = first; peer <= last; peer++) {
		struct nimbos_query *query = &peers->query[peers->count];
		int error = nimbos_query(dev, peer, query);

		if (error)
			return ctl_fail_peer(ctl, peer, NIMBOS_CMD_QUERY, error);
		query->message[sizeof(query->message) - 1] = '\0';
		if (all || query->state != NIMBOS_PEER_OFFLINE)
			peers->count++;
	}
	return 0;
}

int peers_query(const struct ctl *ctl, uint32_t which, struct peers *peers)
{
	int dev = ctl_open(ctl);
	int status;

	if (dev < 0)
		return CTL_FAILED;
	if (which == PEERS_ALL)
		status = query_range(ctl, dev, 0, NIMBOS_MAX_PEERS - 1, false, peers);
	else
		status = query_range(ctl, dev, which, which, true, peers);
	close(dev);
	return status;
}
