/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: executing Linux calls for a peer. Nothing here knows of slots and lanes: a call
 * is a number and six arguments, of which no one is trusted.
 */
#ifndef NIMBOS_SHADOW_CALL_H
#define NIMBOS_SHADOW_CALL_H

#include <stddef.h>
#include <stdint.h>

struct policy;

/**
 * enum refusal - why a call, or some of it, was not given to Linux
 * @REFUSED_NOT: it was
 * @REFUSED_ALWAYS: it would break the shadow, or reach out of what was given to it
 * @REFUSED_UNKNOWN: there is no such call
 * @REFUSED_ELSEWHERE: it is the peer's own affair, or has another way
 * @REFUSED_BY_POLICY: the policy does not have it
 * @REFUSED_POINTER: something leads out of the window
 * @REFUSED_COMMAND: it has commands or options, and this one is never executed
 * @REFUSED_DESCRIPTOR: a descriptor is the shadow's own
 */
enum refusal {
	REFUSED_NOT = 0,
	REFUSED_ALWAYS,
	REFUSED_UNKNOWN,
	REFUSED_ELSEWHERE,
	REFUSED_BY_POLICY,
	REFUSED_POINTER,
	REFUSED_COMMAND,
	REFUSED_DESCRIPTOR,
};

/**
 * struct caller - on whose behalf a call is executed, and what it may touch
 * @window: address of the window
 * @window_size: of the window, in bytes
 * @fd_floor: descriptors from this number on are the shadow's own
 * @policy: what calls may be executed; NULL for all that are executed at all
 * @refusal: enum refusal, of the present call
 * @string: of the present call, the last string that it has; NULL if it has none
 * @scratch: private memory for copies of what a call's pointers lead to, SCRATCH_SIZE bytes
 * @scratch_used: how much of it the present call uses
 * @socklen: private copy of a length that goes in and out
 * @socklen_to: where in the window it goes back to, 0 for nowhere
 *
 * One for each thread that executes calls.
 */
struct caller {
	uint64_t window;
	uint64_t window_size;
	uint32_t fd_floor;
	const struct policy *policy;
	enum refusal refusal;
	const char *string;
	char *scratch;
	size_t scratch_used;
	uint32_t socklen;
	uint64_t socklen_to;
};

/* Enough for the largest call: poll() on as many descriptors as FD_FLOOR_MAX allows. */
#define SCRATCH_SIZE (1UL << 20)

/**
 * caller_init() - give a caller its private memory
 * @caller: @window, @window_size, @fd_floor and @policy are set, the rest is zero
 *
 * Return: 0 or -ENOMEM.
 */
int caller_init(struct caller *caller);

/**
 * call_execute() - execute a call, or refuse it
 * @caller: on whose behalf
 * @nr: its number
 * @args: its arguments, private
 *
 * Return: what the call returned, or a negative errno.
 */
int64_t call_execute(struct caller *caller, unsigned int nr, const uint64_t args[6]);

enum call_class {
	CALL_UNKNOWN = 0,
	CALL_REMOTE,
	CALL_LOCAL,
	CALL_DUAL,
	CALL_DENIED,
	CALL_UNSUPPORTED,
};

/* Of calls that are executed, see calls.def. */
enum call_group {
	GROUP_IO,
	GROUP_FILES,
	GROUP_ATTRIBUTES,
	GROUP_WATCH,
	GROUP_TIME,
	GROUP_PROCESS,
	GROUP_OWNERS,
	GROUP_SOCKETS,
	GROUP_IPC,
};

enum arg_type {
	ARG_DROP = 0,
	ARG_VALUE,
	ARG_FD,
	ARG_STRING,
	ARG_MEMORY,
	ARG_IOVEC,
	ARG_ADDRESS,
	ARG_SOCKLEN,
};

#define ARG_NO_INDEX 6

/**
 * struct arg - what an argument should be
 * @type: enum arg_type
 * @index: of the argument that it depends on, or ARG_NO_INDEX
 * @scale: ARG_MEMORY: bytes for each unit of the argument at @index
 * @base: ARG_MEMORY: bytes in any case
 */
struct arg {
	uint8_t type;
	uint8_t index;
	uint16_t scale;
	uint32_t base;
};

/* The words of calls.def. */
#define DROP { .type = ARG_DROP }
#define V { .type = ARG_VALUE }
#define FD { .type = ARG_FD }
#define STR { .type = ARG_STRING }
#define MEM(n) { .type = ARG_MEMORY, .index = ARG_NO_INDEX, .base = (n) }
#define BUF(k) { .type = ARG_MEMORY, .index = (k), .scale = 1 }
#define ARR(k, n) { .type = ARG_MEMORY, .index = (k), .scale = (n) }
#define HEAD(n, k) { .type = ARG_MEMORY, .index = (k), .scale = 1, .base = (n) }
#define IOV(k) { .type = ARG_IOVEC, .index = (k) }
#define ADDR { .type = ARG_ADDRESS }
#define SOCKLEN(k) { .type = ARG_SOCKLEN, .index = (k) }

typedef int64_t call_handler(struct caller *caller, unsigned int nr, const uint64_t args[6]);

/**
 * struct call - a system call
 * @name: as Linux has it, NULL for a number that Linux does not use
 * @class: enum call_class
 * @group: enum call_group
 * @handler: executes it; NULL to check @arg and execute it as it stands
 * @arg: what its arguments should be
 */
struct call {
	const char *name;
	uint8_t class;
	uint8_t group;
	call_handler *handler;
	struct arg arg[6];
};

/**
 * call_lookup() - what is known of a call
 * @nr: its number
 *
 * Return: the call, never NULL; @class is CALL_UNKNOWN if there is no such call.
 */
const struct call *call_lookup(unsigned int nr);

/**
 * call_checked() - check a call's arguments and execute it
 * @caller: on whose behalf
 * @nr: its number
 * @arg: what the arguments should be
 * @args: the arguments
 *
 * Return: what the call returned, or a negative errno.
 */
int64_t call_checked(struct caller *caller, unsigned int nr, const struct arg arg[6],
		     const uint64_t args[6]);

/**
 * call_linux() - execute a call as it stands
 * @nr: its number
 * @args: its arguments, checked
 *
 * Return: what the call returned, or a negative errno.
 */
int64_t call_linux(unsigned int nr, const uint64_t args[6]);

/**
 * call_ioctl_number() - what ioctls there are
 * @i: which one, counted from 0
 *
 * Return: its number; 0 when there are no more.
 */
uint32_t call_ioctl_number(unsigned int i);

call_handler call_close_range;
call_handler call_fcntl;
call_handler call_getsockopt;
call_handler call_ioctl;
call_handler call_kill;
call_handler call_openat2;
call_handler call_poll;
call_handler call_prctl;
call_handler call_prlimit;
call_handler call_recvmmsg;
call_handler call_recvmsg;
call_handler call_select;
call_handler call_semctl;
call_handler call_sendmmsg;
call_handler call_sendmsg;
call_handler call_setrlimit;
call_handler call_setsockopt;

#endif /* NIMBOS_SHADOW_CALL_H */
