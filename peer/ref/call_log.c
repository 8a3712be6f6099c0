// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on the console.
 */
#include "call_log.h"
#include "cmdline.h"
#include "console.h"

static bool is_logged;

void call_log_init(const char *cmdline)
{
	is_logged = cmdline_find(cmdline, "log=calls");
}

void call_log(const struct nimbos_client_lane *lane, u16 nr, const __u64 *args, s64 result)
{
	if (!is_logged)
		return;
	kernel_log("call slot=%u lane=%u nr=%u args=%lx,%lx,%lx,%lx,%lx,%lx result=%ld",
		   lane->slot->no, lane->no, nr, (u64)args[0], (u64)args[1], (u64)args[2],
		   (u64)args[3], (u64)args[4], (u64)args[5], result);
}
