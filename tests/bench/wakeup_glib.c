/* wakeup_glib.c: wakeup.c's work with GLib. */
#include "turns.h"
#include <glib-unix.h>

static gboolean on_signal(gpointer loop) {
	if (turns_next())
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGUSR1, on_signal, loop);
	turns_start(count);
	g_main_loop_run(loop);
	turns_end();
	return 0;
}
