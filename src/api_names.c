/* api_names.c: sigtame.h: the names of signals, as the host may know them. Async-signal-safe. */
#define SIGTAME_LIBRARY
#include "sigtame.h"

#include "deadline.h"
#include "interpose.h"
#include "next.h"
#include "signals.h"
#include <errno.h>

static bool is_signal(int sig) { return sig >= 1 && sig <= SIGNALS; }

static int host_rtmax(void) { return deadline_signal ? deadline_signal - 1 : SIGNALS; }

/* Filled on demand, by whoever comes, with the same bytes each time. */
static char realtime_names[SIGNALS + 1][SIGNAL_NAME_SIZE];
static char realtime_descriptions[SIGNALS + 1][24];

/* The reserved one has none for the host. */
const char *sigtame_signal_name(int sig) {
	(void)INERT();
	return sig >= 1 && sig <= host_rtmax() ? signal_name(sig, realtime_names[sig]) : NULL;
}

int sigtame_signal_number(const char *name) {
	(void)INERT();
	int sig = name ? signal_number(name, strlen(name), host_rtmax()) : -1;
	return sig < 0 || sig > host_rtmax() || (SIGBIT(sig) & SIGNALS_OF_LIBC) ? -1 : sig;
}

static const char *describe_realtime(int sig) {
	char *text = realtime_descriptions[sig];
	int n = sig - REALTIME;
	memcpy(text, "Real-time signal ", 17);
	text[17] = (char)('0' + (n < 10 ? n : n / 10));
	text[18] = n < 10 ? '\0' : (char)('0' + n % 10);
	return text;
}

const char *sigtame_strsignal(int sig) {
	if (!is_signal(sig)) {
		errno = EINVAL;
		return NULL;
	}
	return sig >= REALTIME ? describe_realtime(sig) : signal_description(sig);
}

int sigtame_valid_signals(sigset_t *set) {
	(void)INERT();
	if (set == NULL)
		return errno = EINVAL, -1;
	NEXT(sigfillset)(set);
	if (deadline_signal)
		NEXT(sigdelset)(set, deadline_signal);
	return 0;
}
