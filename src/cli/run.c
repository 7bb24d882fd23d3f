/* cli/run.c: `sigtame run`: checks, then becomes the host. */
#include "command.h"

#include "launch.h"
#include <stdio.h>

static int take(int val, const char *value, void *help) {
	(void)val, (void)value;
	*(int *)help = 1;
	return 0;
}

static int print_help(void) {
	puts("Usage: sigtame run [--option=value ...] [--] HOST [ARG ...]\n\n"
	     "Starts HOST with sigtame. The first word that is no option is the host; what follows is its own.\n");
	settings_help();
	return finish(0);
}

int command_run(int argc, char **argv) {
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	struct settings s = {0};
	int help = 0;
	int status = settings_parse(&s, argc, argv, &(struct settings_extra){options, take, &help});
	if (status != 0)
		return status;
	return help ? print_help() : launch(argv[0], argv + s.next, &s);
}
