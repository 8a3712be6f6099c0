/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program of the first process, as an ELF file.
 */
	.section .rodata
	.balign 16
	.globl first_program
first_program:
	.incbin FIRST_PROGRAM
	.globl first_program_end
first_program_end:

	.section .note.GNU-stack, "", @progbits
