/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs have instead of a C library. Each process has its own variables.
 */
#ifndef LEGACY_LIB_H
#define LEGACY_LIB_H

#include "errno.h"
#include "format.h"
#include "rtos.h"
#include "sys6.h"
#include "types.h"

#define O_RDONLY 0
#define O_WRONLY 01
#define O_CREAT 0100
#define O_TRUNC 01000

/* What version 1 takes at once. */
#define LINE_SIZE 255

__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/**
 * fail() - say what went wrong, and exit with 1
 * @format: what failed, without a newline
 */
_Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...);

/* Ends the calling thread. */
_Noreturn void leave(int status);

/* Fails if @result is an error; @what was tried. Return: @result. */
s64 must(s64 result, const char *what);

/* Fails if @text is no number. */
u64 parse_number(const char *text);

void write_all(int fd, const void *data, size_t size);

/* A line of standard input, without its end. Return: its length, or -1 if there is none left. */
s64 read_line(char *line, size_t size);

#endif /* LEGACY_LIB_H */
