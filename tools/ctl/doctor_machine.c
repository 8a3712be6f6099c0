// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor: the processor, its interrupts and page tables.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

/* From the module's rules for user interrupts, and RVM1.5's own. */
#define CPUID_7_EDX_UINTR (1u << 5)
#define CPUID_RVM 0x40000000
#define RVM_SIGNATURE "RVMRVMRVMRVM"
#define MSR_APIC_BASE 0x1b
#define APIC_BASE_X2APIC (1u << 10)

/* What Linux can give to devices on a CPU: 0x20 to the first of its own, less the old ones. */
#define VECTORS_PER_CPU 200
/* A peer has one interrupt, and one more for each of its slots. */
#define VECTORS_WANTED 17

void doctor_check_processor(struct doctor *doctor)
{
	static const char *const needed[] = { "lm", "tsc", "msr", "pae", "nx" };
	struct cpus present;
	int count = doctor_read_cpus(doctor, "present", &present);

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (doctor_cpu_has(doctor, needed[i]))
			continue;
		doctor_found(doctor, VERDICT_FAIL, "processor", "processor-feature",
			     "the processor has no '%s' among its flags in /proc/cpuinfo",
			     needed[i]);
		doctor_remedy(doctor, "use an x86-64 processor, with the feature enabled in the "
				      "firmware and not disabled on the kernel's command line");
		return;
	}
	doctor_found(doctor, VERDICT_OK, "processor", NULL, "x86-64, %d of %d CPUs are online",
		     doctor->online_count, count < 0 ? doctor->online_count : count);
}

void doctor_check_apic(struct doctor *doctor)
{
	const char *mode = "xAPIC mode";
	uint64_t base;

	if (!doctor_cpu_has(doctor, "apic")) {
		doctor_found(doctor, VERDICT_FAIL, "apic", "apic-off",
			     "Linux does not use the local APIC, by which peers are started and "
			     "notified");
		doctor_remedy(doctor, "remove nolapic, noapic, disableapic and nosmp from the "
				      "kernel's command line, and enable the APIC in the firmware");
		return;
	}
	if (doctor_read_at(doctor, MSR_APIC_BASE, &base, sizeof(base), "/dev/cpu/0/msr")) {
		if (base & APIC_BASE_X2APIC)
			mode = "x2APIC mode";
	} else if (doctor_cpu_has(doctor, "x2apic") && !doctor_cmdline_has(doctor, "nox2apic")) {
		mode = "xAPIC or x2APIC mode ('modprobe msr' would tell)";
	}
	doctor_found(doctor, VERDICT_OK, "apic", NULL, "local APICs in %s; either will do", mode);
}

/* Linux says so itself if it was built for that: CONFIG_GENERIC_IRQ_DEBUGFS. */
static int vectors_available(const struct doctor *doctor)
{
	static const char words[] = "Global available:";
	char *text = doctor_read(doctor, "/sys/kernel/debug/irq/domains/VECTOR");
	const char *at = text ? strstr(text, words) : NULL;
	int count = at ? atoi(at + sizeof(words) - 1) : -1;

	free(text);
	return count;
}

/* Each line that begins with a number is an interrupt, which has one vector or none. */
static int interrupts_in_use(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/proc/interrupts");
	const char *line = text;
	int count = 0;

	while (line) {
		line += strspn(line, " ");
		count += isdigit((unsigned char)*line) != 0;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	free(text);
	return count;
}

void doctor_check_vectors(struct doctor *doctor)
{
	int left = vectors_available(doctor);
	bool is_known = left >= 0;

	/* The CPU that a peer gets takes its vectors along. */
	if (is_known)
		left -= left / doctor->online_count;
	else
		left = (doctor->online_count - 1) * VECTORS_PER_CPU - interrupts_in_use(doctor);
	if (doctor->online_count < 2) {
		doctor_found(doctor, VERDICT_OK, "vectors", NULL,
			     "not looked at, as there is no CPU that a peer could get");
	} else if (left < VECTORS_WANTED) {
		doctor_found(doctor, left < 1 ? VERDICT_FAIL : VERDICT_WARNING, "vectors",
			     "vectors-few",
			     "%s%d interrupt vectors are left for peers and slots; %d are wanted",
			     is_known ? "" : "about ", left < 0 ? 0 : left, VECTORS_WANTED);
		doctor_remedy(doctor, "give Linux more CPUs, or its devices fewer queues "
				      "('ethtool -L')");
	} else {
		doctor_found(doctor, VERDICT_OK, "vectors", NULL,
			     "%s%d interrupt vectors are left for peers and slots",
			     is_known ? "" : "about ", left);
	}
}

static bool has_isolation(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/sys/devices/system/cpu/vulnerabilities/meltdown");
	bool has = text && strstr(text, "PTI");

	free(text);
	return has;
}

void doctor_check_page_tables(struct doctor *doctor)
{
	uint32_t regs[4];

	doctor->has_uintr = doctor_cpuid(doctor, 7, regs) && (regs[3] & CPUID_7_EDX_UINTR);
	if (!has_isolation(doctor)) {
		doctor_found(doctor, VERDICT_OK, "page tables", NULL, "isolation (PTI) is off");
	} else if (doctor->has_uintr) {
		doctor_found(doctor, VERDICT_WARNING, "page tables", "pti-on",
			     "isolation (PTI) is on, so that the processor's user interrupts cannot "
			     "be used");
		doctor_remedy(doctor, "remove pti=on from the kernel's command line; a processor "
				      "that has user interrupts does not need it");
	} else {
		doctor_found(doctor, VERDICT_OK, "page tables", NULL,
			     "isolation (PTI) is on, which makes every call slower");
	}
}

/* What the module says, which knows best. Return: enum nimbos_uintr_state, or -1. */
static int ask_module(const struct doctor *doctor)
{
	struct nimbos_query query;
	int state = -1;
	int dev;

	if (*doctor->root)
		return -1;
	dev = nimbos_open(doctor->ctl->device);
	if (dev < 0)
		return -1;
	if (!nimbos_query(dev, 0, &query))
		state = (int)query.uintr;
	close(dev);
	return state;
}

static int guess_uintr(const struct doctor *doctor)
{
	char *parameter = doctor_read(doctor, "/sys/module/nimbos/parameters/uintr");
	bool is_off = parameter && *parameter == 'N';

	free(parameter);
	if (!doctor->has_uintr)
		return NIMBOS_UINTR_NO_CPU;
	if (is_off)
		return NIMBOS_UINTR_OFF;
	if (has_isolation(doctor))
		return NIMBOS_UINTR_PTI;
	if (!doctor_config_has(doctor, "CONFIG_PREEMPT_NOTIFIERS"))
		return NIMBOS_UINTR_NO_NOTIFIERS;
	return NIMBOS_UINTR_OK;
}

void doctor_check_uintr(struct doctor *doctor)
{
	int state = ask_module(doctor);
	const char *why;

	if (state < 0)
		state = guess_uintr(doctor);
	why = nimbos_uintr_state_name((unsigned int)state);
	switch (state) {
	case NIMBOS_UINTR_OK:
		doctor_found(doctor, VERDICT_OK, "user intr.", NULL, "there are user interrupts");
		return;
	case NIMBOS_UINTR_NO_CPU:
		doctor_found(doctor, VERDICT_OK, "user intr.", NULL,
			     "no user interrupts: %s; ordinary ones do their work", why);
		return;
	}
	doctor_found(doctor, VERDICT_WARNING, "user intr.", "uintr-unusable",
		     "no user interrupts: %s", why);
	if (state == NIMBOS_UINTR_OFF)
		doctor_remedy(doctor, "load the module without uintr=0");
	else if (state == NIMBOS_UINTR_PTI)
		doctor_remedy(doctor, "remove pti=on from the kernel's command line");
	else if (state == NIMBOS_UINTR_NO_NOTIFIERS)
		doctor_remedy(doctor, "use a kernel built with CONFIG_KVM, as Debian's are");
	else
		doctor_remedy(doctor, "unload what uses them");
}

void doctor_check_rvm(struct doctor *doctor)
{
	uint32_t regs[4];

	if (doctor_cpuid(doctor, CPUID_RVM, regs) &&
	    !memcmp(&regs[1], RVM_SIGNATURE, sizeof(RVM_SIGNATURE) - 1))
		doctor_found(doctor, VERDICT_OK, "RVM1.5", NULL,
			     "is loaded; it starts legacy peers, unless --backend=native is said");
	else
		doctor_found(doctor, VERDICT_OK, "RVM1.5", NULL,
			     "is not loaded; the module starts peers itself");
}
