// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: Intel's interface for user interrupts, see nimbos/uintr.h.
 */
#include <pthread.h>
#include <unistd.h>

#include "../../peer/lib/nimbos_mem.h"
#include "ioctl.h"
#include "nimbos/nimbos.h"
#include "nimbos/uintr.h"
#include "uintr.h"

#define WAIT_MAX_USEC 1000000000

/* The process's open file of the device, set by whoever is first to need it; -1 before. */
static int device = -1;

static int fail(int error)
{
	errno = error;
	return -1;
}

/* The open file is the parent's, and this thread's registration did not come along. */
static void forget_parent(void)
{
	if (device >= 0)
		close(device);
	device = -1;
	nimbos_uintr_self = (struct nimbos_uintr){ 0 };
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_parent);
}

/* Return: a descriptor, or a negative errno. */
static int open_device(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int fd = nimbos_load_acquire(&device);
	int none = -1;

	if (fd >= 0)
		return fd;
	pthread_once(&once, watch_forks);
	fd = nimbos_open(NULL);
	if (fd == -ENOENT || fd == -ENXIO || fd == -ENODEV)
		return -EOPNOTSUPP;
	if (fd < 0)
		return fd;
	if (__atomic_compare_exchange_n(&device, &none, fd, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return fd;
	close(fd);
	return none;
}

int(uintr_register_handler)(uint64_t handler, unsigned int flags)
{
	int fd, error;

	if (flags)
		return fail(EINVAL);
	if (!handler)
		return fail(EFAULT);
	fd = open_device();
	if (fd < 0)
		return fail(-fd);
	error = nimbos_uintr_register(fd, handler, 0, 0);
	return error ? fail(-error) : 0;
}

int uintr_unregister_handler(unsigned int flags)
{
	int error;

	if (flags || !nimbos_uintr_self.handler)
		return fail(EINVAL);
	error = nimbos_uintr_unregister(device);
	return error ? fail(-error) : 0;
}

int uintr_vector_fd(uint64_t vector, unsigned int flags)
{
	struct nimbos_uintr_vector_fd arg = { .size = sizeof(arg), .vector = (uint32_t)vector };
	int error;

	if (flags || !nimbos_uintr_self.handler)
		return fail(EINVAL);
	if (vector >= NIMBOS_UINTR_VECTORS)
		return fail(ENOSPC);
	error = do_ioctl(device, NIMBOS_IOC_UINTR_VECTOR_FD, &arg);
	return error ? fail(-error) : arg.fd;
}

int uintr_create_fd(uint64_t vector, unsigned int flags)
{
	return uintr_vector_fd(vector, flags);
}

int uintr_register_sender(int fd, unsigned int flags)
{
	int dev, index;

	if (flags)
		return fail(EINVAL);
	dev = open_device();
	if (dev < 0)
		return fail(-dev);
	index = nimbos_uintr_register_sender(dev, 0, fd);
	/* All that can be wrong with an open descriptor is that it is something else. */
	if (index == -EINVAL)
		index = -EOPNOTSUPP;
	return index < 0 ? fail(-index) : index;
}

int uintr_unregister_sender(int index, unsigned int flags)
{
	int error;

	if (flags || index < 0)
		return fail(EINVAL);
	error = nimbos_uintr_unregister_sender(device, (uint32_t)index);
	/* EBADF: nobody in this process has registered yet. */
	return error ? fail(error == -EBADF ? EINVAL : -error) : 0;
}

/* Without a handler, the processor may not even know the instructions. */
static int wait_for(int64_t timeout_ns, unsigned int flags)
{
	int error;

	if (flags)
		return fail(EINVAL);
	if (!nimbos_uintr_self.handler)
		return fail(EOPNOTSUPP);
	error = nimbos_uintr_wait(device, timeout_ns);
	if (error == -ETIMEDOUT)
		return 0;
	if (error && error != -EINTR)
		return fail(-error);
	nimbos_write(&nimbos_uintr_self.arrived, 0);
	return fail(EINTR);
}

int uintr_wait_usec(uint64_t usec, unsigned int flags)
{
	if (usec > WAIT_MAX_USEC)
		return fail(EINVAL);
	return wait_for((int64_t)usec * 1000, flags);
}

int uintr_wait_forever(unsigned int flags)
{
	return wait_for(-1, flags);
}
