// SPDX-License-Identifier: GPL-2.0
/*
 * Several senders, threads and processes, each with a vector of its own.
 */
#include "sample.h"

#include <sys/mman.h>

#define SENDERS 8
#define ROUNDS 5

/* One entry each, in memory that the processes share. */
static volatile unsigned int *received;

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	(void)frame;
	received[vector]++;
}

struct sender {
	int fd;
	unsigned int vector;
};

static void *send_all(void *arg)
{
	const struct sender *sender = arg;
	int index = become_sender(sender->fd);

	for (unsigned int round = 1; round <= ROUNDS; round++) {
		_senduipi(index);
		while (received[sender->vector] < round)
			sched_yield();
	}
	return NULL;
}

static bool all_received(void)
{
	for (unsigned int i = 0; i < SENDERS; i++) {
		if (received[i] < ROUNDS)
			return false;
	}
	return true;
}

int main(void)
{
	struct sender sender[SENDERS];
	pthread_t thread[SENDERS];
	int status;

	received = mmap(NULL, SENDERS * sizeof(*received), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (received == MAP_FAILED)
		err(1, "mmap");
	sender[0] = (struct sender){ become_receiver(handler, 0), 0 };
	for (unsigned int i = 1; i < SENDERS; i++) {
		sender[i] = (struct sender){ uintr_vector_fd(i, 0), i };
		if (sender[i].fd < 0)
			err(1, "uintr_vector_fd");
	}
	for (unsigned int i = 0; i < SENDERS; i += 2) {
		if (!fork()) {
			send_all(&sender[i]);
			_exit(0);
		}
		thread[i + 1] = start(send_all, &sender[i + 1]);
	}
	/* It is this wait that an interrupt ends, not one for a thread or a process. */
	while (!all_received()) {
		if (uintr_wait(0) != -1 || errno != EINTR)
			err(1, "uintr_wait");
	}
	for (unsigned int i = 0; i < SENDERS; i += 2) {
		pthread_join(thread[i + 1], NULL);
		if (wait(&status) < 0 || status)
			errx(1, "a sender has failed");
	}
	for (unsigned int i = 0; i < SENDERS; i++) {
		if (received[i] != ROUNDS)
			errx(1, "%u deliveries of vector %u", received[i], i);
	}
	end_receiver(sender[0].fd);
	return 0;
}
