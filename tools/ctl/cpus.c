// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: sets of CPUs as Linux writes them.
 */
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "text.h"

int cpus_parse(const char *text, struct cpus *cpus)
{
	unsigned long first, last;
	int count = 0;
	char *rest;

	memset(cpus, 0, sizeof(*cpus));
	while (*text && *text != '\n') {
		first = strtoul(text, &rest, 10);
		last = first;
		if (rest == text)
			return -1;
		if (*rest == '-')
			last = strtoul(rest + 1, &rest, 10);
		if (last < first || last >= CPUS_MAX || (*rest && *rest != ',' && *rest != '\n'))
			return -1;
		for (; first <= last; first++) {
			count += !cpus->has[first];
			cpus->has[first] = true;
		}
		text = rest + (*rest == ',');
	}
	return count;
}

int cpus_last(const struct cpus *cpus)
{
	int cpu;

	for (cpu = CPUS_MAX - 1; cpu >= 0 && !cpus->has[cpu]; cpu--)
		;
	return cpu;
}

int cpu_last(void)
{
	char *online = read_text("/sys/devices/system/cpu/online");
	struct cpus cpus;
	int cpu = -1;

	if (online && cpus_parse(online, &cpus) > 0)
		cpu = cpus_last(&cpus);
	free(online);
	return cpu;
}
