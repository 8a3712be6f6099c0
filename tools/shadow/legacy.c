// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: a slot of a legacy peer, and serving its queue.
 *
 * The queue itself is nobody's business here: the kernel takes requests out of it and puts answers
 * into it, since it alone can keep the queue's lock from being held by somebody who is not running.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../peer/lib/nimbos_mem.h"
#include "../lib/clock.h"
#include "../lib/slot.h"
#include "../lib/uintr.h"
#include "legacy.h"
#include "log.h"

/*
 * How often the queue is looked at without an interrupt, in ns: old images may not know how to
 * raise one. They look for answers as often.
 */
#define LOOK_NS 10000000

static int device_ioctl(const struct nimbos_slot *slot, unsigned long cmd, void *arg)
{
	return ioctl(slot->fd, cmd, arg) ? -errno : 0;
}

static void close_slot(struct nimbos_slot *slot)
{
	close(slot->fd);
	free(slot);
}

static const struct nimbos_transport transport = { .close = close_slot };

/* Of what peer, in a new shadow. */
static int legacy_create(struct shadow *shadow, int fd)
{
	struct legacy *legacy = calloc(1, sizeof(*legacy));
	struct nimbos_query query;
	int error;

	if (!legacy)
		return -ENOMEM;
	shadow->legacy = legacy;
	error = nimbos_query(fd, shadow->shape.peer, &query);
	if (error)
		return error;
	legacy->version = query.legacy == NIMBOS_LEGACY_V1 ? 1 : 2;
	legacy->space.region_base = query.region_base;
	legacy->space.region_size = query.region_size;
	/* Nobody here asks how children have ended. */
	signal(SIGCHLD, SIG_IGN);
	return legacy_space_init(&legacy->space, legacy->version);
}

static const char *open_error(int error)
{
	switch (error) {
	case -EPERM:
		return "the memory of a legacy peer wants CAP_SYS_RAWIO, run the shadow as root";
	case -EEXIST:
		return "something of the shadow lies in the first gigabyte, is it linked as a PIE";
	case -EFBIG:
		return "the region is too large to be seen by a shadow, load the peer with a "
		       "smaller one";
	default:
		return "cannot map the memory of a legacy peer";
	}
}

int legacy_open(struct shadow *shadow)
{
	struct nimbos_slot *slot;
	struct nimbos_legacy_attach attach = { .size = sizeof(attach), .peer = shadow->shape.peer };
	int fd = device_open_fd(shadow);
	int error;

	if (fd < 0)
		return fd;
	slot = calloc(1, sizeof(*slot));
	if (!slot) {
		close(fd);
		return -ENOMEM;
	}
	slot->transport = &transport;
	slot->fd = fd;
	slot->single_cpu = sysconf(_SC_NPROCESSORS_ONLN) == 1;
	error = device_ioctl(slot, NIMBOS_IOC_LEGACY_ATTACH, &attach);
	if (error) {
		log_line(LOG_ERR, nimbos_strerror(NIMBOS_CMD_LEGACY_ATTACH, error),
			 "peer=%u error=%d", shadow->shape.peer, -error);
		goto close;
	}
	if (!shadow->legacy)
		error = legacy_create(shadow, fd);
	if (!error)
		error = legacy_space_open(&shadow->legacy->space, fd);
	if (error) {
		log_line(LOG_ERR, open_error(error), "peer=%u error=%d", shadow->shape.peer,
			 -error);
		goto close;
	}
	slot->info.slot = attach.slot;
	slot->info.window_va = shadow->legacy->space.start;
	slot->info.window_size = shadow->legacy->space.size;
	slot->window = (void *)(uintptr_t)shadow->legacy->space.start;
	shadow->slot = slot;

	shadow->legacy->attached = attach;
	pthread_mutex_init(&shadow->legacy->receive, NULL);
	shadow->legacy->used = false;
	shadow->legacy->upid = 0;
	shadow->legacy->threads = 1;
	/* The first worker, which starts when we are through. */
	shadow->legacy->workers = 1;
	shadow->legacy->idle = 1;
	return 0;

close:
	close_slot(slot);
	return error;
}

static int take(const struct nimbos_slot *slot, struct nimbos_legacy_take *request)
{
	*request = (struct nimbos_legacy_take){ .size = sizeof(*request) };
	return device_ioctl(slot, NIMBOS_IOC_LEGACY_TAKE, request);
}

static int wait_to_be_notified(const struct worker *worker)
{
	const struct nimbos_slot *slot = worker->shadow->slot;
	struct nimbos_slot_wait wait = { .size = sizeof(wait), .timeout_ns = LOOK_NS };

	if (worker->uintr)
		return nimbos_uintr_wait(slot->fd, LOOK_NS);
	return device_ioctl(slot, NIMBOS_IOC_SLOT_WAIT, &wait);
}

/* Looks into the queue for a while, then waits. @waited: out: enum nimbos_waited. */
static int receive(struct worker *worker, struct nimbos_legacy_take *request, __u32 *waited)
{
	const struct nimbos_slot *slot = worker->shadow->slot;
	uint64_t poll_ns = slot->single_cpu ? 0 : worker->poll_ns;
	uint64_t start = nimbos_now_ns();
	int ret;

	*waited = NIMBOS_WAITED_POLL;
	for (;;) {
		/* What has arrived so far has told of what the queue shows from here on. */
		if (worker->uintr)
			nimbos_write(&nimbos_uintr_self.arrived, 0);
		ret = take(slot, request);
		if (ret != -EAGAIN)
			return ret;
		*waited = NIMBOS_WAITED_POLL;
		if (nimbos_now_ns() - start < poll_ns)
			continue;
		ret = wait_to_be_notified(worker);
		if (ret && ret != -ETIMEDOUT && ret != -EINTR)
			return ret;
		/* Who was woken need not poll for long. */
		if (!ret) {
			*waited = NIMBOS_WAITED_SLEEP;
			start = nimbos_now_ns();
		}
	}
}

void legacy_hand_over(struct worker *worker)
{
	struct shadow *shadow = worker->shadow;
	struct legacy *legacy = shadow->legacy;
	int error;

	if (!__atomic_sub_fetch(&legacy->idle, 1, __ATOMIC_ACQ_REL) &&
	    legacy->workers < NIMBOS_SCF_MAX_LANES) {
		__atomic_add_fetch(&legacy->idle, 1, __ATOMIC_ACQ_REL);
		pthread_mutex_lock(&shadow->lock);
		error = worker_start(shadow, legacy->workers++, 0);
		pthread_mutex_unlock(&shadow->lock);
		if (error < 0) {
			__atomic_sub_fetch(&legacy->idle, 1, __ATOMIC_ACQ_REL);
			legacy->workers--;
			log_line(LOG_WARNING, "cannot start a thread, a call may hold up others",
				 "error=%d", -error);
		}
	}
	legacy_uintr_end(worker);
	worker->receiving = false;
	pthread_mutex_unlock(&legacy->receive);
}

/* @replied: out: when the peer could see it. */
static int respond(const struct worker *worker, uint32_t request, int64_t result,
		   __u64 *replied)
{
	struct nimbos_legacy_answer arg = {
		.size = sizeof(arg),
		/* The first images have nobody at home there. */
		.flags = worker->shadow->legacy->version == 1 ? 0 : NIMBOS_LEGACY_ANSWER_NOTIFY,
		.request = request,
		.result = result,
	};
	int error = device_ioctl(worker->shadow->slot, NIMBOS_IOC_LEGACY_ANSWER, &arg);

	*replied = arg.replied;
	/* The peer has set its queue up anew since it asked. */
	return error == -ENOENT ? 0 : error;
}

/* One by one: who asks by these queues is slow in any case. If it fails, it is not seen. */
static void show(const struct worker *worker, const struct nimbos_legacy_take *request,
		 struct nimbos_call_record *record)
{
	struct nimbos_slot_trace arg = {
		.size = sizeof(arg),
		.count = 1,
		.records = (uintptr_t)record,
	};

	record->nr = NIMBOS_LEGACY_NR((uint32_t)worker->shadow->legacy->version, request->opcode);
	memcpy(record->args, request->args, sizeof(request->args));
	device_ioctl(worker->shadow->slot, NIMBOS_IOC_SLOT_TRACE, &arg);
}

int legacy_serve(struct worker *worker, struct answer *answer)
{
	struct legacy *legacy = worker->shadow->legacy;
	struct nimbos_call_record record = { 0 };
	struct nimbos_legacy_take request;
	int ret;

	if (!worker->receiving) {
		pthread_mutex_lock(&legacy->receive);
		worker->receiving = true;
		legacy_uintr_begin(worker);
	}
	ret = receive(worker, &request, &record.waited);
	if (ret == -EPROTO) {
		log_line(LOG_ERR,
			 "the queue is not what it should be, was the peer loaded as "
			 "what it is",
			 "slot=%u version=%u", legacy->attached.slot, legacy->version);
		_exit(EXIT_BAD_PEER);
	}
	if (ret)
		return ret;
	record.taken = nimbos_cycles();
	legacy->used = true;
	*answer = (struct answer){ 0 };
	legacy_execute(worker, &request, answer);
	record.executed = nimbos_cycles();
	record.result = answer->result;
	ret = respond(worker, request.request, answer->result, &record.replied);
	if (record.replied && request.traced)
		show(worker, &request, &record);
	if (!worker->receiving)
		__atomic_add_fetch(&legacy->idle, 1, __ATOMIC_ACQ_REL);
	return ret;
}
