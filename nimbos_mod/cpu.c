// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: CPUs that Linux has given up. While a peer has one, Linux must not bring it back.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>

#include "nimbos.h"

/* CPUs that peers have; bits are set and cleared with atomic operations. */
static struct cpumask taken_cpus;
/* Those of them that are being given back, and may go online; the same. */
static struct cpumask returning_cpus;
static enum cpuhp_state hotplug_state;

/* Runs before Linux brings a CPU up, on another one. */
static int refuse_taken(unsigned int cpu)
{
	if (!cpumask_test_cpu(cpu, &taken_cpus) || cpumask_test_cpu(cpu, &returning_cpus))
		return 0;
	pr_warn("CPU %u cannot go online: a peer has it; stop the peer first\n", cpu);
	return -EBUSY;
}

/* Runs when a CPU is down and its interrupts have moved to others. */
static int refresh_routes(unsigned int cpu)
{
	nimbos_irqnum_refresh_all();
	return 0;
}

/**
 * nimbos_cpus_init() - begin to watch CPUs coming and going
 *
 * Return: 0 or a negative errno.
 */
int nimbos_cpus_init(void)
{
	int state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "nimbos:prepare", refuse_taken,
					      refresh_routes);

	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

/**
 * nimbos_cpus_exit() - undo nimbos_cpus_init()
 */
void nimbos_cpus_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
}

/**
 * nimbos_cpu_take() - take a CPU from Linux
 * @cpu: its number
 * @was_online: out: whether Linux was using it
 *
 * Sleeps.
 *
 * Return: 0, or -ENODEV, -EDEADLK, -EOPNOTSUPP or -EBUSY as NIMBOS_IOC_PEER_START documents.
 */
int nimbos_cpu_take(unsigned int cpu, bool *was_online)
{
	int err;

	if (cpu >= nr_cpu_ids || !cpu_present(cpu))
		return -ENODEV;
	if (cpu_online(cpu) && num_online_cpus() == 1)
		return -EDEADLK;
	if (cpu == 0)
		return -EOPNOTSUPP;
	if (cpumask_test_and_set_cpu(cpu, &taken_cpus))
		return -EBUSY;

	/* From now on nobody can bring it online. It returns 1 if the CPU was offline already. */
	err = remove_cpu(cpu);
	if (err < 0) {
		cpumask_clear_cpu(cpu, &taken_cpus);
		pr_warn("CPU %u cannot be given up: Linux refuses to take it offline (error %d)\n",
			cpu, err);
		return -EBUSY;
	}
	*was_online = !err;
	return 0;
}

/**
 * nimbos_cpu_give_back() - give a CPU back to Linux
 * @cpu: from nimbos_cpu_take(); what it executed has been stopped
 * @online: whether Linux shall use it
 * @prove: whether Linux shall use it for a moment at least, so that nobody else does afterwards
 *
 * Sleeps.
 *
 * Return: 0, or the error for which Linux could not bring it online.
 */
int nimbos_cpu_give_back(unsigned int cpu, bool online, bool prove)
{
	int err = 0;

	/* No other peer gets it meanwhile. */
	cpumask_set_cpu(cpu, &returning_cpus);
	if (online || prove)
		err = add_cpu(cpu);
	if (err < 0)
		pr_err("CPU %u stays offline: Linux could not bring it up (error %d)\n", cpu, err);
	else if (!online && prove && remove_cpu(cpu) < 0)
		pr_warn("CPU %u stays online: Linux refuses to take it offline\n", cpu);
	cpumask_clear_cpu(cpu, &taken_cpus);
	cpumask_clear_cpu(cpu, &returning_cpus);
	/* As for the second thread of a core while these are off; not for want of a right. */
	return err == -EPERM ? -EOPNOTSUPP : min(err, 0);
}
