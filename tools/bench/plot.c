// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: a picture of what was measured, drawn by gnuplot: how long calls take, and what of
 * it each stage takes.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "guest.h"

static double value_of(const cJSON *item, const char *key)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, key));
}

static const char *text_of(const cJSON *item, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, key));

	return text ? text : "";
}

/* Times, a line for each: what, median, 99th of 100. Return: how many. */
static unsigned int put_times(FILE *out, const cJSON *root)
{
	unsigned int n = 0;
	const cJSON *item;

	fputs("$times << END\n", out);
	cJSON_ArrayForEach(item, root) {
		if (strcmp(text_of(item, "unit"), "ns") || !strncmp(item->string, "stage_", 6))
			continue;
		fprintf(out, "\"%s\" %g %g\n", text_of(item, "what"), value_of(item, "median"),
			value_of(item, "p99"));
		n++;
	}
	fputs("END\n", out);
	return n;
}

/* The medians of stages, a line for each way to wait. Return: how many ways have all of them. */
static unsigned int put_stages(FILE *out, const cJSON *root)
{
	unsigned int n = 0;

	fputs("$stages << END\nway", out);
	for (int k = 0; k < NR_STAGES; k++)
		fprintf(out, " %s", stages[k]);
	fputs("\n", out);
	for (int i = 0; i < NR_STAGE_ROWS; i++) {
		const cJSON *item[NR_STAGES];
		bool has_all = true;

		for (int k = 0; k < NR_STAGES; k++) {
			char key[64];

			snprintf(key, sizeof(key), "stage_%s_%s", stages_row(i), stages[k]);
			item[k] = cJSON_GetObjectItemCaseSensitive(root, key);
			has_all = has_all && item[k];
		}
		if (!has_all)
			continue;
		/* An underscore is a subscript to gnuplot. */
		fprintf(out, "\"%s\"", i == NR_WAYS ? "irq, version 2" : stages_row(i));
		for (int k = 0; k < NR_STAGES; k++)
			fprintf(out, " %g", value_of(item[k], "median") / 1000);
		fputs("\n", out);
		n++;
	}
	fputs("END\n", out);
	return n;
}

static void put_script(FILE *out, const char *path, unsigned int times, unsigned int ways)
{
	fprintf(out, "set terminal svg size 900,%d font 'sans-serif,13' background 'white'\n",
		ways ? 960 : 520);
	fprintf(out, "set output '%s'\nset multiplot\n", path);
	fputs("set style fill solid 0.9 border -1\nset key outside right top\nset rmargin 24\n",
	      out);
	if (times) {
		fprintf(out, "set size 1,%s\nset origin 0,%s\n", ways ? "0.55" : "1",
			ways ? "0.45" : "0");
		fprintf(out, "set yrange [%d.5:-0.5]\n", (int)times - 1);
		fputs("set title 'How long calls take'\nset xlabel 'time, ns'\nset logscale x\n"
		      "set format x '%.0s%c'\nset grid xtics\nset ytics noenhanced\n"
		      "set lmargin 40\nset style data points\nset pointsize 1\n"
		      "plot $times using 2:0:($3-$2):(0) with vectors nohead linewidth 4 "
		      "linecolor rgb '#c8c8c8' notitle, "
		      "'' using 2:0:ytic(1) pointtype 7 linecolor rgb '#3b7dd8' title 'median', "
		      "'' using 3:0 pointtype 7 linecolor rgb '#e0a030' title '99th of 100'\n"
		      "unset logscale x\nunset format\nunset xlabel\nunset grid\n"
		      "set ytics autofreq\nset yrange [0:*]\nset lmargin 10\n", out);
	}
	if (ways) {
		fprintf(out, "set size 1,%s\nset origin 0,0\n", times ? "0.45" : "1");
		fprintf(out, "set title 'What each stage takes, median'\nset ylabel 'time, us'\n"
			"set style data histogram\nset style histogram rowstacked\n"
			"set boxwidth 0.6\nset grid ytics\n"
			"plot for [i=2:%d] $stages using i:xtic(1) title columnheader(i)\n",
			NR_STAGES + 1);
	}
	fputs("unset multiplot\n", out);
}

static int draw(const char *path, const cJSON *root)
{
	FILE *gnuplot;
	unsigned int times, ways;

	/* The table comes before what gnuplot may have to say. */
	fflush(stdout);
	gnuplot = popen("gnuplot", "w");
	if (!gnuplot) {
		fprintf(stderr, "nimbos-bench: --plot: cannot run gnuplot: %s\n", strerror(errno));
		return -1;
	}
	times = put_times(gnuplot, root);
	ways = put_stages(gnuplot, root);
	put_script(gnuplot, path, times, ways);
	if (!pclose(gnuplot))
		return 0;
	fprintf(stderr, "nimbos-bench: --plot %s: gnuplot has failed; is it installed, and may the "
			"file be written?\n", path);
	return -1;
}

int bench_plot(const struct bench_options *options)
{
	cJSON *root = bench_results(options->json);
	int ret;

	if (!root || !cJSON_GetArraySize(root)) {
		fprintf(stderr, "nimbos-bench: --plot: %s holds no results\n", options->json);
		cJSON_Delete(root);
		return -1;
	}
	if (strpbrk(options->plot, "'\n")) {
		fprintf(stderr, "nimbos-bench: --plot %s: want a name without quotes\n",
			options->plot);
		ret = -1;
	} else {
		ret = draw(options->plot, root);
	}
	cJSON_Delete(root);
	return ret;
}
