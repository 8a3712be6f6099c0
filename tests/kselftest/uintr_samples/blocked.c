// SPDX-License-Identifier: GPL-2.0
/*
 * A receiver that sleeps: twenty times, first without and then with a limit of time.
 */
#include "sample.h"

#define ROUNDS 20

static volatile unsigned int sent, received;

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	(void)frame;
	(void)vector;
	received = sent;
}

static void *sender(void *arg)
{
	int index = become_sender(*(int *)arg);

	for (unsigned int round = 1; round <= ROUNDS; round++) {
		sent = round;
		_senduipi(index);
		while (received < round)
			sched_yield();
	}
	return NULL;
}

int main(void)
{
	int fd = become_receiver(handler, 63);
	pthread_t thread = start(sender, &fd);

	while (received < ROUNDS / 2) {
		if (uintr_wait(0) != -1 || errno != EINTR)
			err(1, "uintr_wait");
	}
	while (received < ROUNDS) {
		if (uintr_wait(60000000, 0) == 0)
			errx(1, "nothing came for a minute");
		if (errno != EINTR)
			err(1, "uintr_wait");
	}
	pthread_join(thread, NULL);
	end_receiver(fd);
	return 0;
}
