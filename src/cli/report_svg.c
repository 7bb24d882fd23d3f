/* cli/report_svg.c: a trace as a picture: time to the right, a lane for each signal; arrivals are ticks, the time that a handler
 * was due is a thin line, its run a bar. */
#include "report_forms.h"

#include "base.h"
#include <stdlib.h>

#define WIDTH 1200
#define LEFT 130
#define LANE 36
#define TOP 60

struct scale {
	int64_t begin_ns, end_ns;
};

static double x_of(const struct scale *s, int64_t ns) {
	double whole = s->end_ns > s->begin_ns ? (double)(s->end_ns - s->begin_ns) : 1;
	return LEFT + (double)(ns - s->begin_ns) / whole * (WIDTH - LEFT - 20);
}

static struct scale scale_of(const struct tracefile *t) {
	struct scale s = {t->header.began_ns, t->header.began_ns + 1};
	if (t->count) {
		s.begin_ns = t->records[0].time_ns;
		for (size_t i = 0; i < t->count; i++)
			s.end_ns = t->records[i].time_ns > s.end_ns ? t->records[i].time_ns : s.end_ns;
	}
	return s;
}

static void print_text(FILE *out, const char *text) {
	for (; *text; text++)
		switch (*text) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		default:
			if ((unsigned char)*text >= ' ')
				fputc(*text, out);
		}
}

static void print_run(const struct scale *s, const struct report_run *run, int y, FILE *out) {
	if (run->arrived_ns >= 0) {
		double x = x_of(s, run->arrived_ns);
		fprintf(out, "<path d=\"M%.2f %dV%d\" stroke=\"#c0392b\"/>\n", x, y + 4, y + LANE - 8);
		if (run->entered_ns >= 0)
			fprintf(out, "<path d=\"M%.2f %dH%.2f\" stroke=\"#999\"/>\n", x, y + LANE / 2, x_of(s, run->entered_ns));
	}
	if (run->entered_ns < 0 || run->left_ns < 0)
		return;
	double from = x_of(s, run->entered_ns), width = x_of(s, run->left_ns) - from;
	fprintf(out, "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>", from, y + 10, width < 1 ? 1 : width, LANE - 20,
		run->forced ? "#e67e22" : "#2980b9");
	fprintf(out, "%s: %.1f us in the handler, %.1f us after its arrival in ", report_signal(run->sig), (double)(run->left_ns - run->entered_ns) / 1000,
		run->arrived_ns < 0 ? 0.0 : (double)(run->entered_ns - run->arrived_ns) / 1000);
	print_text(out, run->place[0] ? run->place : "?");
	fputs("</title></rect>\n", out);
}

/* The lane of each signal that occurs; 0: it does not. */
static int lanes_of(const struct report_run *runs, size_t count, int lanes[static SIGNALS + 1]) {
	bool seen[SIGNALS + 1] = {false};
	int n = 0;
	for (size_t i = 0; i < count; i++)
		seen[runs[i].sig] = true;
	for (int sig = 1; sig <= SIGNALS; sig++)
		lanes[sig] = seen[sig] ? ++n : 0;
	return n;
}

static void print_frame(const struct tracefile *t, const struct scale *s, int lanes, FILE *out) {
	int height = TOP + lanes * LANE + 40;
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", WIDTH, height);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"10\" y=\"24\" font-size=\"15\">", WIDTH, height);
	print_text(out, t->header.program);
	fprintf(out, ", process %d, %.3f ms, %zu events, %llu lost</text>\n", t->header.pid, (double)(s->end_ns - s->begin_ns) / 1e6, t->count,
		(unsigned long long)t->lost);
	fputs("<text x=\"10\" y=\"44\" fill=\"#666\">red: arrived; grey: due; blue: in the handler; orange: forced</text>\n", out);
	for (int i = 0; i <= 10; i++) {
		int64_t at = s->begin_ns + (s->end_ns - s->begin_ns) * i / 10;
		fprintf(out, "<path d=\"M%.2f %dV%d\" stroke=\"#eee\"/><text x=\"%.2f\" y=\"%d\" fill=\"#666\" text-anchor=\"middle\">%.1f ms</text>\n", x_of(s, at), TOP,
			TOP + lanes * LANE, x_of(s, at), TOP + lanes * LANE + 18, (double)(at - s->begin_ns) / 1e6);
	}
}

void report_svg(const struct tracefile *t, FILE *out) {
	int lanes[SIGNALS + 1];
	size_t count;
	struct scale s = scale_of(t);
	struct report_run *runs = report_runs(t, &count);
	int n = runs ? lanes_of(runs, count, lanes) : 0;
	print_frame(t, &s, n, out);
	for (int sig = 1; n && sig <= SIGNALS; sig++)
		if (lanes[sig])
			fprintf(out, "<text x=\"10\" y=\"%d\">%s</text>\n", TOP + lanes[sig] * LANE - LANE / 2 + 4, report_signal(sig));
	for (size_t i = 0; runs && i < count; i++)
		print_run(&s, &runs[i], TOP + (lanes[runs[i].sig] - 1) * LANE, out);
	fputs("</svg>\n", out);
	free(runs);
}
