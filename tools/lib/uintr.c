// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: user interrupts of the calling thread.
 */
#include <stddef.h>

#include <linux/nimbos.h>

#include "../../peer/lib/nimbos_mem.h"
#include "ioctl.h"
#include "uintr.h"

_Static_assert(offsetof(struct nimbos_uintr, handler) == NIMBOS_UINTR_HANDLER, "see uintr_entry.S");
_Static_assert(offsetof(struct nimbos_uintr, arrived) == NIMBOS_UINTR_ARRIVED, "see uintr_entry.S");

__thread struct nimbos_uintr nimbos_uintr_self __attribute__((tls_model("initial-exec")));

static int register_handler(int fd, uint64_t handler, struct nimbos_uintr_register_handler *arg)
{
	int error;

	arg->size = sizeof(*arg);
	arg->handler = (uintptr_t)nimbos_uintr_entry;
	error = do_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_HANDLER, arg);
	/* Only now: it may have failed because there is one. Interrupts are still kept away. */
	if (!error)
		nimbos_uintr_self = (struct nimbos_uintr){ .handler = handler };
	return error;
}

int nimbos_uintr_register(int fd, uint64_t handler, uint32_t flags, uint32_t lane)
{
	struct nimbos_uintr_register_handler arg = { .flags = flags, .lane = lane };

	return register_handler(fd, handler, &arg);
}

int nimbos_uintr_register_lane(int fd, uint64_t handler, uint32_t lane, uint64_t *upid)
{
	struct nimbos_uintr_register_handler arg = { .flags = NIMBOS_UINTR_LANE, .lane = lane };
	int error = register_handler(fd, handler, &arg);

	*upid = arg.upid;
	return error;
}

int nimbos_uintr_unregister(int fd)
{
	struct nimbos_uintr_unregister_handler arg = { .size = sizeof(arg) };
	int error = do_ioctl(fd, NIMBOS_IOC_UINTR_UNREGISTER_HANDLER, &arg);

	if (!error)
		nimbos_uintr_self = (struct nimbos_uintr){ 0 };
	return error;
}

int nimbos_uintr_register_sender(int fd, uint32_t flags, int vector_fd)
{
	struct nimbos_uintr_register_sender arg = {
		.size = sizeof(arg),
		.flags = flags,
		.fd = vector_fd,
	};
	int error = do_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_SENDER, &arg);

	return error ? error : (int)arg.index;
}

int nimbos_uintr_unregister_sender(int fd, uint32_t index)
{
	struct nimbos_uintr_unregister_sender arg = { .size = sizeof(arg), .index = index };

	return do_ioctl(fd, NIMBOS_IOC_UINTR_UNREGISTER_SENDER, &arg);
}

/* Keep user interrupts away; whether they were let in. */
static bool disable(void)
{
	bool enabled;

	asm volatile("testui\n\tclui" : "=@ccc"(enabled) : : "memory");
	return enabled;
}

int nimbos_uintr_wait(int fd, int64_t timeout_ns)
{
	struct nimbos_uintr_wait arg = { .size = sizeof(arg), .timeout_ns = timeout_ns };
	bool enabled = disable();
	int error = 0;

	/* From here on an interrupt stays pending, and the kernel sees it. */
	if (!nimbos_read(&nimbos_uintr_self.arrived))
		error = do_ioctl(fd, NIMBOS_IOC_UINTR_WAIT, &arg);
	if (enabled)
		nimbos_uintr_enable();
	return error;
}
