/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: keeping its own descriptors apart from those of the peer's process.
 *
 * Both live in one table, since a worker that executes calls on the one kind waits on the other.
 * The shadow's lie at the floor and above, and RLIMIT_NOFILE is the floor: so Linux itself never
 * gives such a number to the peer, not by open(), not by dup2(), not in a message. What remains
 * is to refuse numbers from the floor on wherever a call takes one, see fd_reachable().
 */
#ifndef NIMBOS_SHADOW_FDS_H
#define NIMBOS_SHADOW_FDS_H

#include <stdint.h>
#include <sys/resource.h>

/* The highest floor: Linux's table of descriptors is as large as the highest one that is open. */
#define FD_FLOOR_MAX 65536

/**
 * fds_init() - set the floor
 * @floor: out: the first number that is the shadow's
 *
 * Return: 0, or a negative errno; -EMFILE if RLIMIT_NOFILE leaves no room.
 */
int fds_init(uint32_t *floor);

/**
 * fds_set_limit() - limit the peer's process to some descriptors, before fds_init()
 * @count: how many
 *
 * Return: 0 or a negative errno.
 */
int fds_set_limit(uint32_t count);

/**
 * fds_own() - move a descriptor to the shadow's
 * @fd: the descriptor, closed in any case
 *
 * Return: the new one, closed on exec, or a negative errno.
 */
int fds_own(int fd);

/**
 * fds_limit() - change the limit on descriptors or another one, as the peer wants it
 * @resource: RLIMIT_*
 * @want: the limit
 *
 * Only limits on files may be set: others would hit the shadow. The one on descriptors stays at
 * the floor or below. Hard limits stay as they are, since the shadow of a child needs room above
 * the floor.
 *
 * Return: 0, or a negative errno.
 */
int fds_limit(uint32_t resource, const struct rlimit *want);

/**
 * fds_forked() - in the child of a fork: another thread, which there is no more, may hold the lock
 */
void fds_forked(void);

/**
 * fds_close_on_exec() - close what a new program must not inherit
 */
void fds_close_on_exec(void);

#endif /* NIMBOS_SHADOW_FDS_H */
