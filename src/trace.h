/* trace.h: the record of what happens to every signal: SIGTAME_TRACE names its file.
 * A mapped ring: an event costs no system call, and what is there survives any end of the process.
 * Each function does nothing if there is no trace. Async-signal-safe, from any thread. */
#ifndef SIGTAME_TRACE_H
#define SIGTAME_TRACE_H

#include "base.h"
#include "trace_format.h"
#include <signal.h>
#include <sys/types.h>

extern struct trace_header *trace_ring; /* NULL: none */

/* 0, or -errno: the file cannot be made. %p in its name becomes the pid. */
int trace_open(const char *name);
/* In a fork child: a file of its own if the name has %p, else none. */
void trace_child(void);

/* Who sent it; 0: no process did. A timer's siginfo, and that of a descriptor, has other things in si_pid's place. */
pid_t trace_sender(const siginfo_t *);

void trace_record(enum trace_event, int sig, struct trace_record);

/* Only with a trace is anything looked up or copied. */
#define TRACE(event, sig, ...)                                                                            \
	do                                                                                                \
		if (unlikely(trace_ring != NULL))                                                         \
			trace_record(TRACE_##event, sig, (struct trace_record){__VA_ARGS__});             \
	while (0)

/* The same, of an event in a call. */
void trace_in_call(enum trace_event, int sig, const char *call, struct trace_record);

#endif
