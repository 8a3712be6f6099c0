/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls on the console, as the peer sees them: with log=calls on the command line.
 */
#ifndef REF_CALL_LOG_H
#define REF_CALL_LOG_H

#include "client.h"
#include "types.h"

/* Before the kernel is up. */
void call_log_init(const char *cmdline);

/**
 * call_log() - note a call that has been answered, if calls are logged
 * @lane: it was made there
 * @nr: its number, in SCF
 * @args: its six arguments
 * @result: what Linux returned
 */
void call_log(const struct nimbos_client_lane *lane, u16 nr, const __u64 *args, s64 result);

#endif /* REF_CALL_LOG_H */
