/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-bench: what the files share that measure in a virtual machine.
 */
#ifndef NIMBOS_BENCH_GUEST_H
#define NIMBOS_BENCH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct series - measurements of one thing, of all rounds
 * @key: in the JSON file
 * @what: for people
 * @unit: of the values
 * @at: the values
 * @n: how many there are
 * @room: for how many there is memory
 */
struct series {
	const char *key;
	const char *what;
	const char *unit;
	double *at;
	size_t n;
	size_t room;
};

void series_add(struct series *series, double value);
/* The value that @part of those from number @from on do not exceed; 0.5 for their median. */
double series_quantile(const struct series *series, size_t from, double part);

/*
 * The time-stamp counter, in ns, by the frequency that Linux has told the peer: both sides use the
 * same clock, which costs the same.
 */
double clock_ns(void);
double cycles_to_ns(double cycles);
/* Finds the frequency; first of all. Return: 0, or -1 with a message printed. */
int clock_init(void);

enum pingpong {
	BY_EVENTFD,
	BY_SIGNAL,
};

/*
 * Two processes on two CPUs wake each other @n times. Adds the time of each round trip to @series,
 * or, without, has all of them between marks.
 */
int pingpong(struct series *series, enum pingpong how, const int cpus[2], unsigned int n);

/**
 * struct way - how a shadow and a program of the peer wait for each other
 * @key: in the JSON file, and for people
 * @shadow: options of the shadow
 * @peer: mode of the peer's program
 * @polled: both sides poll, for which Linux needs a CPU more
 */
struct way {
	const char *key;
	const char *shadow;
	const char *peer;
	bool polled;
};

enum {
	WAY_POLL,
	WAY_UINTR,
	WAY_IRQ,
	NR_WAYS,
};

extern const struct way ways[NR_WAYS];

/* With a peer of its own, makes @calls null calls, between marks. Return: 0, or -1. */
int run_way(const struct way *way, const int cpus[2], unsigned int calls);

/**
 * struct legacy_call - a null call of a peer of SCF version 2, as it has noted it, in cycles
 * @begin: the program made it
 * @queued: the request was in the queue
 * @notified: the shadow had been told
 * @resumed: the program had the answer
 */
struct legacy_call {
	uint64_t begin;
	uint64_t queued;
	uint64_t notified;
	uint64_t resumed;
};

/* With a peer of its own on a CPU, makes @n of them. Return: 0, or -1. */
int run_legacy(int cpu, struct legacy_call *calls, unsigned int n);

/* stages.c: a call's stages, in their order, as the trace point names them. */
enum {
	ENQUEUE,
	NOTIFY,
	WAKE,
	EXECUTE,
	REPLY,
	RESUME,
	NR_STAGES,
};

extern const char *const stages[NR_STAGES];

/* A row for each way to wait, and behind them one for version 2. */
#define NR_STAGE_ROWS (NR_WAYS + 1)
const char *stages_row(int row);

/* Linux has it while calls are polled for, since with a single CPU shadows do not poll. */
#define THIRD_CPU 2

/* command.c: each returns 0, or -1 with a message printed. run() has the shell run a command. */
int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
int set_third_cpu(bool online);
int start_peer(int cpu);
int stop_peer(void);
/* The calling process, and all that it starts from now on. */
int pin(int cpu);

/* Writes @size bytes to @path. */
int copy_prepare(const char *path, size_t size);
/* As the peer's program "copy" does it. Return: ns, or -1 with a message printed. */
double copy_by_linux(const char *input, const char *output, size_t block_size);
/* Return: whether both hold the same; if not, that is printed. */
int copy_check(const char *input, const char *output);

/*
 * Has @n slots, each with a process of the peer that is blocked in a call; opens or closes slots as
 * it takes.
 */
int hold_slots(unsigned int n);

#endif /* NIMBOS_BENCH_GUEST_H */
