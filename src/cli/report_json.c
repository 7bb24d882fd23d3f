/* cli/report_json.c: a trace as JSON: one object an event, a line each; or the Trace Event format of Perfetto and Chrome. */
#include "report_forms.h"

#include <jansson.h>
#include <stdlib.h>

static void set_text(json_t *o, const char *name, const char *value) {
	if (value && *value)
		json_object_set_new(o, name, json_string(value) ? json_string(value) : json_string("?"));
}

static void set_number(json_t *o, const char *name, json_int_t value) { json_object_set_new(o, name, json_integer(value)); }

static void set_address(json_t *o, const char *name, uint64_t address) {
	char text[24];
	snprintf(text, sizeof text, "0x%llx", (unsigned long long)address);
	set_text(o, name, text);
}

/* What an event has besides its time and thread. */
static void set_rest(json_t *o, const struct trace_record *r) {
	if (r->signal)
		set_text(o, "signal", report_signal(r->signal));
	set_text(o, r->event == TRACE_EXEC ? "program" : r->event == TRACE_ARRIVED ? "where" : "call", r->event == TRACE_ARRIVED ? tracefile_place(r) : r->call);
	if (r->event == TRACE_ARRIVED || r->event == TRACE_DEFERRED || r->event == TRACE_COALESCED) {
		set_number(o, "sender", r->sender);
		set_number(o, "si_code", r->code);
	}
	if (r->event == TRACE_FORK && r->sender)
		set_number(o, "child", r->sender);
	if (r->event == TRACE_EXEC_FAILED)
		set_number(o, "errno", r->code);
	if (r->event == TRACE_EXIT)
		set_number(o, "status", r->code);
	if (r->event == TRACE_SET)
		set_number(o, "flags", (uint32_t)r->code);
	if (r->event == TRACE_INJECTED)
		set_number(o, "entry", (json_int_t)r->number);
	if (r->event == TRACE_SET || r->event == TRACE_ENTERED || r->event == TRACE_FORCED || r->event == TRACE_LEFT)
		set_address(o, "handler", r->address);
	if (r->event == TRACE_INJECTED)
		set_address(o, "caller", r->address);
}

static void print_line(json_t *o, FILE *out, size_t flags) {
	json_dumpf(o, out, flags);
	json_decref(o);
}

void report_json(const struct tracefile *t, FILE *out) {
	for (size_t i = 0; i < t->count; i++) {
		const struct trace_record *r = &t->records[i];
		json_t *o = json_object();
		set_text(o, "event", tracefile_event(r));
		set_number(o, "time_ns", r->time_ns - t->header.began_ns);
		set_number(o, "pid", t->header.pid);
		set_number(o, "tid", r->tid);
		set_rest(o, r);
		print_line(o, out, JSON_COMPACT);
		fputc('\n', out);
	}
}

/* ---- Trace Event: microseconds on one clock for all files. ---- */

static json_t *event(const char *phase, const char *name, int pid, int tid, int64_t ns) {
	json_t *o = json_object();
	set_text(o, "ph", phase);
	set_text(o, "name", name);
	set_text(o, "cat", "signal");
	set_number(o, "pid", pid);
	set_number(o, "tid", tid);
	json_object_set_new(o, "ts", json_real((double)ns / 1000));
	return o;
}

static void add_runs(json_t *events, const struct tracefile *t) {
	size_t count;
	struct report_run *runs = report_runs(t, &count);
	for (size_t i = 0; runs && i < count; i++) {
		const struct report_run *run = &runs[i];
		if (run->entered_ns < 0 || run->left_ns < 0)
			continue;
		json_t *o = event("X", report_signal(run->sig), t->header.pid, run->tid, run->entered_ns);
		json_object_set_new(o, "dur", json_real((double)(run->left_ns - run->entered_ns) / 1000));
		json_array_append_new(events, o);
	}
	free(runs);
}

static void add_instants(json_t *events, const struct tracefile *t) {
	char name[64];
	for (size_t i = 0; i < t->count; i++) {
		const struct trace_record *r = &t->records[i];
		if (r->event == TRACE_ENTERED || r->event == TRACE_FORCED || r->event == TRACE_LEFT)
			continue;
		snprintf(name, sizeof name, "%s %s", tracefile_event(r), r->signal ? report_signal(r->signal) : r->call);
		json_t *o = event("i", name, t->header.pid, r->tid, r->time_ns), *args = json_object();
		set_text(o, "s", "t");
		set_rest(args, r);
		json_object_set_new(o, "args", args);
		json_array_append_new(events, o);
	}
}

static void add_process(json_t *events, const struct tracefile *t) {
	json_t *o = event("M", "process_name", t->header.pid, t->header.pid, 0), *args = json_object();
	set_text(args, "name", t->header.program);
	json_object_set_new(o, "args", args);
	json_array_append_new(events, o);
}

void report_perfetto(const struct tracefile *files, size_t count, FILE *out) {
	json_t *whole = json_object(), *events = json_array();
	for (size_t i = 0; i < count; i++) {
		add_process(events, &files[i]);
		add_runs(events, &files[i]);
		add_instants(events, &files[i]);
	}
	json_object_set_new(whole, "traceEvents", events);
	set_text(whole, "displayTimeUnit", "ns");
	print_line(whole, out, JSON_COMPACT);
	fputc('\n', out);
}
