/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: RVM1.5, a hypervisor that slides under a running Linux, and its driver.
 */
#ifndef NIMBOS_RVM_H
#define NIMBOS_RVM_H

#include <linux/types.h>

enum nimbos_rvm_call {
	NIMBOS_RVM_DISABLE = 0,
	NIMBOS_RVM_RT_START = 1,
	NIMBOS_RVM_RT_SHUTDOWN = 2,
};

bool nimbos_rvm_present(void);
long nimbos_rvm_call(enum nimbos_rvm_call call, u64 arg);

/* What its driver exports, if that is loaded: the memory that the hypervisor has for an RTOS. */
struct mem_region {
	u64 start;
	u64 size;
};

int get_rt_memory_region(struct mem_region *region);

#endif /* NIMBOS_RVM_H */
