// SPDX-License-Identifier: GPL-2.0
/*
 * For tests only: has all interrupt vectors of all CPUs that were free when it came.
 *
 * Each is an interrupt of one CPU, as nimbos.ko's for user interrupts: the kernel reserves a vector
 * for it at once. Nobody ever requests it.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>

#include <asm/hw_irq.h>
#include <asm/irqdomain.h>

#define VECTORS_MAX (NR_VECTORS * 8)

static unsigned int irqs[VECTORS_MAX];
static unsigned int nr_irqs_taken;

/* Large, hence not on the stack. */
static struct irq_affinity_desc affinity = { .is_managed = 1 };

static int take_one(unsigned int cpu)
{
	struct irq_alloc_info info = {};

	cpumask_copy(&affinity.mask, cpumask_of(cpu));
	return __irq_domain_alloc_irqs(x86_vector_domain, -1, 1, NUMA_NO_NODE, &info, false,
				       &affinity);
}

static void give_back(void)
{
	while (nr_irqs_taken)
		irq_dispose_mapping(irqs[--nr_irqs_taken]);
}

static int __init hog_init(void)
{
	unsigned int cpu;
	int irq;

	for_each_possible_cpu(cpu) {
		while ((irq = take_one(cpu)) >= 0) {
			irqs[nr_irqs_taken++] = irq;
			if (nr_irqs_taken == VECTORS_MAX) {
				give_back();
				return -E2BIG;
			}
		}
		if (irq != -ENOSPC) {
			give_back();
			return irq;
		}
	}
	pr_info("has %u vectors\n", nr_irqs_taken);
	return 0;
}

static void __exit hog_exit(void)
{
	give_back();
}

module_init(hog_init);
module_exit(hog_exit);

MODULE_DESCRIPTION("Test only: leaves no interrupt vector to anybody");
MODULE_LICENSE("GPL");
