/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: a peer as a service: serve.c, and what it is made of.
 */
#ifndef NIMBOS_CTL_SERVICE_H
#define NIMBOS_CTL_SERVICE_H

#include <limits.h>

#include "../common/config.h"
#include "backoff.h"
#include "start.h"

/* Where services keep what they have to remember, each in a directory of its own. */
#define SERVICE_DIRECTORY "/var/lib/nimbos"

/**
 * struct service_config - what a configuration says of a peer and its service
 * @start: how to load and start the peer
 * @restart: whether it is started again when it has failed
 * @backoff: and how long after that
 * @crashes: of how many crashes something is kept
 * @dump: whether memory is, too
 */
struct service_config {
	struct start start;
	bool restart;
	struct backoff backoff;
	uint32_t crashes;
	bool dump;
};

/**
 * struct service - a service
 * @ctl: how to report
 * @name: its name
 * @directory: what it has to remember
 * @config: what it was told
 * @dev: the device
 * @watchdog_us: so often, in us, the service manager wants to hear that all is well; 0 for never
 * @incarnation: which start of the peer was the last one of this service; one that is later is
 *	somebody else's
 * @up_ms: when that was up, in ms of the monotonic clock
 */
struct service {
	const struct ctl *ctl;
	const char *name;
	char directory[PATH_MAX / 2];
	struct service_config config;
	int dev;
	uint64_t watchdog_us;
	uint32_t incarnation;
	uint64_t up_ms;
};

/*
 * service_config.c: read a configuration by its name or path; @error: out: what is wrong.
 * Return: 0 or a negative errno.
 */
int service_config_read(const char *name, struct service_config *config,
			char error[CONFIG_ERROR_SIZE]);

/* service_log.c */

enum service_event {
	SERVICE_UP,
	SERVICE_ADOPTED,
	SERVICE_FAILED,
	SERVICE_KEPT,
	SERVICE_DELAYED,
	SERVICE_TAKEN,
	SERVICE_NOT_RELOADED,
	SERVICE_STOPPED,
};

/*
 * Log what has happened: with fields to the journal, if standard error leads there, else as text or
 * in JSON to standard output; and tell the service manager.
 */
__attribute__((format(printf, 4, 5))) void service_log(const struct service *service,
						       enum service_event event, uint32_t state,
						       const char *format, ...);

/* service_crash.c: keep what is known of a crash, in place of the oldest one if need be. */
void service_keep_crash(const struct service *service, const struct nimbos_query *query);

/* service_running.c: which peer runs, for a service that takes the place of one that was killed. */

/*
 * A start is about to happen, whose number is known. Report it if that cannot be kept, upon which
 * no peer is recognized any more.
 */
void service_remember(const struct service *service, uint32_t incarnation);

/* Whether a peer that has a CPU was started by this service, with the image that it has now. */
bool service_recognizes(const struct service *service, const struct nimbos_query *query);

#endif /* NIMBOS_CTL_SERVICE_H */
