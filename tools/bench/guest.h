/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-bench guest: what its files share.
 */
#ifndef NIMBOS_BENCH_GUEST_H
#define NIMBOS_BENCH_GUEST_H

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

/* Two processes on two CPUs wake each other @n times; adds the time of each round trip. */
int measure_eventfd(struct series *series, const int cpus[2], unsigned int n);

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
