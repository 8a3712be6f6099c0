// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: text files of Linux.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "text.h"

char *read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t len;

	if (!file)
		return NULL;
	/* No such file holds a NUL. */
	len = getdelim(&text, &room, '\0', file);
	fclose(file);
	if (len < 0) {
		free(text);
		return strdup("");
	}
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

const char *cmdline_find(const char *line, const char *name)
{
	size_t len = strlen(name);

	while (*line) {
		line += strspn(line, " ");
		if (!strncmp(line, name, len)) {
			if (line[len] == '=')
				return line + len + 1;
			if (!line[len] || line[len] == ' ')
				return line + len;
		}
		line += strcspn(line, " ");
	}
	return NULL;
}
