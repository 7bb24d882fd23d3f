/* wakeup_libuv.c: wakeup.c's work with libuv. */
#include "turns.h"
#include <uv.h>

static void on_signal(uv_signal_t *watcher, int sig) {
	(void)sig;
	if (!turns_next())
		uv_stop(watcher->loop);
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	uv_signal_t watcher;
	uv_signal_init(uv_default_loop(), &watcher);
	uv_signal_start(&watcher, on_signal, SIGUSR1);
	turns_start(count);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	turns_end();
	return 0;
}
