// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: serve, which starts a peer as its configuration says, and looks after it: what is
 * known of a crash is kept, and the peer started again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "service.h"

/* Shadows of a peer that is no more have so long to end, in ms. */
#define SLOTS_MS 10000
/* As long as the module waits for a peer if nobody says how long, in ms. */
#define START_TIMEOUT_MS 2000
/* What is known of a crash is written in so long, in ms, and memory so fast, in bytes in a ms. */
#define CRASH_MS 10000
#define DUMP_RATE 10000

/* What has become of the peer. */
enum outcome {
	/* Nobody else has it. */
	IS_OURS,
	HAS_FAILED,
	/* Somebody else has stopped or started it. */
	IS_LEFT,
	IS_TO_END,
	/* It has failed, and is not started again. */
	IS_GIVEN_UP,
	/* Nothing can be done with it any more, as was reported. */
	IS_OUT_OF_REACH,
};

/*
 * Signals are blocked, except where they may come: while waiting; and while a peer starts, those
 * that are to interrupt that.
 */
static volatile sig_atomic_t asked_to_end, asked_to_reload;
static sigset_t signals_let_in, signals_that_end, signals_kept_out;

static void on_signal(int number)
{
	if (number == SIGHUP)
		asked_to_reload = 1;
	else
		asked_to_end = 1;
}

static void prepare_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

	sigprocmask(SIG_SETMASK, NULL, &signals_let_in);
	signals_kept_out = signals_let_in;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], &action, NULL);
		sigdelset(&signals_let_in, numbers[i]);
		sigaddset(&signals_kept_out, numbers[i]);
	}
	signals_that_end = signals_let_in;
	sigaddset(&signals_that_end, SIGHUP);
	sigprocmask(SIG_SETMASK, &signals_kept_out, NULL);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Ask for the peer, report it if that fails. */
static int query_peer(const struct service *service, struct nimbos_query *query)
{
	unsigned int peer = service->config.start.load.peer;
	int error = nimbos_query(service->dev, peer, query);

	query->message[sizeof(query->message) - 1] = '\0';
	return error ? ctl_fail_peer(service->ctl, peer, NIMBOS_CMD_QUERY, error) : 0;
}

/* What somebody else does with the peer is not disturbed. */
static enum outcome leave(const struct service *service, const struct nimbos_query *query)
{
	service_log(service, SERVICE_TAKEN, query->state,
		    "peer %u was stopped or started by somebody else, and is left as it is",
		    query->peer);
	return IS_LEFT;
}

/* Ask for the peer before something is done with it that only its owner may do. */
static enum outcome query_own(const struct service *service, struct nimbos_query *query)
{
	if (query_peer(service, query))
		return IS_OUT_OF_REACH;
	return query->incarnation == service->incarnation ? IS_OURS : leave(service, query);
}

/*
 * Wait for a signal or until the time is over, UINT64_MAX for ever; with @news also until there is
 * something new of the peer since it was asked for.
 */
static void wait_ms(const struct service *service, bool news, uint64_t ms)
{
	struct pollfd pollfd = { .fd = service->dev, .events = POLLPRI };
	const struct timespec timeout = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	struct nimbos_query query;

	ppoll(&pollfd, news ? 1 : 0, ms == UINT64_MAX ? NULL : &timeout, &signals_let_in);
	if (!asked_to_reload || query_peer(service, &query))
		return;
	asked_to_reload = 0;
	service_log(service, SERVICE_NOT_RELOADED, query.state,
		    "nothing is read again while peer %u is served; restart the service for that",
		    query.peer);
}

static void tell_up(struct service *service, const struct nimbos_query *query,
		    enum service_event event)
{
	struct start *start = &service->config.start;

	service->incarnation = query->incarnation;
	service->up_ms = now_ms();
	/* It gets the same again if it has to be started anew. */
	start->start.cpu = (uint32_t)query->cpu;
	start->have_cpu = true;
	/* Huge pages are found with the peer, or taken anew if it has been unloaded. */
	if (!start->have_huge_pages) {
		start->region = (struct region){ query->region_base, query->region_size };
		start->have_region = true;
	}
	service_log(service, event, query->state, "peer %u runs on CPU %d, started %u %s%s",
		    query->peer, query->cpu, query->incarnation,
		    query->incarnation == 1 ? "time" : "times",
		    event == SERVICE_ADOPTED ? ", and is looked after again" : "");
	if (service->watchdog_us)
		sd_notifyf(0, "WATCHDOG_USEC=%llu", (unsigned long long)service->watchdog_us);
	sd_notify(0, "READY=1");
}

/*
 * The service manager waits so much longer: for the next word that all is well, and for the first
 * one that the peer is up, if there was none yet.
 */
static void ask_for_time(const struct service *service, uint64_t ms)
{
	if (service->watchdog_us)
		sd_notifyf(0, "WATCHDOG_USEC=%llu",
			   (unsigned long long)(service->watchdog_us + 1000 * ms));
	sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%llu", (unsigned long long)(1000 * ms));
}

/* While the peer is started again. */
static void ask_for_delay(const struct service *service, uint32_t delay_ms)
{
	uint32_t timeout_ms = service->config.start.start.timeout_ms;

	ask_for_time(service, SLOTS_MS + delay_ms + (timeout_ms ? timeout_ms : START_TIMEOUT_MS));
}

static void keep_crash(const struct service *service, const struct nimbos_query *query)
{
	ask_for_time(service,
		     CRASH_MS + (service->config.dump ? query->region_size / DUMP_RATE : 0));
	service_keep_crash(service, query);
}

/* Memory cannot be given to anybody while slots are in it. */
static enum outcome wait_for_slots(const struct service *service)
{
	uint64_t now = now_ms(), end = now + SLOTS_MS;
	struct nimbos_query query;
	enum outcome outcome;

	for (;;) {
		outcome = query_own(service, &query);
		if (outcome != IS_OURS || !(query.slots_used + query.slots_dying) || now >= end)
			return outcome;
		wait_ms(service, true, end - now);
		now = now_ms();
	}
}

/* Take the CPU from the peer if it has one, and wait until nothing is in its memory. */
static enum outcome stop(const struct service *service)
{
	struct nimbos_query query;
	enum outcome outcome = query_own(service, &query);

	if (outcome != IS_OURS)
		return outcome;
	if (peer_has_cpu(&query) && peer_stop(service->ctl, service->dev, &query))
		return IS_OUT_OF_REACH;
	return wait_for_slots(service);
}

/* Return: 0, also if it is somebody else's by now, or an exit status. */
static int give_back(const struct service *service)
{
	unsigned int peer = service->config.start.load.peer;
	struct nimbos_query query;
	int status = query_peer(service, &query);
	enum outcome outcome;
	int error;

	if (status || query.state == NIMBOS_PEER_OFFLINE)
		return status;
	sd_notify(0, "STOPPING=1");
	outcome = stop(service);
	if (outcome != IS_OURS)
		return outcome == IS_LEFT ? 0 : CTL_FAILED;
	error = nimbos_peer_unload(service->dev, peer);
	if (error)
		return ctl_fail_peer(service->ctl, peer, NIMBOS_CMD_PEER_UNLOAD, error);
	service_log(service, SERVICE_STOPPED, NIMBOS_PEER_OFFLINE, "peer %u is stopped", peer);
	return 0;
}

/* Load and start the peer, which has no CPU. */
static int start_peer(struct service *service)
{
	struct start *start = &service->config.start;
	struct nimbos_query query;
	int status = query_peer(service, &query);

	if (!status)
		status = start_load(service->ctl, service->dev, start);
	if (status)
		return status;
	service_remember(service, query.incarnation + 1);
	sigprocmask(SIG_SETMASK, &signals_that_end, NULL);
	/* A signal that comes behind this look may have to wait until the peer is up. */
	status = asked_to_end ? CTL_FAILED : start_run(service->ctl, service->dev, start);
	sigprocmask(SIG_SETMASK, &signals_kept_out, NULL);
	if (query_peer(service, &query))
		return CTL_FAILED;
	if (!status) {
		tell_up(service, &query, SERVICE_UP);
		return 0;
	}
	/* One that has a CPU now has it from somebody else, who was faster. */
	if (!peer_has_cpu(&query))
		service->incarnation = query.incarnation;
	/* One that has not executed a thing is as it was loaded. */
	if (query.state == NIMBOS_PEER_STOPPED && !asked_to_end)
		keep_crash(service, &query);
	return status;
}

/*
 * The peer is this service's from now on: it is started, unless it runs already.
 * Return: 0 or an exit status; a first start that fails is not repeated.
 */
static int take_up(struct service *service)
{
	struct nimbos_query query;
	int status = query_peer(service, &query);

	if (status)
		return status;
	service->incarnation = query.incarnation;
	if (!peer_has_cpu(&query)) {
		status = start_peer(service);
		if (status && query.state == NIMBOS_PEER_OFFLINE)
			nimbos_peer_unload(service->dev, query.peer);
		return status ? CTL_PEER_FAILED : 0;
	}
	if (!service_recognizes(service, &query))
		return ctl_fail(service->ctl,
				"peer %u %s on CPU %d, and was not started by '%s' with image '%s' "
				"as it is now; stop it with 'nimbosctl stop --peer=%u'",
				query.peer,
				query.state == NIMBOS_PEER_FAILED ? "has failed" : "runs already",
				query.cpu, service->name, service->config.start.image, query.peer);
	if (query.state == NIMBOS_PEER_RUNNING)
		tell_up(service, &query, SERVICE_ADOPTED);
	return 0;
}

/* As long as the peer runs, tell the service manager that it does. */
static enum outcome look_after(const struct service *service, struct nimbos_query *query)
{
	uint64_t pause_ms = service->watchdog_us ? service->watchdog_us / 3000 : UINT64_MAX;
	enum outcome outcome;

	while (!asked_to_end) {
		outcome = query_own(service, query);
		if (outcome != IS_OURS)
			return outcome;
		if (!peer_has_cpu(query))
			return leave(service, query);
		if (query->state == NIMBOS_PEER_FAILED)
			return HAS_FAILED;
		sd_notify(0, "WATCHDOG=1");
		wait_ms(service, true, pause_ms);
	}
	return IS_TO_END;
}

/* Stop a peer that has failed, and wait until it may be started again. */
static enum outcome delay(struct service *service, uint64_t lasted_ms)
{
	uint32_t ms = backoff_next(&service->config.backoff, lasted_ms);
	uint64_t end = now_ms() + ms, now;
	struct nimbos_query query;
	enum outcome outcome = query_own(service, &query);

	if (outcome != IS_OURS)
		return outcome;

	ask_for_delay(service, ms);
	service_log(service, SERVICE_DELAYED, query.state, "peer %u is started again in %u ms",
		    query.peer, ms);
	outcome = stop(service);
	if (outcome != IS_OURS)
		return outcome;
	for (now = now_ms(); now < end && !asked_to_end; now = now_ms())
		wait_ms(service, false, end - now);
	return asked_to_end ? IS_TO_END : query_own(service, &query);
}

/* The peer has failed: keep what is known of it, and start it again if that is wanted. */
static enum outcome recover(struct service *service, struct nimbos_query *query)
{
	uint64_t lasted_ms = now_ms() - service->up_ms;
	enum outcome outcome;

	service_log(service, SERVICE_FAILED, query->state, "peer %u has failed: %s", query->peer,
		    query->message);
	keep_crash(service, query);
	if (!service->config.restart)
		return IS_GIVEN_UP;
	do {
		outcome = delay(service, lasted_ms);
		if (outcome != IS_OURS)
			return outcome;
		lasted_ms = 0;
	} while (start_peer(service) && !asked_to_end);
	return asked_to_end ? IS_TO_END : IS_OURS;
}

static int serve(struct service *service)
{
	struct nimbos_query query;
	enum outcome outcome;
	int status = take_up(service);

	if (status)
		return asked_to_end ? CTL_OK : status;
	do {
		outcome = look_after(service, &query);
		if (outcome == HAS_FAILED)
			outcome = recover(service, &query);
	} while (outcome == IS_OURS);
	if (outcome == IS_LEFT)
		return CTL_OK;
	status = give_back(service);
	if (outcome == IS_GIVEN_UP)
		return CTL_PEER_FAILED;
	return outcome == IS_TO_END ? status : CTL_FAILED;
}

/* Whoever holds it is the one service of this name. Return: its directory's descriptor, or -1. */
static int take_directory(const struct service *service)
{
	int fd;

	if ((mkdir(SERVICE_DIRECTORY, 0755) && errno != EEXIST) ||
	    (mkdir(service->directory, 0700) && errno != EEXIST)) {
		ctl_fail(service->ctl, "'%s' cannot be made: %s; run this as root",
			 service->directory, strerror(errno));
		return -1;
	}
	fd = open(service->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	if (fd >= 0 && errno == EWOULDBLOCK)
		ctl_fail(service->ctl, "'%s' is being served already; stop that first",
			 service->name);
	else
		ctl_fail(service->ctl, "'%s' cannot be used: %s", service->directory,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_and_serve(struct service *service)
{
	int directory, status = CTL_FAILED;

	directory = take_directory(service);
	if (directory < 0)
		return CTL_FAILED;
	service->dev = ctl_open(service->ctl);
	if (service->dev >= 0) {
		prepare_signals();
		status = serve(service);
		close(service->dev);
	}
	close(directory);
	return status;
}

int cmd_serve(struct ctl *ctl, int argc, char **argv)
{
	const struct option_spec options[] = { OPTION_END };
	struct service service = { .ctl = ctl };
	char error[CONFIG_ERROR_SIZE];
	char **rest;
	int status = ctl_options_rest(ctl, argc, argv, options, &rest);

	if (status)
		return status;
	if (!rest[0] || rest[1] || strchr(rest[0], '/'))
		return ctl_usage(ctl, "one name is wanted, of a configuration " CONFIG_DIRECTORY
				      "/NAME.conf");
	service.name = rest[0];
	if (service_config_read(service.name, &service.config, error))
		return ctl_usage(ctl, "%s", error);
	status = start_check(ctl, &service.config.start);
	if (status)
		return status;
	snprintf(service.directory, sizeof(service.directory), SERVICE_DIRECTORY "/%s",
		 service.name);
	sd_watchdog_enabled(0, &service.watchdog_us);
	return open_and_serve(&service);
}
