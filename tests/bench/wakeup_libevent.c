/* wakeup_libevent.c: wakeup.c's work with libevent. */
#include "turns.h"
#include <event2/event.h>

static void on_signal(evutil_socket_t sig, short what, void *base) {
	(void)sig;
	(void)what;
	if (!turns_next())
		event_base_loopbreak(base);
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	struct event_base *base = event_base_new();
	event_add(evsignal_new(base, SIGUSR1, on_signal, base), NULL);
	turns_start(count);
	event_base_dispatch(base);
	turns_end();
	return 0;
}
