/* storm_libuv.c: storm.c's work with libuv. */
#include "storm.h"
#include <uv.h>

static long runs;
static void on_signal(uv_signal_t *watcher, int sig) {
	(void)sig;
	runs++;
	if (storm->done)
		uv_stop(watcher->loop);
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	uv_signal_t watcher;
	uv_signal_init(uv_default_loop(), &watcher);
	uv_signal_start(&watcher, on_signal, SIGUSR1);
	storm_start(SIGUSR1, count, storm_kill);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	print("runs", (double)runs);
	return 0;
}
