// SPDX-License-Identifier: GPL-2.0
/*
 * For tests on the debug kernel only: keeps a task's n-th allocation from failing in functions of
 * Linux that do not notice it at the time and warn about it much later. Such a warning says
 * nothing about nimbos, and would end the test.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>

static int hide(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned int *hidden = (unsigned int *)instance->data;

	*hidden = current->fail_nth;
	current->fail_nth = 0;
	return 0;
}

static int show(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	current->fail_nth = *(unsigned int *)instance->data;
	return 0;
}

#define FILTER(function)                         \
	{                                        \
		.kp.symbol_name = function,      \
		.entry_handler = hide,           \
		.handler = show,                 \
		.data_size = sizeof(unsigned int) \
	}

static struct kretprobe probes[] = {
	/* Files of /proc/irq/N that could not be made are missed when they are removed. */
	FILTER("register_irq_proc"),
};

static struct kretprobe *list[ARRAY_SIZE(probes)];

static int __init fault_filter_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		list[i] = &probes[i];
	return register_kretprobes(list, ARRAY_SIZE(list));
}

static void __exit fault_filter_exit(void)
{
	unregister_kretprobes(list, ARRAY_SIZE(list));
}

module_init(fault_filter_init);
module_exit(fault_filter_exit);

MODULE_DESCRIPTION("Test only: keeps faults away from where Linux does not notice them");
MODULE_LICENSE("GPL");
