// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: the ioctls of /dev/nimbos: sizes, copies, flags and permissions. What they do is
 * elsewhere.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "nimbos.h"

/* All structures begin alike: their size, then flags. */
struct nimbos_head {
	u32 size;
	u32 flags;
};

union nimbos_arg {
	struct nimbos_head head;
	struct nimbos_query query;
	struct nimbos_peer_load load;
	struct nimbos_peer_start start;
	struct nimbos_peer_stop stop;
	struct nimbos_peer_unload unload;
	struct nimbos_slot_alloc alloc;
	struct nimbos_slot_wait wait;
	struct nimbos_slot_notify notify;
	struct nimbos_slot_eventfd eventfd;
	struct nimbos_slot_trace trace;
	struct nimbos_uintr_register_handler register_handler;
	struct nimbos_uintr_unregister_handler unregister_handler;
	struct nimbos_uintr_vector_fd vector_fd;
	struct nimbos_uintr_register_sender register_sender;
	struct nimbos_uintr_unregister_sender unregister_sender;
	struct nimbos_uintr_wait uintr_wait;
	struct nimbos_legacy_attach legacy_attach;
	struct nimbos_legacy_take legacy_take;
	struct nimbos_legacy_answer legacy_answer;
};

/* An ioctl under way: where the caller's structure is, and our copy of it. */
struct nimbos_ucmd {
	struct nimbos_file *file;
	void __user *user;
	u32 user_size;
	union nimbos_arg arg;
};

static int respond(const struct nimbos_ucmd *ucmd, size_t size)
{
	return copy_to_user(ucmd->user, &ucmd->arg, min_t(size_t, size, ucmd->user_size)) ?
		       -EFAULT : 0;
}

static struct nimbos_peer *get_peer(u32 id)
{
	if (id >= NIMBOS_MAX_PEERS)
		return NULL;
	return &nimbos_peers[array_index_nospec(id, NIMBOS_MAX_PEERS)];
}

static int do_query(struct nimbos_ucmd *ucmd)
{
	struct nimbos_query *arg = &ucmd->arg.query;
	struct nimbos_peer *peer = get_peer(arg->peer);
	u64 changes;
	int err;

	if (!peer)
		return -ENXIO;
	*arg = (struct nimbos_query){ .size = arg->size, .peer = arg->peer };
	changes = nimbos_peer_query(peer, arg);
	arg->uintr = nimbos_uintr_state();
	err = respond(ucmd, sizeof(*arg));
	if (err)
		return err;
	WRITE_ONCE(ucmd->file->seen[peer->id], changes);
	/* Who polls meanwhile may have looked before this, and slept after the change. */
	smp_mb();
	if (changes != READ_ONCE(peer->changes))
		wake_up_interruptible_poll(&ucmd->file->pollers, EPOLLPRI);
	return 0;
}

static int do_load(struct nimbos_ucmd *ucmd)
{
	struct nimbos_peer *peer = get_peer(ucmd->arg.load.peer);

	return peer ? nimbos_peer_load(peer, &ucmd->arg.load) : -ENXIO;
}

static int do_start(struct nimbos_ucmd *ucmd)
{
	struct nimbos_peer *peer = get_peer(ucmd->arg.start.peer);

	if (ucmd->arg.start.pad)
		return -EINVAL;
	return peer ? nimbos_peer_start(peer, &ucmd->arg.start) : -ENXIO;
}

static int do_stop(struct nimbos_ucmd *ucmd)
{
	struct nimbos_peer *peer = get_peer(ucmd->arg.stop.peer);

	if (ucmd->arg.stop.pad)
		return -EINVAL;
	return peer ? nimbos_peer_stop(peer) : -ENXIO;
}

static int do_unload(struct nimbos_ucmd *ucmd)
{
	struct nimbos_peer *peer = get_peer(ucmd->arg.unload.peer);

	if (ucmd->arg.unload.pad)
		return -EINVAL;
	return peer ? nimbos_peer_unload(peer) : -ENXIO;
}

static int do_alloc(struct nimbos_ucmd *ucmd)
{
	struct nimbos_slot_alloc *arg = &ucmd->arg.alloc;
	struct nimbos_peer *peer = get_peer(arg->peer);
	struct nimbos_file *file = ucmd->file;
	struct nimbos_slot *slot;
	int err;

	if (!peer)
		return -ENXIO;
	if (arg->pad)
		return -EINVAL;
	mutex_lock(&file->lock);
	slot = file->slot ? ERR_PTR(-EBUSY) : nimbos_slot_alloc(peer, file, arg);
	err = PTR_ERR_OR_ZERO(slot);
	if (!err)
		err = nimbos_file_keep_slot(file, slot, respond(ucmd, sizeof(*arg)));
	mutex_unlock(&file->lock);
	return err;
}

static int do_legacy_attach(struct nimbos_ucmd *ucmd)
{
	struct nimbos_legacy_attach *arg = &ucmd->arg.legacy_attach;
	struct nimbos_peer *peer = get_peer(arg->peer);
	struct nimbos_file *file = ucmd->file;
	struct nimbos_slot *slot;
	u64 route;
	int err;

	if (!peer)
		return -ENXIO;
	mutex_lock(&file->lock);
	slot = file->slot ? ERR_PTR(-EBUSY) : nimbos_slot_alloc_legacy(peer, file);
	err = PTR_ERR_OR_ZERO(slot);
	if (!err) {
		route = nimbos_legacy_route(slot);
		arg->slot = slot->nr;
		arg->vector = NIMBOS_SCF_ROUTE_VECTOR(route);
		arg->apicid = NIMBOS_SCF_ROUTE_APICID(route);
		err = nimbos_file_keep_slot(file, slot, respond(ucmd, sizeof(*arg)));
	}
	mutex_unlock(&file->lock);
	return err;
}

static int do_wait(struct nimbos_ucmd *ucmd)
{
	struct nimbos_slot *slot = nimbos_file_slot(ucmd->file);

	if (ucmd->arg.wait.pad)
		return -EINVAL;
	return slot ? nimbos_slot_wait(slot, &ucmd->arg.wait) : -ENODATA;
}

static int do_notify(struct nimbos_ucmd *ucmd)
{
	struct nimbos_slot *slot = nimbos_file_slot(ucmd->file);

	return slot ? nimbos_slot_notify(slot) : -ENODATA;
}

static int do_eventfd(struct nimbos_ucmd *ucmd)
{
	const struct nimbos_slot_eventfd *arg = &ucmd->arg.eventfd;
	struct nimbos_slot *slot = nimbos_file_slot(ucmd->file);

	return slot ? nimbos_slot_set_eventfd(slot, arg->lane, arg->fd) : -ENODATA;
}

static int do_trace(struct nimbos_ucmd *ucmd)
{
	struct nimbos_slot *slot = nimbos_file_slot(ucmd->file);

	return slot ? nimbos_calls_show(slot, &ucmd->arg.trace) : -ENODATA;
}

static int do_register_handler(struct nimbos_ucmd *ucmd)
{
	struct nimbos_uintr_register_handler *arg = &ucmd->arg.register_handler;
	int err;

	err = nimbos_uintr_register_handler(ucmd->file, arg);
	if (err)
		return err;
	err = respond(ucmd, sizeof(*arg));
	if (err)
		nimbos_uintr_unregister_handler(ucmd->file);
	return err;
}

static int do_unregister_handler(struct nimbos_ucmd *ucmd)
{
	return nimbos_uintr_unregister_handler(ucmd->file);
}

static int do_vector_fd(struct nimbos_ucmd *ucmd)
{
	struct nimbos_uintr_vector_fd *arg = &ucmd->arg.vector_fd;
	struct file *file;
	int err;

	file = nimbos_uintr_vector_file(ucmd->file, arg->vector);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = get_unused_fd_flags(O_CLOEXEC);
	if (err < 0)
		goto err_file;
	arg->fd = err;
	err = respond(ucmd, sizeof(*arg));
	if (err)
		goto err_fd;
	fd_install(arg->fd, file);
	return 0;

err_fd:
	put_unused_fd(arg->fd);
err_file:
	fput(file);
	return err;
}

static int do_register_sender(struct nimbos_ucmd *ucmd)
{
	struct nimbos_uintr_register_sender *arg = &ucmd->arg.register_sender;
	bool is_first;
	int err;

	err = nimbos_uintr_register_sender(ucmd->file, arg, &is_first);
	if (err)
		return err;
	err = respond(ucmd, sizeof(*arg));
	if (err) {
		nimbos_uintr_unregister_sender(ucmd->file, arg->index);
		if (is_first)
			nimbos_uintr_end_sender();
	}
	return err;
}

static int do_unregister_sender(struct nimbos_ucmd *ucmd)
{
	if (ucmd->arg.unregister_sender.pad)
		return -EINVAL;
	return nimbos_uintr_unregister_sender(ucmd->file, ucmd->arg.unregister_sender.index);
}

static int do_uintr_wait(struct nimbos_ucmd *ucmd)
{
	return nimbos_uintr_wait(ucmd->file, &ucmd->arg.uintr_wait);
}

/* The file's slot, of a legacy peer; or an ERR_PTR. */
static struct nimbos_slot *legacy_slot(const struct nimbos_ucmd *ucmd)
{
	struct nimbos_slot *slot = nimbos_file_slot(ucmd->file);

	if (!slot)
		return ERR_PTR(-ENODATA);
	return slot->peer->legacy ? slot : ERR_PTR(-EPROTONOSUPPORT);
}

static int do_legacy_take(struct nimbos_ucmd *ucmd)
{
	struct nimbos_legacy_take *arg = &ucmd->arg.legacy_take;
	struct nimbos_slot *slot = legacy_slot(ucmd);
	int err = IS_ERR(slot) ? PTR_ERR(slot) : nimbos_legacy_take(slot, arg);

	return err ?: respond(ucmd, sizeof(*arg));
}

static int do_legacy_answer(struct nimbos_ucmd *ucmd)
{
	struct nimbos_legacy_answer *arg = &ucmd->arg.legacy_answer;
	struct nimbos_slot *slot = legacy_slot(ucmd);
	int err;

	if (arg->pad)
		return -EINVAL;
	err = IS_ERR(slot) ? PTR_ERR(slot) : nimbos_legacy_answer(slot, arg);
	/* Who does not know of what is told may not expect to be written to. */
	if (err || ucmd->user_size < sizeof(*arg))
		return err;
	return respond(ucmd, sizeof(*arg));
}

/**
 * struct nimbos_ioctl_op - one ioctl
 * @size: of the structure as we know it
 * @min_size: of the structure as first published
 * @flags: the flags that have a meaning
 * @admin: wants CAP_SYS_BOOT
 * @execute: does it
 */
struct nimbos_ioctl_op {
	u32 size;
	u32 min_size;
	u32 flags;
	bool admin;
	int (*execute)(struct nimbos_ucmd *ucmd);
};

/* @last is the last field of the structure as first published: it stays when fields are added. */
#define OP(cmd, fn, type, last, ...)                            \
	[NIMBOS_CMD_##cmd] = {                                  \
		.size = sizeof(struct type),                    \
		.min_size = offsetofend(struct type, last),     \
		.execute = fn,                                  \
		__VA_ARGS__                                     \
	}

static const struct nimbos_ioctl_op ops[] = {
	OP(QUERY, do_query, nimbos_query, message),
	OP(PEER_LOAD, do_load, nimbos_peer_load, cmdline, .admin = true),
	OP(PEER_START, do_start, nimbos_peer_start, heartbeat_ms, .admin = true),
	OP(PEER_STOP, do_stop, nimbos_peer_stop, pad, .admin = true),
	OP(PEER_UNLOAD, do_unload, nimbos_peer_unload, pad, .admin = true),
	OP(SLOT_ALLOC, do_alloc, nimbos_slot_alloc, control_size),
	OP(SLOT_WAIT, do_wait, nimbos_slot_wait, timeout_ns, .flags = NIMBOS_WAIT_NOTIFY),
	OP(SLOT_NOTIFY, do_notify, nimbos_slot_notify, flags),
	OP(SLOT_EVENTFD, do_eventfd, nimbos_slot_eventfd, fd),
	OP(SLOT_TRACE, do_trace, nimbos_slot_trace, records),
	OP(UINTR_REGISTER_HANDLER, do_register_handler, nimbos_uintr_register_handler, upid,
	   .flags = NIMBOS_UINTR_LANE),
	OP(UINTR_UNREGISTER_HANDLER, do_unregister_handler, nimbos_uintr_unregister_handler, flags),
	OP(UINTR_VECTOR_FD, do_vector_fd, nimbos_uintr_vector_fd, fd),
	OP(UINTR_REGISTER_SENDER, do_register_sender, nimbos_uintr_register_sender, index,
	   .flags = NIMBOS_UINTR_DOORBELL),
	OP(UINTR_UNREGISTER_SENDER, do_unregister_sender, nimbos_uintr_unregister_sender, pad),
	OP(UINTR_WAIT, do_uintr_wait, nimbos_uintr_wait, timeout_ns),
	OP(LEGACY_ATTACH, do_legacy_attach, nimbos_legacy_attach, apicid),
	OP(LEGACY_TAKE, do_legacy_take, nimbos_legacy_take, args),
	OP(LEGACY_ANSWER, do_legacy_answer, nimbos_legacy_answer, result,
	   .flags = NIMBOS_LEGACY_ANSWER_NOTIFY),
};

/**
 * nimbos_ioctl() - ioctl() of /dev/nimbos
 * @file: the open file
 * @cmd: NIMBOS_IOC_*
 * @arg: user pointer to the ioctl's structure
 *
 * Return: 0 or a negative errno, as linux/nimbos.h documents.
 */
long nimbos_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct nimbos_ioctl_op *op;
	struct nimbos_ucmd ucmd = {
		.file = file->private_data,
		.user = (void __user *)arg,
	};
	unsigned int nr = _IOC_NR(cmd);
	int err;

	if (_IOC_TYPE(cmd) != NIMBOS_TYPE)
		return nimbos_legacy_ioctl(ucmd.file, cmd, ucmd.user);
	if (cmd != _IO(NIMBOS_TYPE, nr) || nr >= ARRAY_SIZE(ops))
		return -ENOIOCTLCMD;
	op = &ops[array_index_nospec(nr, ARRAY_SIZE(ops))];
	if (!op->execute)
		return -ENOIOCTLCMD;
	if (op->admin && !capable(CAP_SYS_BOOT))
		return -EPERM;
	if (get_user(ucmd.user_size, (u32 __user *)ucmd.user))
		return -EFAULT;
	if (ucmd.user_size < op->min_size)
		return -EINVAL;
	/* No structure will ever be as long; the tail is looked at byte by byte. */
	if (ucmd.user_size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&ucmd.arg, op->size, ucmd.user, ucmd.user_size);
	if (err)
		return err;
	if (ucmd.arg.head.flags & ~op->flags)
		return -EOPNOTSUPP;
	return op->execute(&ucmd);
}
