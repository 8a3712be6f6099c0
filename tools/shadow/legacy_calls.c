// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: the calls of legacy peers. Those that Linux has are checked and executed as those
 * of any peer; what differs is where their arguments are.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "args.h"
#include "legacy.h"
#include "log.h"

/* In the data buffer of version 1, where the request's argument says. */
struct v1_args {
	uint32_t fd;
	uint32_t pad;
	uint64_t data_offset;
	uint64_t len;
};

#define V1_LEN_MAX 255

static int64_t unknown(uint32_t opcode)
{
	static unsigned char told[256];

	if (!__atomic_exchange_n(&told[opcode % 256], 1, __ATOMIC_RELAXED))
		log_line(LOG_WARNING, "no such call", "opcode=%u", opcode);
	return -ENOSYS;
}

/* Regular files and directories keep nobody waiting for somebody else. */
static bool may_wait(uint64_t fd)
{
	struct stat st;

	return !fstat((int)fd, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int64_t transfer(struct worker *worker, unsigned int nr, uint64_t fd, uint64_t at,
			uint64_t len)
{
	const uint64_t args[6] = { fd, at, len };

	if (may_wait(fd))
		legacy_hand_over(worker);
	return call_execute(&worker->caller, nr, args);
}

/* An offset in the data buffer as an address; any other leads to no window. */
static uint64_t v1_address(const struct caller *caller, uint64_t offset)
{
	return offset < caller->window_size ? caller->window + offset : UINT64_MAX;
}

/* The path has no end of its own: its length says where it ends, or a NUL before that. */
static int64_t close_fd(struct worker *worker, uint64_t fd)
{
	const uint64_t args[6] = { fd };

	return call_execute(&worker->caller, SYS_close, args);
}

static int64_t v1_open(struct worker *worker, const struct v1_args *args, uint64_t at)
{
	char path[V1_LEN_MAX + 1] = "";
	const uint64_t open_args[6] = { (uintptr_t)path, args->fd, 0666 };

	if (!in_window(&worker->caller, at, args->len))
		return -EFAULT;
	window_read(path, at, args->len);
	legacy_hand_over(worker);
	return call_linux(SYS_open, open_args);
}

static int64_t v1_execute(struct worker *worker, const struct nimbos_legacy_take *request)
{
	struct caller *caller = &worker->caller;
	uint64_t args_at = v1_address(caller, request->args[0]);
	struct v1_args args;
	uint64_t at;

	if (request->opcode == NIMBOS_LEGACY_V1_NOP)
		return 0;
	if (request->opcode > NIMBOS_LEGACY_V1_CLOSE)
		return unknown(request->opcode);
	if (!in_window(caller, args_at, sizeof(args)))
		return -EFAULT;
	window_read(&args, args_at, sizeof(args));
	if (args.len > V1_LEN_MAX)
		return -EINVAL;
	at = v1_address(caller, args.data_offset);
	switch (request->opcode) {
	case NIMBOS_LEGACY_V1_READ:
		return transfer(worker, SYS_read, args.fd, at, args.len);
	case NIMBOS_LEGACY_V1_WRITE:
		return transfer(worker, SYS_write, args.fd, at, args.len);
	case NIMBOS_LEGACY_V1_OPEN:
		return v1_open(worker, &args, at);
	default:
		return close_fd(worker, args.fd);
	}
}

static uint64_t v2_address(struct worker *worker, uint64_t pointer)
{
	return legacy_space_find(&worker->shadow->legacy->space, &worker->caller, pointer);
}

/*
 * The path is not copied: its pages may not be there, which only the kernel can find out unhurt. It
 * reads it once, and behind the window there is never anything.
 */
static int64_t v2_open(struct worker *worker, const uint64_t args[4])
{
	static const struct arg arg[6] = { MEM(1), V, V };
	const uint64_t open_args[6] = { v2_address(worker, args[0]), args[1], args[2] };

	legacy_hand_over(worker);
	return call_checked(&worker->caller, SYS_open, arg, open_args);
}

static int64_t v2_stat(struct worker *worker, uint64_t pointer)
{
	struct stat st;
	const uint64_t args[6] = { v2_address(worker, pointer), (uintptr_t)&st };
	int64_t ret;

	if (!in_window(&worker->caller, args[0], 1))
		return -EFAULT;
	ret = call_linux(SYS_stat, args);
	return ret ? ret : st.st_size;
}

/* The answer to the last thread's end is the last: nobody receives after it. */
static void v2_exit(struct shadow *shadow, struct answer *answer)
{
	if (--shadow->legacy->threads)
		return;
	__atomic_store_n(&shadow->exit_status, 0, __ATOMIC_RELEASE);
	answer->then = ANSWER_EXIT;
}

static void v2_fork(struct worker *worker, struct answer *answer)
{
	shadow_fork(worker, answer);
	/* What other peers get besides the process ID is the slot, which is all that counts. */
	if (answer->result >= 0)
		answer->result = (uint32_t)answer->aux;
}

static void v2_execute(struct worker *worker, const struct nimbos_legacy_take *request,
		       struct answer *answer)
{
	struct legacy *legacy = worker->shadow->legacy;
	const uint64_t args[4] = { request->args[0], request->args[1], request->args[2],
				   request->args[3] };

	switch (request->opcode) {
	case NIMBOS_LEGACY_V2_READ:
		answer->result =
			transfer(worker, SYS_read, args[0], v2_address(worker, args[1]), args[2]);
		break;
	case NIMBOS_LEGACY_V2_WRITE:
		answer->result =
			transfer(worker, SYS_write, args[0], v2_address(worker, args[1]), args[2]);
		break;
	case NIMBOS_LEGACY_V2_OPEN:
		answer->result = v2_open(worker, args);
		break;
	case NIMBOS_LEGACY_V2_CLOSE:
		answer->result = close_fd(worker, args[0]);
		break;
	case NIMBOS_LEGACY_V2_STAT:
		answer->result = v2_stat(worker, args[0]);
		break;
	case NIMBOS_LEGACY_V2_CLONE:
		legacy->threads++;
		break;
	case NIMBOS_LEGACY_V2_FORK:
		v2_fork(worker, answer);
		break;
	case NIMBOS_LEGACY_V2_EXIT:
		v2_exit(worker->shadow, answer);
		break;
	case NIMBOS_LEGACY_V2_UINTR_INIT:
		answer->result = legacy_uintr_init(worker);
		break;
	case NIMBOS_LEGACY_V2_IPI_INIT:
		answer->result = (int64_t)((uint64_t)legacy->attached.vector << 32 |
					   legacy->attached.apicid);
		break;
	case NIMBOS_LEGACY_V2_SYNC_MAP:
	case NIMBOS_LEGACY_V2_EARLY_SYNC_MAP:
		answer->result =
			legacy_space_map(&legacy->space, args[0], args[1], args[2], args[3]);
		break;
	case NIMBOS_LEGACY_V2_SYNC_UNMAP:
	case NIMBOS_LEGACY_V2_EARLY_SYNC_UNMAP:
		answer->result = legacy_space_unmap(&legacy->space, args[0], args[1]);
		break;
	default:
		answer->result = unknown(request->opcode);
	}
}

void legacy_execute(struct worker *worker, const struct nimbos_legacy_take *request,
		    struct answer *answer)
{
	if (worker->shadow->legacy->version == 1)
		answer->result = v1_execute(worker, request);
	else
		v2_execute(worker, request, answer);
}
