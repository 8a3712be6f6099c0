// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: start and stop.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/nimbos_legacy.h>

#include "../common/parse.h"
#include "ctl.h"

/* Where legacy images are linked to run. */
#define LEGACY_BASE 0x42000000

struct start {
	struct nimbos_peer_load load;
	struct nimbos_peer_start start;
	const char *image;
	bool have_region;
	bool have_cpu;
};

/* What failed, with which values; why, and what to do; and the errno's name, to look it up by. */
static int fail(const struct ctl *ctl, const char *what, unsigned int cmd, int error,
		const char *message)
{
	const char *name = strerrorname_np(-error);

	return ctl_fail(ctl, "%s: %s%s%s%s (%s)", what, nimbos_strerror(cmd, error),
			message[0] ? "; it says '" : "", message, message[0] ? "'" : "",
			name ? name : "unknown error");
}

static int fail_peer(const struct ctl *ctl, unsigned int peer, unsigned int cmd, int error)
{
	char what[32];

	snprintf(what, sizeof(what), "peer %u", peer);
	return fail(ctl, what, cmd, error, "");
}

static int parse_start(struct ctl *ctl, int argc, char **argv, struct start *start)
{
	static const struct option options[] = {
		{ "image", required_argument, NULL, 'i' },
		{ "peer", required_argument, NULL, 'p' },
		{ "cpu", required_argument, NULL, 'c' },
		{ "region", required_argument, NULL, 'r' },
		{ "private", required_argument, NULL, 'P' },
		{ "cmdline", required_argument, NULL, 'a' },
		{ "serial", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "heartbeat", required_argument, NULL, 'b' },
		{ "legacy", required_argument, NULL, 'l' },
		{ "slots", required_argument, NULL, 'S' },
		{ "backend", required_argument, NULL, 'B' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct region region;
	bool ok = true;
	uint64_t size;
	int opt;

	while (ok && (opt = getopt_long(argc, argv, "i:p:c:r:P:a:s:t:b:l:S:B:jh", options, NULL)) !=
			     -1) {
		switch (opt) {
		case 'i':
			start->image = optarg;
			break;
		case 'p':
			ok = ctl_number(ctl, "peer", optarg, 0, UINT32_MAX, &start->load.peer);
			break;
		case 'c':
			ok = ctl_number(ctl, "cpu", optarg, 0, UINT32_MAX, &start->start.cpu);
			start->have_cpu = true;
			break;
		case 'r':
			if (!region_parse(optarg, &region))
				return ctl_usage(ctl,
						 "--region: '%s' is not BASE+SIZE, as in "
						 "0x40000000+128M",
						 optarg);
			start->load.region_base = region.base;
			start->load.region_size = region.size;
			start->have_region = true;
			break;
		case 'P':
			if (!parse_size(optarg, NULL, &size))
				return ctl_usage(ctl, "--private: '%s' is not a size, as in 32M",
						 optarg);
			start->load.private_size = size;
			break;
		case 'a':
			start->load.cmdline = (uintptr_t)optarg;
			break;
		case 's':
			ok = ctl_number(ctl, "serial", optarg, 0, UINT16_MAX,
					&start->load.serial_port);
			break;
		case 't':
			ok = ctl_number(ctl, "timeout", optarg, 1, UINT32_MAX,
					&start->start.timeout_ms);
			break;
		case 'b':
			ok = ctl_number(ctl, "heartbeat", optarg, 1, UINT32_MAX,
					&start->start.heartbeat_ms);
			break;
		case 'l':
			if (!legacy_parse(optarg, &start->load.legacy))
				return ctl_usage(ctl, "--legacy: '%s' is not v1, v2 or v2-early",
						 optarg);
			break;
		case 'S':
			ok = ctl_number(ctl, "slots", optarg, 1, NIMBOS_LEGACY_MAX_SLOTS,
					&start->load.legacy_slots);
			break;
		case 'B':
			if (!backend_parse(optarg, &start->start.backend))
				return ctl_usage(ctl, "--backend: '%s' is not auto, native or rvm",
						 optarg);
			break;
		case 'j':
			ctl->json = true;
			break;
		case 'h':
			ctl_help(ctl);
			return -1;
		default:
			return ctl_usage(ctl, "try 'nimbosctl start --help'");
		}
	}
	if (!ok)
		return CTL_USAGE;
	if (optind < argc)
		return ctl_usage(ctl, "'%s' is one argument too many", argv[optind]);
	if (!start->image)
		return ctl_usage(ctl, "no image; say which with --image=FILE");
	if (start->load.legacy &&
	    (start->load.private_size || start->load.cmdline || start->load.serial_port))
		return ctl_usage(ctl,
				 "a legacy image has all of its memory for itself and is told "
				 "nothing; leave --private, --cmdline and --serial out");
	if (start->load.legacy_slots && start->load.legacy <= NIMBOS_LEGACY_V1)
		return ctl_usage(ctl, "--slots is for --legacy=v2 and v2-early only");
	start->start.peer = start->load.peer;
	return 0;
}

/* What was not said on the command line. */
static int find_defaults(const struct ctl *ctl, int dev, struct start *start)
{
	struct region region;
	int cpu;

	if (!start->have_region && start->load.legacy) {
		start->load.region_base = LEGACY_BASE;
		start->load.region_size = NIMBOS_LEGACY_REGION_SIZE;
	} else if (!start->have_region) {
		if (!region_find(dev, start->load.peer, &region))
			return ctl_fail(ctl,
					"no memory is reserved for peer %u; add "
					"memmap=128M$0x40000000, or what fits the machine, to "
					"Linux's command line and reboot, or say "
					"--region=BASE+SIZE (EADDRNOTAVAIL)",
					start->load.peer);
		start->load.region_base = region.base;
		start->load.region_size = region.size;
	}
	if (!start->have_cpu) {
		cpu = cpu_last();
		if (cpu < 0)
			return ctl_fail(ctl,
					"cannot tell which CPUs are online; say which to take "
					"with --cpu=N");
		start->start.cpu = (__u32)cpu;
	}
	return 0;
}

static int load(const struct ctl *ctl, int dev, const struct start *start)
{
	char what[512];
	int error = nimbos_peer_load(dev, &start->load, start->image);

	if (!error)
		return 0;
	snprintf(what, sizeof(what), "peer %u, image '%s', region 0x%llx+0x%llx", start->load.peer,
		 start->image, (unsigned long long)start->load.region_base,
		 (unsigned long long)start->load.region_size);
	return fail(ctl, what, NIMBOS_CMD_PEER_LOAD, error, "");
}

static int fail_start(const struct ctl *ctl, const struct start *start, int error,
		      const char *message)
{
	char what[64];

	snprintf(what, sizeof(what), "peer %u, CPU %u", start->start.peer, start->start.cpu);
	return fail(ctl, what, NIMBOS_CMD_PEER_START, error, message);
}

static int load_and_start(const struct ctl *ctl, int dev, const struct start *start)
{
	struct nimbos_query query;
	int error, status;

	error = nimbos_query(dev, start->load.peer, &query);
	/* Loading would say no more than that the peer is busy. */
	if (!error && (query.state == NIMBOS_PEER_RUNNING || query.state == NIMBOS_PEER_FAILED))
		error = -EALREADY;
	if (error)
		return fail_peer(ctl, start->load.peer, NIMBOS_CMD_PEER_START, error);
	status = load(ctl, dev, start);
	if (status)
		return status;
	error = nimbos_peer_start(dev, &start->start);
	if (!error)
		return 0;
	if (nimbos_query(dev, start->load.peer, &query))
		query.message[0] = '\0';
	query.message[sizeof(query.message) - 1] = '\0';
	status = fail_start(ctl, start, error, query.message);
	/* Nothing is to be different from before. */
	nimbos_peer_unload(dev, start->load.peer);
	return status;
}

static int answer_start(const struct ctl *ctl, int dev, const struct start *start)
{
	struct nimbos_query query;
	int error = nimbos_query(dev, start->load.peer, &query);

	if (error)
		return fail_peer(ctl, start->load.peer, NIMBOS_CMD_QUERY, error);
	return ctl_answer(ctl, "peer %u runs on CPU %u (%s start)", start->start.peer,
			  start->start.cpu, backend_name(query.backend));
}

int cmd_start(struct ctl *ctl, int argc, char **argv)
{
	struct start start = { 0 };
	int dev, status;

	status = parse_start(ctl, argc, argv, &start);
	if (status)
		return status < 0 ? CTL_OK : status;
	dev = ctl_open(ctl);
	if (dev < 0)
		return CTL_FAILED;
	status = find_defaults(ctl, dev, &start);
	if (!status)
		status = load_and_start(ctl, dev, &start);
	if (!status)
		status = answer_start(ctl, dev, &start);
	close(dev);
	return status;
}

static int stop(const struct ctl *ctl, int dev, unsigned int peer, bool unload)
{
	struct nimbos_query query;
	int error;

	error = nimbos_query(dev, peer, &query);
	if (error)
		return fail_peer(ctl, peer, NIMBOS_CMD_QUERY, error);
	if (!unload || query.state == NIMBOS_PEER_RUNNING || query.state == NIMBOS_PEER_FAILED) {
		error = nimbos_peer_stop(dev, peer);
		if (error == -ENOTCONN || error == -EPERM)
			return fail_peer(ctl, peer, NIMBOS_CMD_PEER_STOP, error);
		if (error)
			return ctl_fail(ctl,
					"peer %u is stopped, but Linux could not bring CPU %d "
					"online (%s); try 'echo 1 > "
					"/sys/devices/system/cpu/cpu%d/online'",
					peer, query.cpu, strerror(-error), query.cpu);
	}
	error = unload ? nimbos_peer_unload(dev, peer) : 0;
	return error ? fail_peer(ctl, peer, NIMBOS_CMD_PEER_UNLOAD, error) : 0;
}

int cmd_stop(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "peer", required_argument, NULL, 'p' },
		{ "unload", no_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint32_t peer = 0;
	bool unload = false;
	int opt, dev, status;

	while ((opt = getopt_long(argc, argv, "p:ujh", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			if (!ctl_number(ctl, "peer", optarg, 0, UINT32_MAX, &peer))
				return CTL_USAGE;
			break;
		case 'u':
			unload = true;
			break;
		case 'j':
			ctl->json = true;
			break;
		case 'h':
			return ctl_help(ctl);
		default:
			return ctl_usage(ctl, "try 'nimbosctl stop --help'");
		}
	}
	if (optind < argc)
		return ctl_usage(ctl, "'%s' is one argument too many", argv[optind]);
	dev = ctl_open(ctl);
	if (dev < 0)
		return CTL_FAILED;
	status = stop(ctl, dev, peer, unload);
	if (!status)
		status = ctl_answer(ctl, "peer %u is %s", peer, unload ? "unloaded" : "stopped");
	close(dev);
	return status;
}
