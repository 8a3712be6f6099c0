// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: the table of forwarded calls, from the one by which the shadow executes them.
 */
#include <string.h>

#include <linux/nimbos_legacy.h>
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
#define REMOTE(nr, name_, group, ...) WITH_ARGS(nr, name_, ##__VA_ARGS__)
#define HANDLED(nr, name_, group, function, ...) WITH_ARGS(nr, name_, ##__VA_ARGS__)
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

/* As linux/nimbos_legacy.h documents them; where arguments are in a buffer, its offset is all. */
#define LEGACY(nr, name_, ...) WITH_ARGS(NIMBOS_LEGACY_##nr, name_, ##__VA_ARGS__)

static const struct call_info v1_calls[] = {
	LEGACY(V1_NOP, nop)
	LEGACY(V1_READ, read, PTR)
	LEGACY(V1_WRITE, write, PTR)
	LEGACY(V1_OPEN, open, PTR)
	LEGACY(V1_CLOSE, close, PTR)
};

static const struct call_info v2_calls[] = {
	LEGACY(V2_READ, read, FD, PTR, V)
	LEGACY(V2_WRITE, write, FD, PTR, V)
	LEGACY(V2_OPEN, open, PTR, V, V)
	LEGACY(V2_CLOSE, close, FD)
	LEGACY(V2_STAT, stat, PTR)
	LEGACY(V2_EARLY_SYNC_MAP, sync_map, PTR, V, PTR, V)
	LEGACY(V2_EARLY_SYNC_UNMAP, sync_unmap, PTR, V)
	LEGACY(V2_CLONE, clone)
	LEGACY(V2_FORK, fork)
	LEGACY(V2_EXIT, exit)
	LEGACY(V2_UINTR_INIT, uintr_init)
	LEGACY(V2_IPI_INIT, ipi_init)
	LEGACY(V2_SYNC_MAP, sync_map, PTR, V, PTR, V)
	LEGACY(V2_SYNC_UNMAP, sync_unmap, PTR, V)
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Where the numbers of a table begin. */
static const struct {
	uint32_t first;
	uint32_t count;
	const struct call_info *calls;
} tables[] = {
	{ 0, COUNT(linux_calls), linux_calls },
	{ NIMBOS_SCF_NR_NOP, COUNT(scf_calls), scf_calls },
	{ NIMBOS_LEGACY_NR(1, 0), COUNT(v1_calls), v1_calls },
	{ NIMBOS_LEGACY_NR(2, 0), COUNT(v2_calls), v2_calls },
};

const struct call_info *call_find(uint32_t nr)
{
	static const struct call_info unknown;

	for (size_t i = 0; i < COUNT(tables); i++) {
		if (nr >= tables[i].first && nr - tables[i].first < tables[i].count)
			return &tables[i].calls[nr - tables[i].first];
	}
	return &unknown;
}

int call_next(const char *name, int nr)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		for (uint32_t k = 0; k < tables[i].count; k++) {
			const char *its = tables[i].calls[k].name;
			int its_nr = (int)(tables[i].first + k);

			if (its_nr > nr && its && !strcmp(its, name))
				return its_nr;
		}
	}
	return -1;
}

void call_print_names(FILE *out)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		for (uint32_t k = 0; k < tables[i].count; k++) {
			const char *name = tables[i].calls[k].name;

			/* Some are in several tables. */
			if (name && call_next(name, -1) == (int)(tables[i].first + k))
				fprintf(out, "%s\n", name);
		}
	}
}

bool call_has_name(uint32_t nr, const char *names)
{
	const char *its = call_find(nr)->name;
	const char *end;

	for (; its && *names; names = *end ? end + 1 : end) {
		end = strchrnul(names, ',');
		if (!strncmp(its, names, (size_t)(end - names)) && !its[end - names])
			return true;
	}
	return false;
}

unsigned int call_count_args(uint32_t nr, const uint64_t args[6])
{
	const struct call_info *call = call_find(nr);
	unsigned int count = 6;

	while (count && (call->has_args ? call->arg[count - 1] == KIND_NONE : !args[count - 1]))
		count--;
	return count;
}
