/* trace_format.h: a trace as it lies in its file: a header, then a ring of records of one size.
 * Written by trace, in the host's memory; read by the command, while the host runs or after it. Numbers are the machine's own. */
#ifndef SIGTAME_TRACE_FORMAT_H
#define SIGTAME_TRACE_FORMAT_H

#include <stdint.h>

#define TRACE_MAGIC "sigtame trace 1"
#define TRACE_HEADER_SIZE 4096
#define TRACE_RECORDS 65536

enum trace_event {
	TRACE_NONE,
#define TRACE_EVENT(name, word, what) TRACE_##name,
#include "trace_event.def"
	TRACE_EVENTS
};

/* Where main was. ELSEWHERE: not known, where another thread received the signal. */
enum trace_place { TRACE_ELSEWHERE, TRACE_IN_CALL, TRACE_IN_TEXT, TRACE_IN_LIBRARY };

struct trace_header {
	char magic[16];
	uint32_t header_size, record_size, records;
	int32_t pid, parent;
	uint32_t started;      /* when the process was made, in the kernel's ticks: another one may have its pid later */
	int64_t began_ns;      /* CLOCK_MONOTONIC, as in the records */
	int64_t began_real_ns; /* the same moment by CLOCK_REALTIME */
	uint64_t next;         /* records begun, ever; those before next - records are lost */
	uint64_t headers;      /* where the program's own headers lie in memory: from there its addresses can be told in its file */
	uint64_t entries;      /* of calls since main began, if a signal is to be injected */
	char program[512];     /* /proc/self/exe */
};

/* Whole when sequence is its place in the whole row, from 1 on; anything else: being written. */
struct trace_record {
	uint64_t sequence;
	int64_t time_ns;
	int32_t tid;
	uint8_t event, signal, place, unused;
	int32_t sender, code; /* ARRIVED: si_pid, si_code. FORK: the child's pid, if it is known. EXIT: the status. EXEC_FAILED: errno. SET: code is sa_flags */
	uint64_t address;     /* ARRIVED: where main was, if it was main that received it. SET, ENTERED, FORCED: the handler. INJECTED: the call's caller */
	uint64_t number;      /* INJECTED: the entry. ARRIVED: the object's base that address lies in, if that is the program or the library */
	char call[32];        /* ARRIVED: the call that main was in. INTERRUPTED, RESTARTED, INJECTED: the call. FORK: the call that makes the child, where its pid is not known. EXEC: the program */
};

#endif
