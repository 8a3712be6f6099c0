// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench native: the rings themselves, between two threads on two cores of this machine.
 *
 * A null call is compared with the least that any call could cost, a cache line that goes to the
 * other core and one that comes back. Both are measured in turns, round by round, so that what else
 * the machine does in the meantime hits both alike. All four loops wait with nimbos_relax(), which
 * makes the bare line faster than loops without. The unit of a measurement is a train of round
 * trips that is long against the cost of reading the clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "nimbos_local.h"
#include "nimbos_mem.h"
#include "../lib/nimbos_ring.h"

#define DEPTH 128
#define TRAIN 32
#define TRAINS 200
/* Over in less time than a scheduler on a busy machine gives away at once. */
#define CALLS 4000

enum mode {
	MODE_IDLE,
	MODE_LINE,
	MODE_RING,
	MODE_QUIT,
};

/* Everything that the two threads share, apart from the rings. */
struct shared {
	_Alignas(128) uint32_t ping;
	_Alignas(128) uint32_t pong;
	_Alignas(128) uint32_t mode;
	_Alignas(128) uint32_t acted;
	struct nimbos_ring ring;
};

struct native {
	struct shared *shared;
	struct nimbos_local local;
	struct nimbos_client_slot slot;
	struct nimbos_client_lane lane;
	struct nimbos_client_call calls[DEPTH];
};

static __u64 now_ns(struct nimbos_client *client)
{
	struct timespec now;

	(void)client;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Nobody sleeps here; whoever is asked to has a bug. */
static void send_ipi(struct nimbos_client *client, __u64 route, struct nimbos_client_lane *lane)
{
	(void)client;
	(void)route;
	(void)lane;
	abort();
}

static void lane_sleep(struct nimbos_client_lane *lane, __u64 deadline_ns)
{
	(void)lane;
	(void)deadline_ns;
	abort();
}

static const struct nimbos_client_ops ops = {
	.send_ipi = send_ipi,
	.now_ns = now_ns,
	.sleep = lane_sleep,
};

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

/* The other end of a bare cache line: answer until told otherwise. */
static void serve_line(struct shared *shared)
{
	uint32_t next = nimbos_read(&shared->pong) + 1;

	for (;;) {
		while (nimbos_load_acquire(&shared->ping) != next) {
			if (nimbos_read(&shared->mode) != MODE_LINE)
				return;
			nimbos_relax();
		}
		nimbos_store_release(&shared->pong, next++);
	}
}

static void serve_ring(struct shared *shared)
{
	struct nimbos_ring *ring = &shared->ring;
	struct nimbos_scf_req req;

	for (;;) {
		while (nimbos_ring_receive(ring, &req) != 1) {
			if (nimbos_read(&shared->mode) != MODE_RING)
				return;
			nimbos_relax();
		}
		nimbos_ring_respond(ring, 0, 0, req.cookie);
		if (nimbos_ring_need_notify(ring))
			abort();
	}
}

static void *server(void *arg)
{
	struct native *native = arg;
	struct shared *shared = native->shared;
	uint32_t mode;

	for (;;) {
		mode = nimbos_load_acquire(&shared->mode);
		nimbos_store_release(&shared->acted, mode);
		switch (mode) {
		case MODE_LINE:
			serve_line(shared);
			break;
		case MODE_RING:
			serve_ring(shared);
			break;
		case MODE_QUIT:
			return NULL;
		default:
			sched_yield();
		}
	}
}

static void set_mode(struct native *native, enum mode mode)
{
	nimbos_store_release(&native->shared->mode, mode);
	while (nimbos_load_acquire(&native->shared->acted) != mode)
		sched_yield();
}

/* Round trips by a bare cache line each way; ns for each. */
static double line_train(struct native *native)
{
	struct shared *shared = native->shared;
	uint32_t next = nimbos_read(&shared->ping);
	uint64_t start = now_ns(NULL);
	int i;

	for (i = 0; i < TRAIN; i++) {
		nimbos_store_release(&shared->ping, ++next);
		while (nimbos_load_acquire(&shared->pong) != next)
			nimbos_relax();
	}
	return (double)(now_ns(NULL) - start) / TRAIN;
}

/* Round trips by calls that do nothing; ns for each. */
static double ring_train(struct native *native)
{
	uint64_t start = now_ns(NULL);
	int i;

	for (i = 0; i < TRAIN; i++)
		if (nimbos_client_call6(&native->lane, NIMBOS_SCF_NR_NOP, 1, 2, 3, 4, 5, 6))
			abort();
	return (double)(now_ns(NULL) - start) / TRAIN;
}

/* Calls per second with @in_flight of them under way, over @calls calls. */
static double throughput(struct native *native, unsigned int in_flight, unsigned int calls)
{
	static const uint64_t args[6];
	struct nimbos_client_result results[DEPTH];
	unsigned int submitted = 0, done = 0;
	uint64_t start = now_ns(NULL);
	int ret;

	while (done < calls) {
		while (submitted < calls && submitted - done < in_flight) {
			if (nimbos_client_submit(&native->lane, NIMBOS_SCF_NR_NOP, (void *)args, 0))
				abort();
			submitted++;
		}
		if (nimbos_client_wait(&native->lane, NIMBOS_FOREVER, NIMBOS_FOREVER))
			abort();
		ret = nimbos_client_reap(&native->lane, results, DEPTH);
		if (ret <= 0)
			abort();
		done += ret;
	}
	return calls * 1e9 / (now_ns(NULL) - start);
}

static void measure_latency(struct native *native, struct bench_report *report,
			    unsigned int rounds)
{
	size_t n = (size_t)rounds * TRAINS;
	double *line = calloc(n, sizeof(*line));
	double *ring = calloc(n, sizeof(*ring));
	double *ratio = calloc(rounds, sizeof(*ratio));
	struct bench_stats line_stats, ring_stats;
	double line_median, ring_median;
	double copy[TRAINS];
	unsigned int round;
	size_t at;
	int i;

	if (!line || !ring || !ratio)
		abort();
	for (round = 0; round < rounds; round++) {
		at = (size_t)round * TRAINS;
		set_mode(native, MODE_LINE);
		for (i = 0; i < TRAINS; i++)
			line[at + i] = line_train(native);
		set_mode(native, MODE_RING);
		for (i = 0; i < TRAINS; i++)
			ring[at + i] = ring_train(native);
		memcpy(copy, &line[at], sizeof(copy));
		line_median = bench_stats(copy, TRAINS).median;
		memcpy(copy, &ring[at], sizeof(copy));
		ring_median = bench_stats(copy, TRAINS).median;
		ratio[round] = ring_median / line_median;
	}
	line_stats = bench_stats(line, n);
	ring_stats = bench_stats(ring, n);
	bench_report_stats(report, "native_cacheline", "native: cache line there and back", "ns",
			   line_stats);
	bench_report_stats(report, "native_polled", "native: null call, polled", "ns", ring_stats);
	bench_report_stats(report, "native_ratio", "native: null call / cache line, by round", "",
			   bench_stats(ratio, rounds));
	bench_report_number(report, "native_polled_vs_cacheline",
			    ring_stats.median / line_stats.median);
	free(line);
	free(ring);
	free(ratio);
}

static void measure_throughput(struct native *native, struct bench_report *report,
			       unsigned int rounds)
{
	static const struct {
		unsigned int in_flight;
		const char *key;
		const char *what;
	} cases[] = {
		{ 1, "native_calls_1", "native: null calls, 1 in flight" },
		{ 8, "native_calls_8", "native: null calls, 8 in flight" },
		{ 64, "native_calls_64", "native: null calls, 64 in flight" },
	};
	double *samples = calloc(rounds, sizeof(*samples));
	unsigned int round;
	size_t i;

	if (!samples)
		abort();
	set_mode(native, MODE_RING);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (round = 0; round < rounds; round++)
			samples[round] = throughput(native, cases[i].in_flight, CALLS);
		bench_report_stats(report, cases[i].key, cases[i].what, "calls/s",
				   bench_stats(samples, rounds));
	}
	free(samples);
}

int bench_native(const struct bench_options *options)
{
	unsigned int rounds = options->rounds ? options->rounds : 50;
	struct native *native = calloc(1, sizeof(*native));
	struct shared *shared = aligned_alloc(128, sizeof(*shared));
	struct bench_report *report = NULL;
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;
	int ret;

	if (!native || !shared)
		abort();
	memset(shared, 0, sizeof(*shared));
	native->shared = shared;
	ret = nimbos_local_open(&native->local, &ops, 1, 1, DEPTH);
	if (ret) {
		fprintf(stderr, "nimbos-bench: no memory for a slot: %s\n", strerror(-ret));
		return 1;
	}
	nimbos_ring_init(&shared->ring, nimbos_local_control(&native->local, 0), 0, DEPTH);
	if (nimbos_client_slot_attach(&native->local.client, &native->slot, 0, 1) ||
	    nimbos_client_lane_open(&native->slot, &native->lane, 0, native->calls, DEPTH))
		abort();
	native->lane.poll_ns = NIMBOS_FOREVER;

	CPU_ZERO(&set);
	CPU_SET(options->cpus[1], &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	ret = pin(options->cpus[0]);
	if (!ret)
		ret = -pthread_create(&thread, &attr, server, native);
	pthread_attr_destroy(&attr);
	if (ret) {
		fprintf(stderr, "nimbos-bench: cannot run on CPUs %d and %d: %s; see --cpus\n",
			options->cpus[0], options->cpus[1], strerror(-ret));
		return 1;
	}

	report = bench_report_open(options->json);
	if (report) {
		measure_latency(native, report, rounds);
		measure_throughput(native, report, rounds);
	}
	set_mode(native, MODE_QUIT);
	pthread_join(thread, NULL);
	nimbos_local_close(&native->local);
	free(shared);
	free(native);
	return !report || bench_report_close(report) ? 1 : 0;
}
