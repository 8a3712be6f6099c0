// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: what happens to peers when the machine goes down or to sleep.
 *
 * Reboot, halt and kexec stop them, by an INIT: nobody waits for the proof that a peer in huge
 * pages is gone, so that a kernel that is entered by kexec had better have that memory reserved. A
 * panic stops them without waiting for anything. Suspend and hibernation are refused while one
 * runs, since nobody could save its state. A crash kernel that is entered before panic notifiers
 * run (crash_kexec_post_notifiers=0, the default) leaves a peer running: it goes on in its own
 * region, which neither kernel uses, be it reserved or pinned by the one that has crashed.
 */
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "nimbos.h"

static int on_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	struct nimbos_peer *peer;

	nimbos_peers_refuse_starts(true);
	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		mutex_lock(&peer->lock);
		if (peer->executing) {
			pr_info("the machine goes down: peer %u is stopped\n", peer->id);
			nimbos_peer_halt(peer);
		}
		mutex_unlock(&peer->lock);
	}
	return NOTIFY_DONE;
}

static int on_panic(struct notifier_block *nb, unsigned long action, void *data)
{
	struct nimbos_peer *peer;

	/* No locks: whoever has them runs no more. */
	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++)
		if (READ_ONCE(peer->executing))
			nimbos_peer_halt(peer);
	return NOTIFY_DONE;
}

static int on_sleep(struct notifier_block *nb, unsigned long action, void *data)
{
	struct nimbos_peer *peer;
	bool busy;

	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		nimbos_peers_refuse_starts(false);
		fallthrough;
	default:
		return NOTIFY_DONE;
	}

	nimbos_peers_refuse_starts(true);
	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		mutex_lock(&peer->lock);
		busy = nimbos_peer_has_cpu(peer) || nimbos_peer_is_lost(peer);
		mutex_unlock(&peer->lock);
		if (busy) {
			/* Nobody tells us of the end of what we have refused. */
			nimbos_peers_refuse_starts(false);
			pr_warn("the machine cannot sleep while peer %u has a CPU; stop it first\n",
				peer->id);
			return notifier_from_errno(-EBUSY);
		}
	}
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = { .notifier_call = on_reboot, .priority = INT_MAX };
static struct notifier_block panic_notifier = { .notifier_call = on_panic };
static struct notifier_block sleep_notifier = { .notifier_call = on_sleep };

/**
 * nimbos_guard_init() - begin to watch over the machine
 *
 * Return: 0 or a negative errno.
 */
int nimbos_guard_init(void)
{
	int err;

	err = register_pm_notifier(&sleep_notifier);
	if (err)
		return err;
	err = register_reboot_notifier(&reboot_notifier);
	if (err) {
		unregister_pm_notifier(&sleep_notifier);
		return err;
	}
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	return 0;
}

/**
 * nimbos_guard_exit() - undo nimbos_guard_init()
 */
void nimbos_guard_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&sleep_notifier);
}
