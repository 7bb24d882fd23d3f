/* cli/inject.c: `sigtame inject`: starts a host into which a signal is sent at a place. */
#include "command.h"

#include "launch.h"
#include <stdio.h>

struct request {
	const char *at;
	int help;
};

static int take(int val, const char *value, void *data) {
	struct request *r = data;
	if (val == 'h')
		r->help = 1;
	else
		r->at = value;
	return 0;
}

static int print_help(void) {
	puts("Usage: sigtame inject --at SIGNAL@CALL[:N] [--option=value ...] [--] HOST [ARG ...]\n"
	     "       sigtame inject --at SIGNAL@every:DURATION ...\n\n"
	     "Starts HOST with sigtame and raises SIGNAL at the N-th entry of CALL (the first without N; `*`: of any call but a lock), counted\n"
	     "from the beginning of main, or again and again. The same arguments give the same run.\n");
	settings_help();
	return finish(0);
}

int command_inject(int argc, char **argv) {
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {"at", required_argument, NULL, 'a'}, {0}};
	struct settings s = {0};
	struct request r = {0};
	int status = settings_parse(&s, argc, argv, &(struct settings_extra){options, take, &r});
	if (status != 0)
		return status;
	if (r.help)
		return print_help();
	if (r.at == NULL)
		return fail(STATUS_FAILED, "inject: no place given; --at SIGNAL@CALL[:N] names it, as in --at TERM@read:3");
	settings_give(&s, "SIGTAME_INJECT", r.at);
	return launch(argv[0], argv + s.next, &s);
}
