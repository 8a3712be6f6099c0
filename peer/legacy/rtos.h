/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this kernel's programs can ask of it. Results are 0 or what is said here, or a negative
 * errno.
 */
#ifndef LEGACY_RTOS_H
#define LEGACY_RTOS_H

/**
 * enum rtos_nr - calls
 * @RTOS_READ: (fd, buffer, size): forwarded, as the next four
 * @RTOS_WRITE: (fd, data, size)
 * @RTOS_OPEN: (path, flags, mode)
 * @RTOS_CLOSE: (fd)
 * @RTOS_STAT: (path): the file's size
 * @RTOS_NOP: (stamps): a forwarded call that does nothing; stamps, or NULL, points to two words for
 *	when its request was in the queue and when the shadow had been told, in cycles
 * @RTOS_CALL: (opcode, args): a request as it stands; args points to four words
 * @RTOS_BEAT: (fd): the kernel writes a byte to fd, from its own memory
 * @RTOS_FORK: (): 0 in the child, its number in the parent
 * @RTOS_EXEC: (path): another program in this process, an ELF file of Linux's; the caller is its
 *	only thread
 * @RTOS_WAIT: (pid, status): waits for a child's end
 * @RTOS_THREAD: (entry, argument): a new thread
 * @RTOS_JOIN: (): waits for the end of all other threads of the process
 * @RTOS_EXIT: (status): ends the calling thread, and with the last one the process, with the
 *	greatest status of all
 * @RTOS_MEET: (n): waits until n threads, of whichever processes, are here
 * @RTOS_YIELD: ()
 * @RTOS_POLL: (polls): whether the kernel looks for answers all the time when nobody runs
 * @RTOS_HOLD: (cycles): whenever the kernel takes a queue's lock, it keeps it for so long
 */
enum rtos_nr {
	RTOS_READ,
	RTOS_WRITE,
	RTOS_OPEN,
	RTOS_CLOSE,
	RTOS_STAT,
	RTOS_NOP,
	RTOS_CALL,
	RTOS_BEAT,
	RTOS_FORK,
	RTOS_EXEC,
	RTOS_WAIT,
	RTOS_THREAD,
	RTOS_JOIN,
	RTOS_EXIT,
	RTOS_MEET,
	RTOS_YIELD,
	RTOS_POLL,
	RTOS_HOLD,
};

#endif /* LEGACY_RTOS_H */
