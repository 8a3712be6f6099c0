/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The smallest image of the old kind, for tests of the driver: what it and the test share. It does
 * as it is told in a mailbox, which lies in the data buffer of version 1; with version 2 that is
 * memory as any other.
 */
#ifndef LEGACY_IMAGE_H
#define LEGACY_IMAGE_H

#define LEGACY_IMAGE_BASE 0x42000000
#define LEGACY_IMAGE "/lib/nimbos/legacy_image.bin"

/* From the region's base. */
#define MAILBOX 0x7eff000

/* In the mailbox, words. */
#define MAILBOX_ALIVE 0 /* counts up */
#define MAILBOX_DOORBELLS 4 /* interrupts on vector 40 */
#define MAILBOX_ICR_HIGH 8 /* an interrupt to send */
#define MAILBOX_ICR_LOW 12
#define MAILBOX_COMMAND 16 /* another number than in DONE: send it */
#define MAILBOX_DONE 20

#endif /* LEGACY_IMAGE_H */
