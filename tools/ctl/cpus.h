/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: sets of CPUs as Linux writes them.
 */
#ifndef NIMBOS_CTL_CPUS_H
#define NIMBOS_CTL_CPUS_H

#include <stdbool.h>

/* As many as a kernel can be built for. */
#define CPUS_MAX 8192

struct cpus {
	bool has[CPUS_MAX];
};

/**
 * cpus_parse() - a list as in sysfs
 * @text: as "0-3,5"; empty for none
 * @cpus: out: the set; also what was understood of a text that is no such list
 *
 * Return: how many they are, -1 if @text is no such list.
 */
int cpus_parse(const char *text, struct cpus *cpus);

/**
 * cpus_last() - the highest CPU of a set
 * @cpus: the set
 *
 * Return: its number, -1 if the set is empty.
 */
int cpus_last(const struct cpus *cpus);

/* The highest CPU that is online, or -1. */
int cpu_last(void);

#endif /* NIMBOS_CTL_CPUS_H */
