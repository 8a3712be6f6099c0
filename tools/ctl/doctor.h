/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: doctor, which looks at a machine before a peer is started there. It reads files below
 * a root, and nothing else where that is not the running system's.
 */
#ifndef NIMBOS_CTL_DOCTOR_H
#define NIMBOS_CTL_DOCTOR_H

#include "cpus.h"
#include "ctl.h"

enum verdict {
	VERDICT_OK,
	VERDICT_WARNING,
	VERDICT_FAIL,
};

/**
 * struct doctor - a machine, and what has been found
 * @ctl: of the command
 * @root: what its paths begin with; empty for the running system
 * @release: of its kernel, as uname -r prints it
 * @cmdline: its kernel's command line
 * @cpuinfo: the flags of its processor, with a blank before and behind each
 * @config: its kernel's configuration; NULL if that is not there
 * @online: its CPUs that Linux uses
 * @online_count: how many they are
 * @candidate: the CPU that a peer gets if nobody says which; -1 for none
 * @has_uintr: its processor has user interrupts
 * @findings: an array of all that has been found, for people and in JSON
 * @worst: the worst that has been found
 * @no_memory: something is missing in @findings
 */
struct doctor {
	const struct ctl *ctl;
	const char *root;
	char *release;
	char *cmdline;
	char *cpuinfo;
	char *config;
	struct cpus online;
	int online_count;
	int candidate;
	bool has_uintr;
	cJSON *findings;
	enum verdict worst;
	bool no_memory;
};

/**
 * doctor_found() - note what has been found
 * @doctor: the machine
 * @verdict: how good that is
 * @check: what was looked at
 * @cause: a word for what is wrong, which does not change; NULL if nothing is
 * @format: what was found
 */
__attribute__((format(printf, 5, 6))) void doctor_found(struct doctor *doctor, enum verdict verdict,
							const char *check, const char *cause,
							const char *format, ...);

/* Say what to do about the last thing that has been found. */
__attribute__((format(printf, 2, 3))) void doctor_remedy(struct doctor *doctor, const char *format,
							 ...);

/* doctor_files.c */

/* Read a text file of the machine. Return: the text, to be freed; NULL with errno. */
__attribute__((format(printf, 2, 3))) char *doctor_read(const struct doctor *doctor,
							const char *format, ...);

/* Read bytes of a file of the machine. Return: whether there are so many. */
__attribute__((format(printf, 5, 6))) bool doctor_read_at(const struct doctor *doctor, off_t offset,
							  void *to, size_t size, const char *format,
							  ...);

/* A path below the machine's root, to be freed; NULL if there is no memory. */
__attribute__((format(printf, 2, 3))) char *doctor_path(const struct doctor *doctor,
							const char *format, ...);

/* Whether the machine has this file. */
__attribute__((format(printf, 2, 3))) bool doctor_has(const struct doctor *doctor,
						      const char *format, ...);

/* Execute CPUID there. Return: false if that cannot be done; else EAX to EDX are in @regs. */
bool doctor_cpuid(const struct doctor *doctor, uint32_t leaf, uint32_t regs[4]);

/* Whether the processor has a feature, as /proc/cpuinfo names it. */
bool doctor_cpu_has(const struct doctor *doctor, const char *flag);

/* Whether the kernel has a part built in or as a module; also if its configuration is not known. */
bool doctor_config_has(const struct doctor *doctor, const char *option);

/* Whether the kernel's command line has a parameter, with any value. */
bool doctor_cmdline_has(const struct doctor *doctor, const char *name);

/* Read a list of CPUs below /sys/devices/system/cpu. Return: how many; -1 if it is not there. */
int doctor_read_cpus(const struct doctor *doctor, const char *name, struct cpus *cpus);

/* How to have something on the kernel's command line, as a remedy. */
void doctor_remedy_cmdline(struct doctor *doctor, const char *parameters);

/* doctor_machine.c */
void doctor_check_processor(struct doctor *doctor);
void doctor_check_apic(struct doctor *doctor);
void doctor_check_vectors(struct doctor *doctor);
void doctor_check_page_tables(struct doctor *doctor);
void doctor_check_uintr(struct doctor *doctor);
void doctor_check_rvm(struct doctor *doctor);

/* doctor_cpus.c */
void doctor_check_cpus(struct doctor *doctor);
void doctor_check_isolation(struct doctor *doctor);

/* doctor_memory.c */
void doctor_check_memory(struct doctor *doctor);

/* doctor_kernel.c */
void doctor_check_kernel(struct doctor *doctor);
void doctor_check_config(struct doctor *doctor);
void doctor_check_lockdown(struct doctor *doctor);

/* doctor_module.c */
void doctor_check_module(struct doctor *doctor);
void doctor_check_device(struct doctor *doctor);

/* Find the kernel module for the machine's kernel. Return: its path below the root, to be freed. */
char *doctor_find_module(const struct doctor *doctor);

#endif /* NIMBOS_CTL_DOCTOR_H */
