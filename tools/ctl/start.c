// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: start and restart.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/nimbos_legacy.h>

#include "cpus.h"
#include "huge_pages.h"
#include "start.h"

/* Where legacy images are linked to run. */
#define LEGACY_BASE 0x42000000

static int parse_start(struct ctl *ctl, int argc, char **argv, struct start *start)
{
	const struct start_options options = start_options(start);
	int status = ctl_options(ctl, argc, argv, options.spec);

	if (!status && !start->image)
		return ctl_usage(ctl, "no image; say which with --image=FILE");
	return status;
}

int start_check(const struct ctl *ctl, struct start *start)
{
	struct nimbos_peer_load *load = &start->load;

	load->private_size = start->private_size;
	load->cmdline = (uintptr_t)start->cmdline;
	start->start.peer = load->peer;
	if (start->have_huge_pages && start->have_region)
		return ctl_usage(ctl, "region and huge-pages both say what its memory is; leave "
				      "one of them out");
	if (start->have_huge_pages &&
	    (start->huge_pages % NIMBOS_REGION_ALIGN || start->huge_pages < NIMBOS_REGION_MIN))
		return ctl_usage(ctl, "huge-pages: a peer's memory is 4 MiB or more, and a "
				      "multiple of 2 MiB");
	if (load->legacy && start->have_huge_pages)
		return ctl_usage(ctl,
				 "a legacy image runs at one address, and where huge pages are is not "
				 "to be chosen; reserve memory there, and leave huge-pages out");
	if (load->legacy && (load->private_size || load->cmdline || load->serial_port))
		return ctl_usage(ctl,
				 "a legacy image has all of its memory for itself and is told "
				 "nothing; leave private, cmdline and serial out");
	if (load->legacy_slots && load->legacy <= NIMBOS_LEGACY_V1)
		return ctl_usage(ctl, "slots are for legacy=v2 and v2-early only");
	return 0;
}

/* The peer's region, if it consists of huge pages. */
static struct region huge_pages_of(int dev, uint32_t peer)
{
	struct nimbos_query query;

	if (nimbos_query(dev, peer, &query) || !query.huge_page_size)
		return (struct region){ 0 };
	return (struct region){ query.region_base, query.region_size };
}

/* Memory that was not said. Huge pages that the peer has need not be had twice. */
static int find_memory(const struct ctl *ctl, int dev, struct start *start)
{
	if (start->have_region)
		return 0;
	if (start->have_huge_pages) {
		start->region = huge_pages_of(dev, start->load.peer);
		if (start->region.size != start->huge_pages)
			start->region = (struct region){ 0 };
		return 0;
	}
	if (start->load.legacy)
		start->region = (struct region){ LEGACY_BASE, NIMBOS_LEGACY_REGION_SIZE };
	else if (!region_find(ctl, start->load.peer, &start->region))
		return ctl_fail(ctl,
				"no memory is reserved for peer %u; 'nimbosctl doctor' tells what to "
				"add to Linux's command line for it; or say huge-pages=SIZE, or "
				"region=BASE+SIZE (EADDRNOTAVAIL)",
				start->load.peer);
	return 0;
}

/* What was not said. */
static int find_defaults(const struct ctl *ctl, int dev, struct start *start)
{
	int status = find_memory(ctl, dev, start);
	int cpu;

	if (status)
		return status;
	start->load.region_base = start->region.base;
	start->load.region_size = start->region.size;
	if (!start->have_cpu) {
		cpu = cpu_last();
		if (cpu < 0)
			return ctl_fail(ctl,
					"cannot tell which CPUs are online; say which to take "
					"with cpu=N");
		start->start.cpu = (__u32)cpu;
	}
	return 0;
}

/* What was not said is as it was. */
static void keep(struct start *start, const struct nimbos_query *query)
{
	if (!start->have_legacy) {
		start->load.legacy = query->legacy;
		if (query->legacy > NIMBOS_LEGACY_V1 && !start->load.legacy_slots)
			start->load.legacy_slots = query->slots_max;
	}
	if (!start->have_region && !start->have_huge_pages) {
		start->region = (struct region){ query->region_base, query->region_size };
		start->have_region = true;
		if (!start->have_private && !start->load.legacy && !query->legacy)
			start->private_size = query->private_size;
	}
	if (!start->have_backend)
		start->start.backend = query->backend;
	if (!start->have_cpu && query->cpu >= 0) {
		start->start.cpu = (__u32)query->cpu;
		start->have_cpu = true;
	}
}

static int load_image(const struct ctl *ctl, int dev, const struct start *start)
{
	char what[512];
	int error;

	ctl_progress(ctl, "loading %s", start->image);
	error = nimbos_peer_load(dev, &start->load, start->image);
	if (!error)
		return 0;
	if (start->load.region_user)
		snprintf(what, sizeof(what), "peer %u, image '%s', huge pages of 0x%llx bytes",
			 start->load.peer, start->image,
			 (unsigned long long)start->load.region_size);
	else
		snprintf(what, sizeof(what), "peer %u, image '%s', region 0x%llx+0x%llx",
			 start->load.peer, start->image,
			 (unsigned long long)start->load.region_base,
			 (unsigned long long)start->load.region_size);
	return ctl_fail_ioctl(ctl, what, NIMBOS_CMD_PEER_LOAD, error, "");
}

int start_load(const struct ctl *ctl, int dev, struct start *start)
{
	struct huge_memory memory = { NULL };
	int status = find_defaults(ctl, dev, start);

	if (!status && start->have_huge_pages && !start->region.size)
		status = huge_pages_take(ctl, start->huge_pages, &memory);
	if (status)
		return status;
	start->load.region_user = (uintptr_t)memory.at;
	if (memory.at)
		start->load.region_size = memory.size;
	status = load_image(ctl, dev, start);
	start->load.region_user = 0;
	/* Where they are is known now. */
	if (!status && memory.at) {
		start->region = huge_pages_of(dev, start->load.peer);
		start->load.region_base = start->region.base;
	}
	huge_pages_release(&memory);
	return status;
}

static int fail_start(const struct ctl *ctl, int dev, const struct start *start, int error)
{
	struct nimbos_query query;
	char what[64];

	if (nimbos_query(dev, start->load.peer, &query))
		query.message[0] = '\0';
	query.message[sizeof(query.message) - 1] = '\0';
	snprintf(what, sizeof(what), "peer %u, CPU %u", start->start.peer, start->start.cpu);
	return ctl_fail_ioctl(ctl, what, NIMBOS_CMD_PEER_START, error, query.message);
}

int start_run(const struct ctl *ctl, int dev, const struct start *start)
{
	int error;

	ctl_progress(ctl, "starting peer %u on CPU %u", start->start.peer, start->start.cpu);
	error = nimbos_peer_start(dev, &start->start);
	return error ? fail_start(ctl, dev, start, error) : 0;
}

static int answer_start(const struct ctl *ctl, int dev, const struct start *start)
{
	struct nimbos_query query;
	int error = nimbos_query(dev, start->load.peer, &query);

	if (error)
		return ctl_fail_peer(ctl, start->load.peer, NIMBOS_CMD_QUERY, error);
	return ctl_answer(ctl, "peer %u runs on CPU %u (%s start)", start->start.peer,
			  start->start.cpu, backend_name(query.backend));
}

/* @before: what the peer was until now. */
static int load_and_start(const struct ctl *ctl, int dev, struct start *start,
			  const struct nimbos_query *before)
{
	int status = start_load(ctl, dev, start);

	if (status)
		return status;
	status = start_run(ctl, dev, start);
	if (!status)
		return answer_start(ctl, dev, start);
	/* Memory that the peer had before stays with it. */
	if (before->state == NIMBOS_PEER_OFFLINE)
		nimbos_peer_unload(dev, start->load.peer);
	return status;
}

static int start_peer(const struct ctl *ctl, int dev, struct start *start)
{
	struct nimbos_query query;
	int status = start_check(ctl, start);
	int error;

	if (status)
		return status;
	error = nimbos_query(dev, start->load.peer, &query);
	/* Loading would say no more than that the peer is busy. */
	if (!error && peer_has_cpu(&query))
		error = -EALREADY;
	if (error)
		return ctl_fail_peer(ctl, start->load.peer, NIMBOS_CMD_PEER_START, error);
	return load_and_start(ctl, dev, start, &query);
}

static int restart_peer(const struct ctl *ctl, int dev, struct start *start)
{
	struct nimbos_query query;
	int error = nimbos_query(dev, start->load.peer, &query);
	int status;

	if (error)
		return ctl_fail_peer(ctl, start->load.peer, NIMBOS_CMD_QUERY, error);
	if (query.state == NIMBOS_PEER_OFFLINE)
		return ctl_fail(ctl,
				"peer %u is offline, so that there is nothing to restart; use "
				"'nimbosctl start'",
				start->load.peer);
	/* A peer that works is not stopped for an image that is not there. */
	if (access(start->image, R_OK))
		return ctl_fail(ctl, "image '%s': %s; check the path", start->image,
				strerror(errno));
	keep(start, &query);
	status = start_check(ctl, start);
	if (!status && peer_has_cpu(&query))
		status = peer_stop(ctl, dev, &query);
	return status ? status : load_and_start(ctl, dev, start, &query);
}

static int parse_and(struct ctl *ctl, int argc, char **argv,
		     int (*act)(const struct ctl *ctl, int dev, struct start *start))
{
	struct start start = { 0 };
	int status = parse_start(ctl, argc, argv, &start);
	int dev;

	if (status)
		return status;
	dev = ctl_open(ctl);
	if (dev < 0)
		return CTL_FAILED;
	status = act(ctl, dev, &start);
	close(dev);
	return status;
}

int cmd_start(struct ctl *ctl, int argc, char **argv)
{
	return parse_and(ctl, argc, argv, start_peer);
}

int cmd_restart(struct ctl *ctl, int argc, char **argv)
{
	return parse_and(ctl, argc, argv, restart_peer);
}
