/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: the page that a peer's CPU starts in, shared by C and assembly. Its addresses are those
 * of RVM1.5's RtStart, which peers know.
 */
#ifndef NIMBOS_PEER_NATIVE_H
#define NIMBOS_PEER_NATIVE_H

#define NIMBOS_START_PAGE 0x6000
#define NIMBOS_START_STACK 0x6ff0
#define NIMBOS_START_BOARD 0x6ff4 /* u32: goes to EBX */
#define NIMBOS_START_ENTRY 0x6ff8 /* u64: its low half goes to EAX and EIP */

#define NIMBOS_START_CS32 0x08
#define NIMBOS_START_CS64 0x10
#define NIMBOS_START_DS 0x18

#ifndef __ASSEMBLER__
extern const char nimbos_start_stub[];
extern const char nimbos_start_stub_end[];
#endif

#endif /* NIMBOS_PEER_NATIVE_H */
