// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU that counts the instructions that each virtual CPU executes between the marks
 * of mark.h, whichever CPU executes those.
 *
 * To be loaded by -plugin FILE,out=PATH: each end mark adds a line to PATH, with a number for each
 * CPU. While one CPU executes a mark, others go on, unless QEMU runs them in turns (thread=single).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <qemu-plugin.h>

#include "mark.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

#define MAX_CPUS 64

/* Of a CPU, on a cache line of its own; only written by whoever executes for it, or marks. */
static struct count {
	_Alignas(64) uint64_t now;
	uint64_t at_begin;
} counts[MAX_CPUS];

static FILE *out;

static void count(unsigned int cpu, void *unused)
{
	(void)unused;
	counts[cpu].now++;
}

static void begin(unsigned int cpu, void *unused)
{
	int i;

	(void)cpu;
	(void)unused;
	for (i = 0; i < qemu_plugin_num_vcpus(); i++)
		counts[i].at_begin = counts[i].now;
}

static void end(unsigned int cpu, void *unused)
{
	int i;

	(void)cpu;
	(void)unused;
	for (i = 0; i < qemu_plugin_num_vcpus(); i++)
		fprintf(out, "%s%lu", i ? " " : "", counts[i].now - counts[i].at_begin);
	fputc('\n', out);
	fflush(out);
}

static void look_for_mark(struct qemu_plugin_insn *insn)
{
	static const unsigned char opcode[] = { 0x0f, 0x1f, 0x84, 0x00 };
	unsigned char data[MARK_SIZE];
	uint32_t displacement;

	if (qemu_plugin_insn_size(insn) != sizeof(data))
		return;
	qemu_plugin_insn_data(insn, data, sizeof(data));
	memcpy(&displacement, data + sizeof(opcode), sizeof(displacement));
	if (memcmp(data, opcode, sizeof(opcode)))
		return;
	if (displacement == MARK_BEGIN)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
	else if (displacement == MARK_END)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/*
 * One by one, since a fault may end a block before its end; and by a callback, since QEMU 10.0,
 * when it runs CPUs in turns, counts at the wrong address by itself.
 */
static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i;

	(void)id;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, count, QEMU_PLUGIN_CB_NO_REGS, NULL);
		look_for_mark(insn);
	}
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	if (info->system.max_vcpus > MAX_CPUS) {
		fprintf(stderr, "nimbos-bench plugin: %d CPUs, %d is the most\n",
			info->system.max_vcpus, MAX_CPUS);
		return -1;
	}
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "nimbos-bench plugin: want one option, out=PATH\n");
		return -1;
	}
	out = fopen(argv[0] + 4, "w");
	if (!out) {
		fprintf(stderr, "nimbos-bench plugin: cannot write %s: %s\n", argv[0] + 4,
			strerror(errno));
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
