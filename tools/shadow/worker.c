// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: a worker serves a lane.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "shadow.h"

static void execute(struct worker *worker, const struct nimbos_scf_req *req, struct answer *answer)
{
	uint64_t args[6];

	/* Reserved for what this server does not know. */
	if (req->flags || req->prio > 99) {
		answer->result = -EINVAL;
		return;
	}
	priority_follow(worker, req->prio);
	for (int i = 0; i < 6; i++)
		args[i] = req->args[i];
	if (req->nr >= NIMBOS_SCF_NR_NOP) {
		worker->caller.refusal = REFUSED_NOT;
		worker->caller.string = NULL;
		control_execute(worker, req->nr, args, answer);
	} else {
		answer->result = call_execute(&worker->caller, req->nr, args);
	}
	refusal_log(worker, req->nr, answer->result);
}

int worker_serve(struct worker *worker, struct answer *answer)
{
	struct nimbos_scf_req req;
	int ret;

	do {
		ret = nimbos_lane_wait(worker->lane, &req, worker->poll_ns);
	} while (ret == -EINTR);
	if (ret < 0)
		return ret;
	*answer = (struct answer){ 0 };
	execute(worker, &req, answer);
	/*
	 * Pairs with the load in worker_start(): who has seen the answer finds the lane free. From
	 * here on this thread does nothing that could block for long.
	 */
	if (answer->then == ANSWER_END_WORKER)
		__atomic_store_n(&worker->state, WORKER_ENDING, __ATOMIC_RELEASE);
	nimbos_lane_respond(worker->lane, &req, answer->result, answer->aux);
	return answer->then == ANSWER_GO_ON ? 0 : nimbos_lane_flush(worker->lane);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct shadow *shadow = worker->shadow;
	struct answer answer = { 0 };
	int error;

	worker->tid = gettid();
	waiting_start(worker);
	sem_post(&worker->started);
	do {
		error = shadow->serve(worker, &answer);
	} while (!error && answer.then == ANSWER_GO_ON);

	if (answer.then == ANSWER_EXIT) {
		/* Other workers get no more time for what they would have shown. */
		if (worker->lane)
			nimbos_slot_trace_flush(shadow->slot);
		log_line(LOG_DEBUG, "the process has exited", "status=%d", shadow->exit_status);
		_exit(shadow->exit_status);
	}
	if (error == -ESHUTDOWN)
		serve_slot_died(shadow);
	waiting_stop(worker);
	if (error) {
		log_line(LOG_ERR, "the lane has failed, the peer does not keep to the protocol",
			 "lane=%u error=%d", worker->no, -error);
		__atomic_store_n(&worker->state, WORKER_FAILED, __ATOMIC_RELEASE);
	}
	/* Lane 0 never ends by itself: if this was the last one, others have failed. */
	if (!__atomic_sub_fetch(&shadow->serving, 1, __ATOMIC_ACQ_REL)) {
		log_line(LOG_ERR, "no lane is left", "lane=%u", worker->no);
		_exit(EXIT_BAD_PEER);
	}
	return NULL;
}

/* The shadow's lock is held, or there is no other thread. */
int worker_start(struct shadow *shadow, unsigned int no, uint8_t prio)
{
	struct worker *worker = &shadow->worker[no];
	int error;

	switch (__atomic_load_n(&worker->state, __ATOMIC_ACQUIRE)) {
	case WORKER_SERVING:
		return -EBUSY;
	case WORKER_FAILED:
		return -EPROTO;
	case WORKER_ENDING:
		pthread_join(worker->thread, NULL);
		worker->state = WORKER_NONE;
		break;
	}
	worker->shadow = shadow;
	worker->no = no;
	worker->lane = nimbos_slot_lane(shadow->slot, no);
	worker->prio = prio;
	worker->caller.window = (uintptr_t)nimbos_slot_window(shadow->slot);
	worker->caller.window_size = nimbos_slot_info(shadow->slot)->window_size;
	worker->caller.fd_floor = shadow->fd_floor;
	worker->caller.policy = shadow->policy;
	if (!worker->caller.scratch) {
		error = caller_init(&worker->caller);
		if (error)
			return error;
	}
	sem_init(&worker->started, 0, 0);
	__atomic_add_fetch(&shadow->serving, 1, __ATOMIC_ACQ_REL);
	worker->state = WORKER_SERVING;
	error = pthread_create(&worker->thread, NULL, worker_main, worker);
	if (error) {
		worker->state = WORKER_NONE;
		__atomic_sub_fetch(&shadow->serving, 1, __ATOMIC_ACQ_REL);
		return -error;
	}
	sem_wait(&worker->started);
	return worker->tid;
}
