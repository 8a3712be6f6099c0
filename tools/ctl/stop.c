// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: stop.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

int peer_stop(const struct ctl *ctl, int dev, const struct nimbos_query *query)
{
	int error;

	ctl_progress(ctl, "stopping peer %u", query->peer);
	error = nimbos_peer_stop(dev, query->peer);
	if (error == -ENOTCONN || error == -EPERM)
		return ctl_fail_peer(ctl, query->peer, NIMBOS_CMD_PEER_STOP, error);
	if (error)
		return ctl_fail(ctl,
				"peer %u is stopped, but Linux could not bring CPU %d online (%s); "
				"try 'echo 1 > /sys/devices/system/cpu/cpu%d/online'",
				query->peer, query->cpu, strerror(-error), query->cpu);
	return 0;
}

static int stop(const struct ctl *ctl, int dev, unsigned int peer, bool unload)
{
	struct nimbos_query query;
	int error, status;

	error = nimbos_query(dev, peer, &query);
	if (error)
		return ctl_fail_peer(ctl, peer, NIMBOS_CMD_QUERY, error);
	if (!unload || peer_has_cpu(&query)) {
		status = peer_stop(ctl, dev, &query);
		if (status)
			return status;
	}
	error = unload ? nimbos_peer_unload(dev, peer) : 0;
	return error ? ctl_fail_peer(ctl, peer, NIMBOS_CMD_PEER_UNLOAD, error) : 0;
}

int cmd_stop(struct ctl *ctl, int argc, char **argv)
{
	uint32_t peer = 0;
	bool unload = false;
	const struct option_spec options[] = {
		OPTION_PEER(&peer),
		OPTION("unload", 'u', OPTION_FLAG, &unload),
		OPTION_END,
	};
	int status = ctl_options(ctl, argc, argv, options);
	int dev;

	if (status)
		return status;
	dev = ctl_open(ctl);
	if (dev < 0)
		return CTL_FAILED;
	status = stop(ctl, dev, peer, unload);
	if (!status)
		status = ctl_answer(ctl, "peer %u is %s", peer, unload ? "unloaded" : "stopped");
	close(dev);
	return status;
}
