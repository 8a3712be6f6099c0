// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: status.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "ctl.h"

static void print_text(const struct nimbos_query *query)
{
	printf("peer %u: %s", query->peer, nimbos_peer_state_name(query->state));
	if (query->cpu >= 0)
		printf(", CPU %d", query->cpu);
	printf(", started %u %s\n", query->incarnation, query->incarnation == 1 ? "time" : "times");
	if (query->message[0])
		printf("  message     %s\n", query->message);
	if (query->state == NIMBOS_PEER_OFFLINE)
		return;
	printf("  region      0x%llx+0x%llx, 0x%llx of it private, 0x%llx free for slots\n",
	       (unsigned long long)query->region_base, (unsigned long long)query->region_size,
	       (unsigned long long)query->private_size, (unsigned long long)query->arena_free);
	printf("  slots       %u in use, %u dying, of %u; %u interrupts in use\n",
	       query->slots_used, query->slots_dying, query->slots_max, query->irqnums_used);
	printf("  notified    %llu times, was notified %llu times\n",
	       (unsigned long long)query->doorbells, (unsigned long long)query->interrupts);
	printf("  start       %s\n", backend_name(query->backend));
	if (query->legacy) {
		printf("  protocol    version %s, from before SCF version 3\n",
		       legacy_name(query->legacy));
		return;
	}
	printf("  heartbeat   %llu\n", (unsigned long long)query->heartbeat);
	printf("  protocol    version %u, features%s%s%s%s%s\n", query->scf_version,
	       query->features & NIMBOS_SCF_F_PRIORITY ? " priority" : "",
	       query->features & NIMBOS_SCF_F_FORK ? " fork" : "",
	       query->features & NIMBOS_SCF_F_LANE_UPID ? " lane-upid" : "",
	       query->features & NIMBOS_SCF_F_DOORBELL_UPID ? " doorbell-upid" : "",
	       query->features & (NIMBOS_SCF_F_ALL | NIMBOS_SCF_F_UPID) ? "" : " none");
	printf("  user interrupts: %s, %u lanes served by them\n",
	       nimbos_uintr_state_name(query->uintr), query->uintr_lanes);
}

static cJSON *to_json(const struct nimbos_query *query)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "peer", query->peer },
		{ "incarnation", query->incarnation },
		{ "region_base", query->region_base },
		{ "region_size", query->region_size },
		{ "private_size", query->private_size },
		{ "arena_free", query->arena_free },
		{ "slots_max", query->slots_max },
		{ "slots_used", query->slots_used },
		{ "slots_dying", query->slots_dying },
		{ "irqnums_used", query->irqnums_used },
		{ "doorbells", query->doorbells },
		{ "interrupts", query->interrupts },
		{ "heartbeat", query->heartbeat },
		{ "features", query->features },
		{ "scf_version", query->scf_version },
		{ "uintr_lanes", query->uintr_lanes },
	};
	cJSON *object = cJSON_CreateObject();
	bool ok;

	if (!object)
		return NULL;
	ok = cJSON_AddStringToObject(object, "state", nimbos_peer_state_name(query->state)) &&
	     (query->cpu < 0 ? cJSON_AddNullToObject(object, "cpu") :
			       cJSON_AddNumberToObject(object, "cpu", query->cpu)) &&
	     cJSON_AddStringToObject(object, "message", query->message) &&
	     cJSON_AddStringToObject(object, "uintr", nimbos_uintr_state_name(query->uintr));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ok = ok && cJSON_AddNumberToObject(object, numbers[i].name,
						   (double)numbers[i].value);
	if (ok)
		return object;
	cJSON_Delete(object);
	return NULL;
}

/* Peers @first to @last; without @all only those that have memory. */
static int show(const struct ctl *ctl, int dev, unsigned int first, unsigned int last, bool all,
		cJSON *array)
{
	struct nimbos_query query;
	bool none = true;

	for (unsigned int peer = first; peer <= last; peer++) {
		int error = nimbos_query(dev, peer, &query);
		cJSON *object;

		if (error)
			return ctl_fail(ctl, "peer %u: %s (%s)", peer,
					nimbos_strerror(NIMBOS_CMD_QUERY, error),
					strerrorname_np(-error));
		if (!all && query.state == NIMBOS_PEER_OFFLINE)
			continue;
		query.message[sizeof(query.message) - 1] = '\0';
		none = false;
		if (!ctl->json) {
			print_text(&query);
			continue;
		}
		object = to_json(&query);
		if (!object || !cJSON_AddItemToArray(array, object)) {
			cJSON_Delete(object);
			return ctl_fail(ctl, "%s", strerror(ENOMEM));
		}
	}
	if (none && !ctl->json)
		puts("no peer is loaded");
	return CTL_OK;
}

static int show_json(const struct ctl *ctl, int dev, unsigned int first, unsigned int last,
		     bool all)
{
	cJSON *array = cJSON_CreateArray();
	char *json;
	int status;

	if (!array)
		return ctl_fail(ctl, "%s", strerror(ENOMEM));
	status = show(ctl, dev, first, last, all, array);
	if (!status) {
		json = cJSON_Print(array);
		if (json)
			puts(json);
		else
			status = ctl_fail(ctl, "%s", strerror(ENOMEM));
		cJSON_free(json);
	}
	cJSON_Delete(array);
	return status;
}

int cmd_status(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "peer", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint32_t first = 0, last = NIMBOS_MAX_PEERS - 1;
	bool all = false;
	int opt, dev, status;

	while ((opt = getopt_long(argc, argv, "p:jh", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			if (!ctl_number(ctl, "peer", optarg, 0, UINT32_MAX, &first))
				return CTL_USAGE;
			last = first;
			all = true;
			break;
		case 'j':
			ctl->json = true;
			break;
		case 'h':
			return ctl_help(ctl);
		default:
			return ctl_usage(ctl, "try 'nimbosctl status --help'");
		}
	}
	if (optind < argc)
		return ctl_usage(ctl, "'%s' is one argument too many", argv[optind]);
	dev = ctl_open(ctl);
	if (dev < 0)
		return CTL_FAILED;
	status = ctl->json ? show_json(ctl, dev, first, last, all) :
			     show(ctl, dev, first, last, all, NULL);
	close(dev);
	return status;
}
