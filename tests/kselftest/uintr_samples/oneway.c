// SPDX-License-Identifier: GPL-2.0
/*
 * One way: a thread interrupts another one, which computes.
 */
#include "sample.h"

static volatile bool received;

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	(void)frame;
	received = vector == 0;
}

static void *sender(void *arg)
{
	int index = become_sender(*(int *)arg);

	_senduipi(index);
	if (uintr_unregister_sender(index, 0))
		err(1, "uintr_unregister_sender");
	return NULL;
}

int main(void)
{
	int fd = become_receiver(handler, 0);
	pthread_t thread = start(sender, &fd);

	while (!received)
		__builtin_ia32_pause();
	pthread_join(thread, NULL);
	end_receiver(fd);
	return 0;
}
