/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
#ifndef UINTR_TEST_H
#define UINTR_TEST_H

#include <linux/ioctl.h>

/* The argument is the handler's address; for the calling thread, until it closes. */
#define UINTR_TEST_RECEIVE	_IO('u', 1)
/* Index i of SENDUIPI is vector i of the receiver, on the CPU of the calling thread. */
#define UINTR_TEST_SEND		_IO('u', 2)

#endif
