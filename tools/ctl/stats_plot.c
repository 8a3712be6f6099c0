// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: stats: a picture. For all of a call's time and for each stage there is a panel, which
 * shows how many calls took how long, on a scale of powers of ten that all panels share.
 */
#include <inttypes.h>
#include <math.h>

#include "stats.h"

#define WIDTH 860
#define LEFT 90
#define RIGHT 170
#define TOP 56
#define PANEL 66
#define GAP 22
#define BOTTOM 46
#define HEIGHT (TOP + NR_TIMES * (PANEL + GAP) + BOTTOM)
#define INNER (WIDTH - LEFT - RIGHT)
#define BARS_PER_DECADE 20

/* The times that are shown, as powers of ten of ns. */
struct scale {
	int first;
	int last;
};

static struct scale find_scale(const struct stats *stats)
{
	struct scale scale = { .first = 3, .last = 4 };

	for (unsigned int i = 0; i < NR_TIMES; i++) {
		const struct histogram *times = &stats->times[i];

		if (!times->count)
			continue;
		while (scale.first > 1 && (double)histogram_quantile(times, 0.001) <
						  pow(10, scale.first))
			scale.first--;
		while (scale.last < 12 && (double)times->max > pow(10, scale.last))
			scale.last++;
	}
	return scale;
}

/* How far from the left a time is. */
static double x_of(const struct scale *scale, double ns)
{
	double at = ns < 1 ? 0 : log10(ns) - scale->first;

	if (at < 0)
		at = 0;
	return LEFT + at * INNER / (scale->last - scale->first);
}

/* Those that are shorter than what is shown are in the first bar. Return: the most in one. */
static uint64_t make_bars(const struct scale *scale, const struct histogram *times, uint64_t *bars)
{
	const int count = (scale->last - scale->first) * BARS_PER_DECADE;
	uint64_t most = 0;

	for (int i = 0; i < count; i++)
		bars[i] = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		double middle = (double)(histogram_lower(i) + histogram_lower(i + 1)) / 2;
		int bar = (int)((log10(middle < 1 ? 1 : middle) - scale->first) * BARS_PER_DECADE);

		bar = bar < 0 ? 0 : bar < count ? bar : count - 1;
		bars[bar] += times->bucket[i];
		if (bars[bar] > most)
			most = bars[bar];
	}
	return most;
}

static void draw_grid(FILE *out, const struct scale *scale, int top)
{
	for (int decade = scale->first; decade <= scale->last; decade++) {
		double x = x_of(scale, pow(10, decade));

		fprintf(out, "<path d=\"M%.1f %dV%d\" class=\"grid\"/>\n", x, top, top + PANEL);
	}
	fprintf(out, "<path d=\"M%d %dH%d\" class=\"axis\"/>\n", LEFT, top + PANEL, LEFT + INNER);
}

static void draw_mark(FILE *out, const struct scale *scale, int top, int64_t ns, const char *class)
{
	fprintf(out, "<path d=\"M%.1f %dV%d\" class=\"%s\"/>\n", x_of(scale, (double)ns), top - 4,
		top + PANEL, class);
}

static void draw_panel(FILE *out, const struct scale *scale, int top, const char *name,
		       const struct histogram *times)
{
	static uint64_t bars[12 * BARS_PER_DECADE];
	const int count = (scale->last - scale->first) * BARS_PER_DECADE;
	const uint64_t most = make_bars(scale, times, bars);
	const double width = (double)INNER / count;
	char median[32], tail[32], longest[32];

	draw_grid(out, scale, top);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"name\">%s</text>\n", LEFT - 12,
		top + PANEL / 2 + 5, name);
	if (!times->count) {
		fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"value\">not known</text>\n",
			LEFT + INNER + 12, top + PANEL / 2 + 5);
		return;
	}
	for (int i = 0; i < count; i++) {
		/* What there is once is to be seen, too. */
		double height = bars[i] ? 1 + (double)bars[i] * (PANEL - 1) / (double)most : 0;

		if (bars[i])
			fprintf(out,
				"<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
				"height=\"%.1f\"/>\n",
				LEFT + i * width, top + PANEL - height, width * 0.9, height);
	}
	draw_mark(out, scale, top, histogram_quantile(times, 0.5), "median");
	draw_mark(out, scale, top, histogram_quantile(times, 0.99), "tail");
	stats_print_time(median, sizeof(median), histogram_quantile(times, 0.5));
	stats_print_time(tail, sizeof(tail), histogram_quantile(times, 0.99));
	stats_print_time(longest, sizeof(longest), times->max);
	fprintf(out,
		"<text x=\"%d\" y=\"%d\" class=\"value median\">median %s</text>\n"
		"<text x=\"%d\" y=\"%d\" class=\"value tail\">99 of 100 %s</text>\n"
		"<text x=\"%d\" y=\"%d\" class=\"value\">longest %s</text>\n",
		LEFT + INNER + 12, top + 18, median, LEFT + INNER + 12, top + 38, tail,
		LEFT + INNER + 12, top + 58, longest);
}

static void draw_labels(FILE *out, const struct scale *scale, int top)
{
	static const char *const units[] = { "ns", "us", "ms", "s", "1000 s" };

	for (int decade = scale->first; decade <= scale->last; decade++)
		fprintf(out, "<text x=\"%.1f\" y=\"%d\" class=\"label\">%.0f %s</text>\n",
			x_of(scale, pow(10, decade)), top, pow(10, decade % 3), units[decade / 3]);
	fprintf(out,
		"<text x=\"%d\" y=\"%d\" class=\"label\">time, what is shorter at the left edge; height: "
		"number of calls, each row on its own scale</text>\n",
		LEFT + INNER / 2, top + 20);
}

void stats_plot(FILE *out, const struct stats *stats)
{
	const struct scale scale = find_scale(stats);

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		"height=\"%d\" font-family=\"sans-serif\">\n"
		"<title>Times of forwarded calls</title>\n"
		"<style>\n"
		"rect { fill: #3b6ea5 }\n"
		"text { font-size: 14px; fill: #222 }\n"
		".head { font-size: 18px }\n"
		".name { text-anchor: end; font-weight: bold }\n"
		".label { text-anchor: middle }\n"
		".grid { stroke: #ddd; fill: none }\n"
		".axis { stroke: #444; fill: none }\n"
		"path.median { stroke: #1a7f37; stroke-width: 2 }\n"
		"path.tail { stroke: #b3261e; stroke-width: 2 }\n"
		"text.median { fill: #1a7f37 }\n"
		"text.tail { fill: #b3261e }\n"
		"</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" style=\"fill: #fff\"/>\n"
		"<text x=\"%d\" y=\"30\" class=\"head\">%" PRIu64 " forwarded calls in %.1f s, "
		"%" PRIu64 " errors: time of each stage</text>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, stats->calls, stats->seconds, stats->errors);
	for (unsigned int i = 0; i < NR_TIMES; i++)
		draw_panel(out, &scale, TOP + (int)i * (PANEL + GAP), stats_name(i),
			   &stats->times[i]);
	draw_labels(out, &scale, HEIGHT - BOTTOM + 8);
	fputs("</svg>\n", out);
}
