/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: a process of Linux that executes the calls of a process of a peer.
 *
 * One thread waits for the end, and one worker for each thread of the peer's process serves that
 * thread's lane. Workers share nothing but what is in struct shadow, and change it under its lock.
 */
#ifndef NIMBOS_SHADOW_H
#define NIMBOS_SHADOW_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/types.h>

#include "call.h"
#include "nimbos/nimbos.h"

struct answer;
struct legacy;
struct policy;
struct shadow;
struct worker;

/* How the shadow ends when it is not the peer's process that has ended. */
enum {
	EXIT_USAGE = 2,
	EXIT_NOT_STARTED = 125,
	EXIT_SLOT_DIED = 126,
	EXIT_BAD_PEER = 127,
};

/**
 * enum worker_state - whether a lane is served
 * @WORKER_NONE: it is not; CLONE may begin
 * @WORKER_SERVING: a thread serves it
 * @WORKER_ENDING: its thread has answered its last request, or is about to; to be joined
 * @WORKER_FAILED: the peer has broken the rules of its ring; nobody will serve it any more
 */
enum worker_state {
	WORKER_NONE = 0,
	WORKER_SERVING,
	WORKER_ENDING,
	WORKER_FAILED,
};

/**
 * enum waiting - how workers wait for requests, and notify of answers
 * @WAITING_AUTO: poll for a while, then sleep until a user interrupt, or the kernel's if there is
 *	no user interrupt to be had
 * @WAITING_POLL: never sleep
 * @WAITING_UINTR: wait for user interrupts, awake for a while, then asleep
 * @WAITING_IRQ: poll for a while, then sleep until the kernel's interrupt
 */
enum waiting {
	WAITING_AUTO = 0,
	WAITING_POLL,
	WAITING_UINTR,
	WAITING_IRQ,
};

/**
 * struct worker - serves a lane
 * @shadow: the process
 * @no: number of the lane
 * @state: enum worker_state, an atomic; leaves WORKER_NONE and WORKER_ENDING under the shadow's
 *	lock
 * @lane: the lane
 * @thread: valid unless @state is WORKER_NONE
 * @started: posted by the thread once @tid is set
 * @tid: its thread ID
 * @prio: priority that the thread has: 0 for none, 1 to 99
 * @poll_ns: how long it looks at the ring before it sleeps
 * @receiving: legacy: it receives the requests of all
 * @uintr: legacy: it has user interrupts, while it receives
 * @caller: what its calls may touch
 */
struct worker {
	struct shadow *shadow;
	unsigned int no;
	int state;
	struct nimbos_lane *lane;
	pthread_t thread;
	sem_t started;
	pid_t tid;
	uint8_t prio;
	uint64_t poll_ns;
	bool receiving;
	bool uintr;
	struct caller caller;
};

/**
 * struct shadow - the process
 * @slot: its slot
 * @open: fills in @slot: device_open(), sim_open() or legacy_open()
 * @serve: how a worker serves a request: worker_serve() or legacy_serve()
 * @legacy: what belongs to a legacy peer's process; NULL for others
 * @policy: what the process may do; NULL for all that the shadow may
 * @can_fork: whether a child can have a slot of its own
 * @shape: of the slot
 * @device: path of the device or of the sim's socket
 * @waiting: how workers wait
 * @poll_ns: how long a worker stays awake before it sleeps
 * @args: arguments of the peer's process, each ending with a NUL
 * @args_size: of them, in bytes
 * @fd_floor: descriptors from this number on are the shadow's own
 * @signal_fd: signals that end the shadow
 * @parent_fd: pidfd of the shadow that forked this one; -1 if it was not forked
 * @lock: one changes the set of workers, forks, or takes over another program's name
 * @serving: number of workers that serve a lane, an atomic
 * @exit_status: with which the process exits; -1 before it does, an atomic
 * @leader: thread that waits for the end, and whose name is the process's
 * @name: the name that it should take, when it gets SIGUSR1; under @lock
 * @named: posted by @leader when it has done so
 * @worker: workers by lane
 */
struct shadow {
	struct nimbos_slot *slot;
	int (*open)(struct shadow *shadow);
	int (*serve)(struct worker *worker, struct answer *answer);
	struct legacy *legacy;
	struct policy *policy;
	bool can_fork;
	struct nimbos_slot_alloc shape;
	const char *device;
	enum waiting waiting;
	uint64_t poll_ns;
	char *args;
	size_t args_size;
	uint32_t fd_floor;
	int signal_fd;
	int parent_fd;
	pthread_mutex_t lock;
	int serving;
	int exit_status;
	pthread_t leader;
	char name[16];
	sem_t named;
	struct worker worker[NIMBOS_SCF_MAX_LANES];
};

/**
 * struct answer - what becomes of a request
 * @result: what the call returned, or a negative errno
 * @aux: its second result, or 0
 * @then: what the worker does once it has answered
 */
struct answer {
	int64_t result;
	uint64_t aux;
	enum { ANSWER_GO_ON = 0, ANSWER_END_WORKER, ANSWER_EXIT } then;
};

/* serve.c: what signals do, SIGBUS among them; once. */
int serve_init(struct shadow *shadow);

/* serve.c: open the slot; 0 or a negative errno. */
int serve_open(struct shadow *shadow);

/* serve.c: serve lane 0 of it and tell the peer; 0 or a negative errno. */
int serve_start(struct shadow *shadow, uint32_t server_state);

/* serve.c: wait for the end. */
_Noreturn void serve_wait(struct shadow *shadow);

/* serve.c: the slot has died under the process, unless that has exited. */
_Noreturn void serve_slot_died(const struct shadow *shadow);

/* device.c: open the device, among the shadow's own descriptors; what goes wrong is logged. */
int device_open_fd(const struct shadow *shadow);

/* opener.c: start a process that opens the device for those who will not be able to. */
int opener_start(const char *device);

/* opener.c: open the device, by that process if there is one; a descriptor, or a negative errno. */
int opener_open(const char *device);

/* device.c, sim.c: fill in @slot; what goes wrong is logged. 0 or a negative errno. */
int device_open(struct shadow *shadow);
int sim_open(struct shadow *shadow);

/* worker.c: begin to serve a lane; the thread ID, or a negative errno. */
int worker_start(struct shadow *shadow, unsigned int no, uint8_t prio);

/* worker.c: serve one request: 0, or a negative errno when there will be none any more. */
int worker_serve(struct worker *worker, struct answer *answer);

/* waiting.c: one of enum waiting by its name; whether there is such. */
bool waiting_parse(const char *name, enum waiting *waiting);

/* waiting.c: called by the worker's thread before it serves the lane, and when it has. */
void waiting_start(struct worker *worker);
void waiting_stop(struct worker *worker);

/* waiting.c: why there are no user interrupts, as an error of the device says, in words. */
const char *waiting_what_is_missing(const struct shadow *shadow, int error);

/* control.c: a call of enum nimbos_scf_nr. */
void control_execute(struct worker *worker, unsigned int nr, const uint64_t args[6],
		     struct answer *answer);

/* fork.c: NIMBOS_SCF_NR_FORK. */
void shadow_fork(struct worker *worker, struct answer *answer);

/* refusal.c: before the first call, and before forks, which share it; 0 or a negative errno. */
int refusal_init(void);

/* refusal.c: log that a call was refused, if it was; a few lines at once, then one at a time. */
void refusal_log(const struct worker *worker, unsigned int nr, int64_t result);

/* priority.c: take over the priority of a request, 0 to 99. */
void priority_follow(struct worker *worker, uint8_t prio);

#endif /* NIMBOS_SHADOW_H */
