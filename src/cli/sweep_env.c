/* cli/sweep_env.c: the environment of one run. Called in the child that is about to become the host. */
#include "sweep.h"

#include "signals.h"
#include <stdio.h>

/* No call is the 0th: the first run is told to wait for one that never comes. */
static void give_signal(struct settings *settings, int sig, size_t point) {
	char text[64], buf[SIGNAL_NAME_SIZE];
	snprintf(text, sizeof text, "%s@*:%zu", signal_name(sig, buf), point ? point : (size_t)UINT32_MAX);
	settings_give(settings, "SIGTAME_INJECT", text);
}

char **sweep_environment(const struct sweep *s, const struct run *r) {
	struct settings settings = s->settings;
	settings_give(&settings, "SIGTAME_TRACE", r->trace);
	give_signal(&settings, s->signal, r->point);
	return settings_environment(&settings, s->library);
}
