/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: text files of Linux.
 */
#ifndef NIMBOS_CTL_TEXT_H
#define NIMBOS_CTL_TEXT_H

/**
 * read_text() - all of a file
 * @path: its path
 *
 * Return: its text, without the newline at its end, to be freed; NULL with errno if it cannot be
 * read.
 */
char *read_text(const char *path);

/**
 * cmdline_find() - a parameter on a kernel's command line
 * @line: the command line, or the rest of one
 * @name: of the parameter
 *
 * Return: its value, which ends with a blank or with @line and is empty if there is none; NULL if
 * the parameter is not there.
 */
const char *cmdline_find(const char *line, const char *name);

#endif /* NIMBOS_CTL_TEXT_H */
