/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: what a peer's program may do, as section [policy] of nimbos.conf(5) says it. How
 * that is enforced is confine.h's affair.
 */
#ifndef NIMBOS_SHADOW_POLICY_H
#define NIMBOS_SHADOW_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/config.h"

/* More than Linux has, and the table of calls. */
#define POLICY_CALLS 512
#define POLICY_READ_ONLY_MAX 32

/**
 * struct policy_rule - with what arguments a call may be executed
 * @nr: number of the call
 * @family: only if the policy has sockets of this family; 0 in any case
 * @when: what has to hold: the bits of @mask of argument @arg are @value; nothing if @mask is 0
 *
 * A call that has rules may be executed if one of them holds. Linux looks at 32 bits of these
 * arguments.
 */
struct policy_rule {
	unsigned int nr;
	int family;
	struct {
		unsigned int arg;
		uint32_t mask;
		uint32_t value;
	} when[2];
};

/**
 * struct policy - what a peer's program may do
 * @user: whose rights it has
 * @group: of which group; NULL for the user's own
 * @uid: ID of @user
 * @gid: ID of @group
 * @directory: below which it may read and write
 * @read_only: files and directories that it may read
 * @read_only_count: number of them
 * @call: calls that may be executed, by number
 * @ruled: of them, those that have rules
 * @inet: whether sockets may be of the families AF_INET and AF_INET6
 * @unix_sockets: whether they may be of the family AF_UNIX
 * @calls_given: the first of the words that name calls has been read
 * @inherit: standard descriptors that it gets, a bit for each; others lead to /dev/null
 * @files: how many descriptors it may have
 * @processes: how many threads and processes its user may have
 * @priority: the highest real-time priority that its threads may have; 0 for none
 * @cpu_seconds: how long it may compute; 0 for no limit
 * @file_size: the largest file that it may write
 * @memory: address space of its shadow
 */
struct policy {
	char *user;
	char *group;
	uid_t uid;
	gid_t gid;
	char *directory;
	char *read_only[POLICY_READ_ONLY_MAX];
	unsigned int read_only_count;
	bool call[POLICY_CALLS];
	bool ruled[POLICY_CALLS];
	bool inet;
	bool unix_sockets;
	bool calls_given;
	uint8_t inherit;
	uint32_t files;
	uint32_t processes;
	uint32_t priority;
	uint32_t cpu_seconds;
	uint64_t file_size;
	uint64_t memory;
};

/**
 * policy_read() - read a policy, and look its names up
 * @name: of the configuration, as config_read() takes it
 * @peer: out: number of the peer, if the file says it
 * @policy: out: the policy; where the file does not say anything, a strict one
 * @error: out: what is wrong
 *
 * Return: 0 or a negative errno.
 */
int policy_read(const char *name, uint32_t *peer, struct policy *policy,
		char error[CONFIG_ERROR_SIZE]);

/* policy_rules.c: fill in what calls have rules. */
void policy_mark_ruled(struct policy *policy);

/**
 * policy_rule() - rules of a policy, one by one
 * @policy: the policy
 * @i: which one, counted from 0; out: the next to ask for
 *
 * Return: the rule, or NULL when there are no more.
 */
const struct policy_rule *policy_rule(const struct policy *policy, unsigned int *i);

/**
 * policy_allows() - whether a call may be executed
 * @policy: the policy; NULL if there is none
 * @nr: number of the call
 * @args: its arguments
 */
bool policy_allows(const struct policy *policy, unsigned int nr, const uint64_t args[6]);

#endif /* NIMBOS_SHADOW_POLICY_H */
