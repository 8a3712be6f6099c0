// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: starting a legacy peer by RVM1.5. The hypervisor sends the messages to the CPU and lends
 * the peer its start page; which CPU that is, is its own configuration and has to be what the
 * caller says: Linux gives that one up and notifies the peer there.
 */
#include <linux/module.h>

#include "apic.h"
#include "nimbos.h"
#include "rvm.h"

/* The driver knows where the hypervisor wants an RTOS to be; without it, the hypervisor tells. */
static int check_region(struct nimbos_peer *peer)
{
	int (*get_region)(struct mem_region *region) = symbol_get(get_rt_memory_region);
	const struct nimbos_region *region = &peer->region;
	struct mem_region rt = {};
	int err;

	if (!get_region)
		return 0;
	err = get_region(&rt);
	symbol_put(get_rt_memory_region);
	if (err) {
		snprintf(peer->message, sizeof(peer->message),
			 "RVM1.5's driver has no memory for an RTOS (error %d); load its configuration",
			 err);
		return -EPROTONOSUPPORT;
	}
	if (region->base < rt.start || region->size > rt.size ||
	    region->base - rt.start > rt.size - region->size) {
		snprintf(peer->message, sizeof(peer->message),
			 "RVM1.5 has %#llx+%#llx for an RTOS, and the peer's region is %#llx+%#llx",
			 rt.start, rt.size, (u64)region->base, region->size);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/**
 * nimbos_peer_rvm_check() - can RVM1.5 start this peer?
 * @peer: a loaded one; under its lock. If it cannot, its message says why.
 *
 * Return: 0 or -EPROTONOSUPPORT.
 */
int nimbos_peer_rvm_check(struct nimbos_peer *peer)
{
	const char *why = NULL;

	if (!nimbos_rvm_present())
		why = "there is no RVM1.5 on this machine; start it natively";
	else if (!peer->legacy)
		why = "RVM1.5 tells a peer nothing of its board; start this one natively";
	if (why) {
		strscpy(peer->message, why, sizeof(peer->message));
		return -EPROTONOSUPPORT;
	}
	return check_region(peer);
}

static int rvm_start(struct nimbos_peer *peer)
{
	long err = nimbos_rvm_call(NIMBOS_RVM_RT_START, peer->region.base);

	if (!err)
		return 0;
	snprintf(peer->message, sizeof(peer->message),
		 "RVM1.5 has refused to start it at %#llx (result %ld)", (u64)peer->region.base,
		 err);
	return -EREMOTEIO;
}

static void rvm_stop(struct nimbos_peer *peer)
{
	/* Someone may have unloaded it under us; then the CPU is as any other. */
	long err = nimbos_rvm_present() ? nimbos_rvm_call(NIMBOS_RVM_RT_SHUTDOWN, 0) : -ENODEV;

	if (err) {
		pr_err("peer %u: RVM1.5 did not stop it (result %ld); CPU %d is sent an INIT\n",
		       peer->id, err, peer->cpu);
		nimbos_apic_send_init(peer->apicid);
	}
}

/* Hypercalls of RVM1.5. */
const struct nimbos_peer_ops nimbos_peer_rvm_ops = {
	.name = "RVM1.5",
	.backend = NIMBOS_BACKEND_RVM,
	.start = rvm_start,
	.stop = rvm_stop,
};
