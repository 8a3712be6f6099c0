/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: having Linux enforce what a peer's program may do, whatever the shadow's own
 * checks let through.
 */
#ifndef NIMBOS_SHADOW_CONFINE_H
#define NIMBOS_SHADOW_CONFINE_H

struct policy;

/**
 * confine_limits() - set the limits of a policy, before anything is opened
 * @policy: the policy
 *
 * Return: 0 or a negative errno; what goes wrong is logged.
 */
int confine_limits(const struct policy *policy);

/**
 * confine_prepare() - leave the peer's process the descriptors that it may start with, and find the
 * paths that it may see
 * @policy: the policy
 *
 * To be called after fds_init(). All descriptors but the log's and those of the policy are closed.
 *
 * Return: 0 or a negative errno; what goes wrong is logged.
 */
int confine_prepare(const struct policy *policy);

/**
 * confine() - give up what no call may be able to use, for good
 * @policy: what is left; NULL for what the caller has, but for the ways to the shadow itself
 *
 * To be called while there is one thread, and once all is open that cannot be opened afterwards.
 *
 * Return: 0, or a negative errno if the policy cannot be enforced; what goes wrong is logged.
 */
int confine(const struct policy *policy);

/* Give up all capabilities: 0 or a negative errno. */
int confine_capabilities(void);

/* confine_paths.c: make all but the policy's directory read-only, and go there; as root. */
int confine_mounts(const struct policy *policy);

/* confine_paths.c: a descriptor for the policy's rules on paths; as root. */
int confine_rules(const struct policy *policy);

/* confine_paths.c: enforce them, and close the descriptor. */
int confine_paths(int rules);

/* confine_calls.c: have Linux refuse what is neither in the policy nor of use to the shadow. */
int confine_calls(const struct policy *policy);

#endif /* NIMBOS_SHADOW_CONFINE_H */
