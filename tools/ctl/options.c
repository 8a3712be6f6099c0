// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: options of commands.
 */
#include <getopt.h>

#include "../common/parse.h"
#include "ctl.h"

/* More than any command has. */
#define MAX_OPTIONS 24

static bool takes_value(const struct option_spec *spec)
{
	return spec->kind != OPTION_FLAG;
}

/* Return: the number of options; @letters is made for them as getopt(3) wants it. */
static size_t make_tables(const struct option_spec *specs, struct option *options, char *letters)
{
	size_t n = 0;

	for (; specs[n].name; n++) {
		options[n] = (struct option){
			specs[n].name, takes_value(&specs[n]), NULL, specs[n].letter
		};
		*letters++ = specs[n].letter;
		if (takes_value(&specs[n]))
			*letters++ = ':';
	}
	*letters++ = 'j';
	*letters++ = 'h';
	*letters = '\0';
	options[n] = (struct option){ "json", no_argument, NULL, 'j' };
	options[n + 1] = (struct option){ "help", no_argument, NULL, 'h' };
	return n;
}

static int set_number(const struct ctl *ctl, const struct option_spec *spec, const char *text)
{
	uint64_t number;

	if (!parse_number(text, spec->min, spec->max, &number))
		return ctl_usage(ctl, "--%s: '%s' is not a number from %u to %u", spec->name, text,
				 spec->min, spec->max);
	*(uint32_t *)spec->value = (uint32_t)number;
	return 0;
}

static int set(const struct ctl *ctl, const struct option_spec *spec, const char *text)
{
	if (spec->given)
		*spec->given = true;
	switch (spec->kind) {
	case OPTION_FLAG:
		*(bool *)spec->value = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)spec->value = text;
		return 0;
	case OPTION_NUMBER:
		return set_number(ctl, spec, text);
	case OPTION_SIZE:
		if (!parse_size(text, NULL, spec->value))
			return ctl_usage(ctl, "--%s: '%s' is not a size, as in 32M", spec->name,
					 text);
		return 0;
	case OPTION_REGION:
		if (!region_parse(text, spec->value))
			return ctl_usage(ctl,
					 "--%s: '%s' is not BASE+SIZE, as in 0x40000000+128M",
					 spec->name, text);
		return 0;
	case OPTION_WORD:
		if (!spec->parse(text, spec->value))
			return ctl_usage(ctl, "--%s: '%s' is not %s", spec->name, text,
					 spec->words);
		return 0;
	}
	return CTL_USAGE;
}

/* With @rest, all arguments from the first one on that is no option are somebody else's. */
static int parse(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs, bool rest)
{
	struct option options[MAX_OPTIONS + 3] = { 0 };
	char letters[2 * MAX_OPTIONS + 4] = "+";
	size_t n = make_tables(specs, options, letters + 1);
	int opt, status;
	size_t i;

	while ((opt = getopt_long(argc, argv, rest ? letters : letters + 1, options, NULL)) != -1) {
		if (opt == 'h') {
			ctl_help(ctl);
			return CTL_DONE;
		}
		if (opt == 'j') {
			ctl->json = true;
			continue;
		}
		for (i = 0; i < n && specs[i].letter != opt; i++)
			;
		if (i == n)
			return ctl_usage(ctl, "try 'nimbosctl %s --help'", ctl->cmd->name);
		status = set(ctl, &specs[i], optarg);
		if (status)
			return status;
	}
	if (optind < argc && !rest)
		return ctl_usage(ctl, "'%s' is one argument too many", argv[optind]);
	return 0;
}

int ctl_options(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs)
{
	return parse(ctl, argc, argv, specs, false);
}

int ctl_options_rest(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs,
		     char ***rest)
{
	int status = parse(ctl, argc, argv, specs, true);

	*rest = argv + optind;
	return status;
}
