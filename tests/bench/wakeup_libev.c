/* wakeup_libev.c: wakeup.c's work with libev. */
#include "turns.h"
#include <ev.h>

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events) {
	(void)watcher;
	(void)events;
	if (!turns_next())
		ev_break(loop, EVBREAK_ALL);
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	struct ev_loop *loop = ev_default_loop(0);
	ev_signal watcher;
	ev_signal_init(&watcher, on_signal, SIGUSR1);
	ev_signal_start(loop, &watcher);
	turns_start(count);
	ev_run(loop, 0);
	turns_end();
	return 0;
}
