// SPDX-License-Identifier: GPL-2.0
/*
 * Several vectors: what is sent while the receiver keeps interrupts away is delivered afterwards,
 * the highest first, and each once.
 */
#include "sample.h"

#define VECTORS 64

static volatile unsigned int received;
static unsigned long long order[VECTORS];

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	(void)frame;
	if (received < VECTORS)
		order[received] = vector;
	received++;
}

static void *sender(void *arg)
{
	const int *fd = arg;
	int index[VECTORS];

	for (int i = 0; i < VECTORS; i++)
		index[i] = become_sender(fd[i]);
	/* Twice: one that is pending is pending, and no more. */
	for (int i = 0; i < 2 * VECTORS; i++)
		_senduipi(index[i * 7 % VECTORS]);
	return NULL;
}

int main(void)
{
	int fd[VECTORS];

	fd[0] = become_receiver(handler, 0);
	_clui();
	for (int i = 1; i < VECTORS; i++) {
		fd[i] = uintr_create_fd(i, 0);
		if (fd[i] < 0)
			err(1, "uintr_create_fd");
	}
	pthread_join(start(sender, fd), NULL);
	if (received)
		errx(1, "an interrupt came while they were kept away");
	_stui();
	while (received < VECTORS)
		__builtin_ia32_pause();
	for (unsigned int i = 0; i < VECTORS; i++) {
		if (order[i] != VECTORS - 1 - i)
			errx(1, "delivery %u was of vector %llu", i, order[i]);
	}
	if (received != VECTORS)
		errx(1, "%u deliveries of %u vectors", received, VECTORS);
	end_receiver(fd[0]);
	return 0;
}
