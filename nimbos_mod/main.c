// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: loading and unloading the module. Loading creates /dev/nimbos and starts nothing.
 */
#include <linux/module.h>

#include "apic.h"
#include "nimbos.h"

static int __init nimbos_init(void)
{
	int err;

	nimbos_apic_init();
	err = nimbos_peers_init();
	if (err)
		return err;
	err = nimbos_cpus_init();
	if (err)
		goto err_peers;
	err = nimbos_guard_init();
	if (err)
		goto err_cpus;
	nimbos_debugfs_init();
	nimbos_calls_init();
	/* Last: from now on there are users. */
	err = nimbos_chardev_init();
	if (err)
		goto err_calls;
	return 0;

err_calls:
	nimbos_calls_exit();
	nimbos_debugfs_exit();
	nimbos_guard_exit();
err_cpus:
	nimbos_cpus_exit();
err_peers:
	nimbos_peers_exit();
	return err;
}

static void __exit nimbos_exit(void)
{
	nimbos_chardev_exit();
	nimbos_calls_exit();
	nimbos_debugfs_exit();
	nimbos_uintr_exit();
	nimbos_guard_exit();
	nimbos_cpus_exit();
	nimbos_peers_exit();
}

module_init(nimbos_init);
module_exit(nimbos_exit);

MODULE_DESCRIPTION("Peer kernels on CPUs of their own, whose system calls Linux executes");
MODULE_AUTHOR("The nimbos authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0.0");
