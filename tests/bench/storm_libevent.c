/* storm_libevent.c: storm.c's work with libevent. */
#include "storm.h"
#include <event2/event.h>

static long runs;
static void on_signal(evutil_socket_t sig, short what, void *base) {
	(void)sig;
	(void)what;
	runs++;
	if (storm->done)
		event_base_loopbreak(base);
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	struct event_base *base = event_base_new();
	event_add(evsignal_new(base, SIGUSR1, on_signal, base), NULL);
	storm_start(SIGUSR1, count, storm_kill);
	event_base_dispatch(base);
	print("runs", (double)runs);
	return 0;
}
