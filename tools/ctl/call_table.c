// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: the table of forwarded calls, from the one by which the shadow executes them.
 */
#include <string.h>

#include <linux/nimbos_scf.h>

#include "call_table.h"

/* The words of calls.def: whatever memory a pointer leads to, it cannot be read from here. */
#define V KIND_VALUE
#define FD KIND_FD
#define PTR KIND_POINTER
#define STR KIND_POINTER
#define MEM(n) KIND_POINTER
#define BUF(k) KIND_POINTER
#define ARR(k, n) KIND_POINTER
#define HEAD(n, k) KIND_POINTER
#define IOV(k) KIND_POINTER
#define ADDR KIND_POINTER
#define SOCKLEN(k) KIND_POINTER
#define DROP KIND_POINTER

#define WITH_ARGS(nr, name_, ...) \
	[nr] = { .name = #name_, .arg = { __VA_ARGS__ }, .has_args = true },
#define REMOTE(nr, name_, ...) WITH_ARGS(nr, name_, ##__VA_ARGS__)
#define HANDLED(nr, name_, function, ...) WITH_ARGS(nr, name_, ##__VA_ARGS__)
#define LOCAL(nr, name_) [nr] = { .name = #name_ },
#define DUAL LOCAL
#define DENIED LOCAL
#define UNSUPPORTED LOCAL

static const struct call_info linux_calls[] = {
#include "../shadow/calls.def"
};

/* As linux/nimbos_scf.h documents them. */
#define SCF(nr, name_, ...) WITH_ARGS(NIMBOS_SCF_NR_##nr - NIMBOS_SCF_NR_NOP, name_, ##__VA_ARGS__)

static const struct call_info scf_calls[] = {
	SCF(NOP, nop)
	SCF(PROCINFO, procinfo, PTR, V)
	SCF(FORK, fork)
	SCF(CLONE, clone, V)
	SCF(EXEC, exec, PTR)
	SCF(EXIT, exit)
	SCF(EXIT_GROUP, exit_group, V)
	SCF(MMAP, mmap, PTR, V, V, V, FD, V)
	SCF(MUNMAP, munmap, PTR, V)
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct call_info *call_find(uint32_t nr)
{
	static const struct call_info unknown;

	if (nr < COUNT(linux_calls))
		return &linux_calls[nr];
	if (nr >= NIMBOS_SCF_NR_NOP && nr - NIMBOS_SCF_NR_NOP < COUNT(scf_calls))
		return &scf_calls[nr - NIMBOS_SCF_NR_NOP];
	return &unknown;
}

int call_next(const char *name, int nr)
{
	const int end = NIMBOS_SCF_NR_NOP + (int)COUNT(scf_calls);

	for (nr++; nr < end; nr++) {
		const char *its = call_find((uint32_t)nr)->name;

		if (its && !strcmp(its, name))
			return nr;
	}
	return -1;
}

unsigned int call_count_args(uint32_t nr, const uint64_t args[6])
{
	const struct call_info *call = call_find(nr);
	unsigned int count = 6;

	while (count && (call->has_args ? call->arg[count - 1] == KIND_NONE : !args[count - 1]))
		count--;
	return count;
}
