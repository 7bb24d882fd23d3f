/* inject.c: see inject.h. Async-signal-safe, but for inject_prepare. */
#include "inject.h"

#include "arch/arch.h"
#include "injection.h"
#include "next.h"
#include "options.h"
#include "thread.h"
#include "trace.h"
#include <sys/syscall.h>
#include <time.h>

bool inject_armed;
static struct injection injection;
static char text_copy[64]; /* programs write over their environment */
static uint64_t entries, matches;

/* Every call takes the long way, and asks whether it is ours. */
void inject_prepare(const char *text) {
	struct injection_fault fault;
	size_t n = NEXT(strnlen)(text, sizeof text_copy - 1);
	memcpy(text_copy, text, n);
	if (injection_parse(word_of(text_copy), options.defer ? SIGNALS - 1 : SIGNALS, &injection, &fault))
		thread_due_always |= DUE_PASS | DUE_CAREFUL;
}

static void start_timer(void) {
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = injection.sig};
	struct itimerspec every = {.it_value = {injection.every_ns / 1000000000, injection.every_ns % 1000000000}};
	int id;
	every.it_interval = every.it_value;
	if (raw4(SYS_timer_create, CLOCK_MONOTONIC, (long)&event, (long)&id, 0) == 0)
		raw4(SYS_timer_settime, id, 0, (long)&every, 0);
}

void inject_begin(void) {
	if (injection.sig == 0)
		return;
	inject_armed = injection.every_ns == 0;
	if (!inject_armed)
		start_timer();
}

void inject_child(void) {
	inject_armed = false;
	injection.sig = 0;
}

static void match(const char *call, const void *caller, uint64_t entry) {
	if (!injection_names(injection.call, call) || __atomic_add_fetch(&matches, 1, __ATOMIC_RELAXED) != (uint64_t)injection.number)
		return;
	trace_in_call(TRACE_INJECTED, injection.sig, call, (struct trace_record){.address = (uintptr_t)caller, .number = entry});
	const char *outer = self.call; /* where it arrives */
	self.call = call;
	raw4(SYS_tgkill, raw4(SYS_getpid, 0, 0, 0, 0), raw4(SYS_gettid, 0, 0, 0, 0), injection.sig, 0);
	self.call = outer;
}

/* A vfork child, on its parent's memory, enters none of its parent's calls. */
void inject_entry(const char *call, const void *caller) {
	if (self.vforked)
		return;
	uint64_t entry = __atomic_add_fetch(&entries, 1, __ATOMIC_RELAXED);
	if (trace_ring)
		trace_ring->entries = entry;
	match(call, caller, entry);
}

void inject_lock(const char *call, const void *caller) {
	if (!self.vforked && !word_is(injection.call, "*"))
		match(call, caller, __atomic_load_n(&entries, __ATOMIC_RELAXED));
}
