// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor: CPUs that can be given up, and those that Linux keeps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

/* Linux lets an administrator take it offline; CPU 0 never goes to a peer. */
static bool can_go(const struct doctor *doctor, int cpu)
{
	return cpu > 0 && doctor_has(doctor, "/sys/devices/system/cpu/cpu%d/online", cpu);
}

/* Another CPU that is online on the same core, or -1. */
static int find_sibling(const struct doctor *doctor, int cpu)
{
	struct cpus siblings;
	char name[64];

	snprintf(name, sizeof(name), "cpu%d/topology/thread_siblings_list", cpu);
	if (doctor_read_cpus(doctor, name, &siblings) < 2)
		return -1;
	for (int other = 0; other < CPUS_MAX; other++) {
		if (other != cpu && siblings.has[other] && doctor->online.has[other])
			return other;
	}
	return -1;
}

/* Only one is left because a peer has another. Return: whether that is so. */
static bool is_with_peer(struct doctor *doctor)
{
	struct nimbos_query query;
	bool is_found = false;
	int dev = *doctor->root ? -1 : nimbos_open(doctor->ctl->device);

	for (unsigned int peer = 0; dev >= 0 && !is_found && peer < NIMBOS_MAX_PEERS; peer++) {
		if (nimbos_query(dev, peer, &query) || !peer_has_cpu(&query))
			continue;
		doctor_found(doctor, VERDICT_OK, "cpus", NULL, "peer %u has CPU %d", peer,
			     query.cpu);
		is_found = true;
	}
	if (dev >= 0)
		close(dev);
	return is_found;
}

static void fail_single(struct doctor *doctor)
{
	static const char *const limits[] = { "nosmp", "maxcpus", "nr_cpus" };
	struct cpus present;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!doctor_cmdline_has(doctor, limits[i]))
			continue;
		doctor_found(doctor, VERDICT_FAIL, "cpus", "cpus-limited",
			     "Linux uses one CPU only, as '%s' on its command line tells it to",
			     limits[i]);
		doctor_remedy(doctor, "remove %s from the kernel's command line, reboot",
			      limits[i]);
		return;
	}
	if (doctor_read_cpus(doctor, "present", &present) > 1) {
		int cpu = cpus_last(&present);

		doctor_found(doctor, VERDICT_FAIL, "cpus", "cpus-offline",
			     "CPU %d is all that is online, and Linux cannot give up its last one",
			     cpus_last(&doctor->online));
		doctor_remedy(doctor,
			      "bring one more online with 'echo 1 > "
			      "/sys/devices/system/cpu/cpu%d/online'",
			      cpu);
		return;
	}
	doctor_found(doctor, VERDICT_FAIL, "cpus", "cpus-single",
		     "the machine has one CPU, which Linux needs");
	doctor_remedy(doctor, "use a machine with two or more, or give the virtual machine more");
}

/* As nimbosctl start chooses: the last one that is online. */
void doctor_check_cpus(struct doctor *doctor)
{
	int cpu = cpus_last(&doctor->online);
	int sibling, others = 0;

	if (doctor->online_count < 2) {
		if (!is_with_peer(doctor))
			fail_single(doctor);
		return;
	}
	for (int i = 1; i < cpu; i++)
		others += doctor->online.has[i] && can_go(doctor, i);
	if (!can_go(doctor, cpu)) {
		doctor_found(doctor, VERDICT_FAIL, "cpus", "cpus-fixed",
			     "Linux does not let CPU %d go: there is no "
			     "/sys/devices/system/cpu/cpu%d/online",
			     cpu, cpu);
		doctor_remedy(doctor, others ? "say another one with --cpu=N" :
					       "use a kernel with CONFIG_HOTPLUG_CPU");
		return;
	}
	doctor->candidate = cpu;
	sibling = find_sibling(doctor, cpu);
	if (sibling >= 0) {
		doctor_found(doctor, VERDICT_WARNING, "cpus", "cpus-shared",
			     "CPU %d can be given up, but shares its core with CPU %d, so that each "
			     "is slowed down by the other",
			     cpu, sibling);
		doctor_remedy(doctor,
			      "take that one offline, too, or switch hyper-threading off in the "
			      "firmware or with nosmt on the kernel's command line");
		return;
	}
	doctor_found(doctor, VERDICT_OK, "cpus", NULL, "CPU %d can be given up%s", cpu,
		     others ? ", and others" : "");
}

static void print_range(char *text, size_t size, int first, int last)
{
	if (first == last)
		snprintf(text, size, "%d", first);
	else
		snprintf(text, size, "%d-%d", first, last);
}

static void propose(struct doctor *doctor, int first, int last)
{
	char range[32], parameters[128];

	print_range(range, sizeof(range), first, last);
	snprintf(parameters, sizeof(parameters), "isolcpus=%s nohz_full=%s rcu_nocbs=%s", range,
		 range, range);
	doctor_remedy_cmdline(doctor, parameters);
}

/*
 * The peer's own CPU is out of Linux's reach: isolated should be some of those that stay, for its
 * shadows.
 */
void doctor_check_isolation(struct doctor *doctor)
{
	struct cpus isolated, tickless;
	int left = doctor->online_count - 1;
	int kept = 0, quiet = 0, last = 0;

	if (left < 2) {
		doctor_found(doctor, VERDICT_OK, "isolation", NULL,
			     "Linux keeps one CPU at most, so that there is nothing to isolate");
		return;
	}
	if (doctor_read_cpus(doctor, "isolated", &isolated) < 0)
		memset(&isolated, 0, sizeof(isolated));
	if (doctor_read_cpus(doctor, "nohz_full", &tickless) < 0)
		memset(&tickless, 0, sizeof(tickless));
	for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!doctor->online.has[cpu] || cpu == doctor->candidate)
			continue;
		last = cpu;
		kept += isolated.has[cpu];
		quiet += isolated.has[cpu] && tickless.has[cpu];
	}
	if (!kept) {
		doctor_found(doctor, VERDICT_WARNING, "isolation", "isolation-none",
			     "none of the %d CPUs that Linux keeps is isolated, so that shadows "
			     "share theirs with everything else",
			     left);
		propose(doctor, last, last);
	} else if (quiet < kept && !doctor_config_has(doctor, "CONFIG_NO_HZ_FULL")) {
		doctor_found(doctor, VERDICT_WARNING, "isolation", "isolation-unsupported",
			     "%d CPUs are isolated, but the kernel's timer interrupts them: it was "
			     "built without CONFIG_NO_HZ_FULL",
			     kept);
		doctor_remedy(doctor, "use a kernel that has it, as Debian's do");
	} else if (quiet < kept) {
		doctor_found(doctor, VERDICT_WARNING, "isolation", "isolation-ticks",
			     "of %d isolated CPUs, the kernel's timer interrupts %d all the time",
			     kept, kept - quiet);
		doctor_remedy(doctor, "name the CPUs of isolcpus= in nohz_full= and rcu_nocbs=, "
				      "too, on the kernel's command line; reboot");
	} else {
		doctor_found(doctor, VERDICT_OK, "isolation", NULL,
			     "%d of the %d CPUs that Linux keeps are isolated, for shadows", kept,
			     left);
	}
}
