// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that no sane program makes. What Linux must refuse, it has to refuse; what it may answer
 * as it likes, it has to answer. A child then spoils its own lane, which must be the end of nobody
 * else.
 */
#include "program.h"
#include "sys.h"

#define TIMEOUT_NS 10000000000UL
#define ROOM 0x1000
#define SPOILT_REQUESTS 64

#define MSG_DONTWAIT 0x40
#define IOV_MAX 1024

struct linux_msghdr {
	u64 name;
	u32 name_size, pad0;
	u64 vectors, nr_vectors;
	u64 control, control_size;
	u32 flags, pad1;
};

struct garbage {
	u64 seed;
	u64 window_end;
	int zero, null;
	int sockets[2];
	char *room;
	u64 refused;
	bool stop;
	struct linux_iovec flipping[2];
};

/* Calls that, whatever their arguments are, harm nobody and do not wait. */
static const u16 harmless[] = {
	4,   5,	  6,   8,   17,	 18,  21,  32,	39,  51,  52,  54,  55,	 63,  72,
	77,  78,  79,  83,  89,	 102, 104, 107, 108, 110, 111, 121, 124, 186, 201,
	217, 228, 229, 257, 262, 267, 269, 280, 292, 302, 318, 332, 439,
};

static u64 below(struct garbage *g, u64 limit)
{
	return next_random(&g->seed) % limit;
}

/* An address from which @size bytes do not lie in the window, not all of them. */
static u64 bad_address(struct garbage *g, u64 size)
{
	u64 window = (u64)state();

	switch (below(g, 8)) {
	case 0:
		return below(g, ROOM) + 1;
	case 1:
		return window - 1 - below(g, size);
	case 2:
		return g->window_end - size + 1 + below(g, size);
	case 3:
		return ~0UL - below(g, 2 * size);
	case 4:
		return 0x400000 + below(g, 0x10000000);
	case 5:
		return 0x7ff000000000 + below(g, 0xfffffffff);
	case 6:
		return 0xffff800000000000 + next_random(&g->seed) % 0x7fffffffffff;
	default:
		return 1UL << 47 | next_random(&g->seed);
	}
}

static void expect_refused(struct garbage *g, const char *what, s64 result)
{
	if (result >= 0)
		fail("%s was executed, result %ld", what, result);
	if (result == -ETIMEDOUT || result == -ECONNRESET || result == -EPROTO)
		fail("%s was not answered, errno %ld", what, -result);
	g->refused++;
}

static void expect_error(struct garbage *g, const char *what, s64 result, s64 error)
{
	expect_refused(g, what, result);
	if (result != -error)
		fail("%s: errno %ld instead of %ld", what, -result, error);
}

static void unknown_number(struct garbage *g)
{
	u64 args[6] = { next_random(&g->seed), next_random(&g->seed), below(g, 100) };
	u64 nr = below(g, 2) ? 600 + below(g, 0x7000) : NIMBOS_SCF_NR_MUNMAP + 1 + below(g, 0x7000);

	expect_error(g, "an unknown number", sys(RTOS_NR_CALL, nr, args), ENOSYS);
}

static void bad_buffer(struct garbage *g)
{
	u64 size = 1 + below(g, ROOM);
	u64 address = bad_address(g, size);

	if (below(g, 2))
		expect_error(g, "read to outside", sys(NR_READ, g->zero, address, size), EFAULT);
	else
		expect_error(g, "write from outside", sys(NR_WRITE, g->null, address, size),
			     EFAULT);
}

static void bad_size(struct garbage *g)
{
	u64 size = g->window_end - (u64)g->room + 1 + (next_random(&g->seed) >> below(g, 64));

	if (size <= g->window_end - (u64)g->room)
		size = ~0UL;
	expect_error(g, "a read beyond the window", sys(NR_READ, g->zero, g->room, size), EFAULT);
}

static void bad_string(struct garbage *g)
{
	expect_error(g, "a name outside", sys(NR_OPEN, bad_address(g, 1), O_RDONLY), EFAULT);
}

static void bad_vectors(struct garbage *g)
{
	struct linux_iovec *vectors = (struct linux_iovec *)g->room;
	u64 n = 1 + below(g, 8), size = 1 + below(g, 64);

	for (u64 i = 0; i < n; i++)
		vectors[i] = (struct linux_iovec){ g->room + ROOM / 2, 16 };
	switch (below(g, 3)) {
	case 0:
		vectors[below(g, n)] = (struct linux_iovec){ (void *)bad_address(g, size), size };
		break;
	case 1:
		n = IOV_MAX + 1 + (next_random(&g->seed) >> below(g, 63));
		break;
	default:
		vectors = (void *)bad_address(g, n * sizeof(*vectors));
	}
	expect_refused(g, "bad vectors", sys(NR_READV, g->zero, vectors, n));
}

static void bad_message(struct garbage *g)
{
	struct linux_msghdr *message = (struct linux_msghdr *)g->room;
	struct linux_iovec *vector = (struct linux_iovec *)(message + 1);
	u64 size = 1 + below(g, 64);

	*vector = (struct linux_iovec){ g->room + ROOM / 2, 16 };
	*message = (struct linux_msghdr){ .vectors = (u64)vector, .nr_vectors = 1 };
	switch (below(g, 4)) {
	case 0:
		vector->base = (void *)bad_address(g, vector->len);
		break;
	case 1:
		message->vectors = bad_address(g, sizeof(*vector));
		break;
	case 2:
		message->control = bad_address(g, size);
		message->control_size = size;
		break;
	default:
		message->nr_vectors = IOV_MAX + 1 + below(g, ~0U);
	}
	expect_refused(g, "a bad message", sys(NR_SENDMSG, g->sockets[0], message, MSG_DONTWAIT));
}

static void anything(struct garbage *g)
{
	u64 args[6];
	u32 nr = harmless[below(g, ARRAY_SIZE(harmless))];
	s64 result;

	for (u32 i = 0; i < 6; i++)
		args[i] = below(g, 3) ? bad_address(g, 1) : next_random(&g->seed) >> below(g, 64);
	result = sys(RTOS_NR_CALL, nr, args);
	if (result == -ETIMEDOUT || result == -ECONNRESET || result == -EPROTO)
		fail("call %u with garbage was not answered, errno %ld", nr, -result);
}

static void flip(void *argument)
{
	struct garbage *g = argument;

	while (!READ_ONCE(g->stop)) {
		for (u32 i = 0; i < 1000; i++) {
			WRITE_ONCE(g->flipping[1].base, (void *)~0xffffUL);
			WRITE_ONCE(g->flipping[1].base, g->room);
			WRITE_ONCE(g->flipping[1].len, ~0UL >> 1);
			WRITE_ONCE(g->flipping[1].len, 16UL);
		}
		sys(NR_SCHED_YIELD);
	}
}

static void changing_vector(struct garbage *g)
{
	s64 result = sys(NR_READV, g->zero, g->flipping, 2);

	/* What it sees is one thing or the other, and before the other a part may be read. */
	if (result >= 0 && result != 16 && result != 32)
		fail("readv of a changing vector: %ld bytes", result);
	if (result == -ETIMEDOUT)
		fail("readv of a changing vector was not answered");
}

static void one_round(struct garbage *g)
{
	void (*const kinds[])(struct garbage *) = {
		unknown_number, bad_buffer,  bad_size, bad_string,
		bad_vectors,	bad_message, anything, changing_vector,
	};

	kinds[below(g, ARRAY_SIZE(kinds))](g);
}

/* In a child: numbers that are not next, entries ahead of their time, answers to nobody. */
static _Noreturn void spoil_lane(struct garbage *g)
{
	struct nimbos_scf_req *req = (struct nimbos_scf_req *)g->room;

	must(sys_waiting(0, TIMEOUT_NS / 10), "waiting");
	for (u32 i = 0; i < SPOILT_REQUESTS; i++) {
		*req = (struct nimbos_scf_req){
			.args = { next_random(&g->seed), bad_address(g, 64), below(g, ROOM) },
			.cookie = next_random(&g->seed),
			.nr = harmless[below(g, ARRAY_SIZE(harmless))],
			.prio = next_random(&g->seed),
			.flags = next_random(&g->seed),
			.seq = sys(RTOS_NR_SEQ) + 2 + below(g, 1U << 31),
		};
		must(sys(RTOS_NR_RAW, req, below(g, 64)), "raw");
	}
	/* The last one is valid, but the library does not know of it. */
	req->seq = sys(RTOS_NR_SEQ);
	must(sys(RTOS_NR_RAW, req, 0), "raw");
	sys(NIMBOS_SCF_NR_NOP);
	sys_exit_group(0);
}

int main_garbage(int argc, char **argv)
{
	struct garbage *g = allocate(sizeof(*g));
	u64 n = argc > 2 ? parse_number(argv[2]) : 1000;
	struct worker *flipper = allocate(sizeof(*flipper));
	struct rtos_info info;
	int status;
	s64 pid;

	must(sys(RTOS_NR_INFO, &info), "info");
	*g = (struct garbage){
		.seed = (argc > 1 ? parse_number(argv[1]) : 1) * 2 + 1,
		.window_end = info.window_end,
		.zero = must(sys_open("/dev/zero", O_RDONLY, 0), "/dev/zero"),
		.null = must(sys_open("/dev/null", O_WRONLY, 0), "/dev/null"),
		.room = allocate(ROOM),
	};
	g->flipping[0] = (struct linux_iovec){ g->room, 16 };
	g->flipping[1] = g->flipping[0];
	must(sys(NR_SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, g->sockets), "socketpair");
	must(sys_waiting(RTOS_POLL_ADAPTIVE, TIMEOUT_NS), "waiting");
	must(worker_start(flipper, flip, g, 0), "thread");
	for (u64 i = 0; i < n; i++)
		one_round(g);
	WRITE_ONCE(g->stop, true);
	worker_join(flipper);

	pid = must(program_fork(), "fork");
	if (!pid)
		spoil_lane(g);
	must(sys_wait(pid, &status), "wait4");
	must(sys(NIMBOS_SCF_NR_NOP), "nop");
	print("garbage: ok n=%lu refused=%lu spoilt_child_status=%x\n", n, g->refused, status);
	return 0;
}

/* What becomes of its own calls is not of interest: it makes none meanwhile. */
int main_upids(int argc, char **argv)
{
	u64 seed = argc > 1 ? parse_number(argv[1]) : 1;
	u64 n = argc > 2 ? parse_number(argv[2]) : 1000;
	bool reserved = argc > 3;

	for (u64 i = 0; i < n; i++)
		seed = sys(RTOS_NR_UPIDS, seed, reserved);
	print("upids: ok rounds=%lu\n", n);
	return 0;
}
