// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: metrics, in the text format of OpenMetrics as far as Prometheus's older format is the
 * same: node_exporter's textfile collector reads that one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

#define PREFIX "nimbos_peer_"

static void print_head(FILE *out, const char *name, const char *unit, const char *type,
		       const char *help)
{
	const char *joint = unit ? "_" : "";

	unit = unit ? unit : "";
	fprintf(out, "# TYPE " PREFIX "%s%s%s %s\n", name, joint, unit, type);
	if (*unit)
		fprintf(out, "# UNIT " PREFIX "%s_%s %s\n", name, unit, unit);
	fprintf(out, "# HELP " PREFIX "%s%s%s %s\n", name, joint, unit, help);
}

static void print_states(FILE *out, const struct peers *peers)
{
	print_head(out, "state", NULL, "gauge", "1 for the state that the peer is in.");
	for (unsigned int i = 0; i < peers->count; i++) {
		for (uint32_t state = 0; state <= NIMBOS_PEER_FAILED; state++)
			fprintf(out, PREFIX "state{peer=\"%u\",state=\"%s\"} %d\n",
				peers->query[i].peer, nimbos_peer_state_name(state),
				peers->query[i].state == state);
	}
}

static void print_field(FILE *out, const struct peer_field *field, const struct peers *peers)
{
	print_head(out, field->name, field->unit, field->counter ? "counter" : "gauge",
		   field->help);
	for (unsigned int i = 0; i < peers->count; i++)
		fprintf(out, PREFIX "%s%s%s%s{peer=\"%u\"} %llu\n", field->name,
			field->unit ? "_" : "", field->unit ? field->unit : "",
			field->counter ? "_total" : "", peers->query[i].peer,
			(unsigned long long)peer_field_value(field, &peers->query[i]));
}

/* Return: whether all of it could be written. */
static bool print_metrics(FILE *out, const struct peers *peers)
{
	print_states(out, peers);
	for (size_t i = 0; i < peer_fields_count; i++) {
		if (peer_fields[i].help)
			print_field(out, &peer_fields[i], peers);
	}
	fputs("# EOF\n", out);
	return !fflush(out) && !ferror(out);
}

/* A reader finds the old file or the new one, and never a part. */
static int replace_file(const struct ctl *ctl, const char *path, const struct peers *peers)
{
	char *scratch = NULL;
	FILE *out = NULL;
	int fd = -1;
	int status = CTL_FAILED;

	if (asprintf(&scratch, "%s.XXXXXX", path) < 0)
		return ctl_fail(ctl, "%s", strerror(ENOMEM));
	fd = mkostemp(scratch, O_CLOEXEC);
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (out && print_metrics(out, peers) && !fchmod(fd, 0644) && !rename(scratch, path))
		status = CTL_OK;
	else
		ctl_fail(ctl, "'%s' cannot be written: %s; check the directory", path,
			 strerror(errno));
	if (status && fd >= 0)
		unlink(scratch);
	if (out)
		fclose(out);
	else if (fd >= 0)
		close(fd);
	free(scratch);
	return status;
}

int cmd_metrics(struct ctl *ctl, int argc, char **argv)
{
	const char *path = NULL;
	const struct option_spec options[] = {
		OPTION("output", 'o', OPTION_TEXT, &path),
		OPTION_END,
	};
	struct peers peers;
	int status = ctl_options(ctl, argc, argv, options);

	if (!status)
		status = peers_query(ctl, PEERS_ALL, &peers);
	if (status)
		return status;
	if (path)
		return replace_file(ctl, path, &peers);
	if (!print_metrics(stdout, &peers))
		return ctl_fail(ctl, "standard output: %s", strerror(errno));
	return CTL_OK;
}
