// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: status, all that is known of peers, and list, a line for each.
 */
#include <stdio.h>

#include "ctl.h"

/* Whether lanes can be served by user interrupts, or why not. */
static const char *uintr_state(const struct nimbos_query *query)
{
	if (query->uintr == NIMBOS_UINTR_OK && query->state == NIMBOS_PEER_RUNNING &&
	    (query->features & NIMBOS_SCF_F_UPID) != NIMBOS_SCF_F_UPID)
		return "the peer takes no part";
	return nimbos_uintr_state_name(query->uintr);
}

/* What the region consists of. */
static const char *memory_name(const struct nimbos_query *query)
{
	switch (query->huge_page_size) {
	case 0:
		return "reserved";
	case 1 << 30:
		return "1G pages";
	default:
		return "2M pages";
	}
}

static void print_status(const struct nimbos_query *query)
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
	printf("  memory      %s\n", memory_name(query));
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
	       uintr_state(query), query->uintr_lanes);
}

static const char list_heading[] =
	"PEER  STATE    CPU   REGION                 MEMORY    SLOTS  MESSAGE";

static void print_line(const struct nimbos_query *query)
{
	char cpu[12] = "-";

	if (query->cpu >= 0)
		snprintf(cpu, sizeof(cpu), "%d", query->cpu);
	printf("%-4u  %-8s %-5s 0x%08llx+0x%08llx  %-8s  %-5u  %s\n", query->peer,
	       nimbos_peer_state_name(query->state), cpu, (unsigned long long)query->region_base,
	       (unsigned long long)query->region_size, memory_name(query), query->slots_used,
	       query->message);
}

static int print_json(const struct ctl *ctl, const struct peers *peers)
{
	cJSON *array = cJSON_CreateArray();

	for (unsigned int i = 0; array && i < peers->count; i++) {
		cJSON *object = peer_json(&peers->query[i]);

		if (!object || !cJSON_AddItemToArray(array, object)) {
			cJSON_Delete(object);
			cJSON_Delete(array);
			array = NULL;
		}
	}
	return ctl_print_json(ctl, array);
}

static int show(struct ctl *ctl, uint32_t which, const char *heading,
		void (*print)(const struct nimbos_query *query))
{
	struct peers peers;
	int status = peers_query(ctl, which, &peers);

	if (status)
		return status;
	if (ctl->json)
		return print_json(ctl, &peers);
	if (!peers.count)
		puts("no peer is loaded");
	else if (heading)
		puts(heading);
	for (unsigned int i = 0; i < peers.count; i++)
		print(&peers.query[i]);
	return CTL_OK;
}

int cmd_status(struct ctl *ctl, int argc, char **argv)
{
	uint32_t which = PEERS_ALL;
	const struct option_spec options[] = {
		OPTION_PEER(&which),
		OPTION_END,
	};
	int status = ctl_options(ctl, argc, argv, options);

	return status ? status : show(ctl, which, NULL, print_status);
}

int cmd_list(struct ctl *ctl, int argc, char **argv)
{
	const struct option_spec options[] = { OPTION_END };
	int status = ctl_options(ctl, argc, argv, options);

	return status ? status : show(ctl, PEERS_ALL, list_heading, print_line);
}
