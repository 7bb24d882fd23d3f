/* cli/launch.c: see launch.h. */
#include "launch.h"

#include "command.h"
#include "library.h"
#include <errno.h>
#include <unistd.h>

int launch_prepare(const char *command, const char *word, const struct settings *s, struct host *h, char ***environment) {
	if (word == NULL && s->givens && settings_check_values(s->given) != 0) /* it may have been taken for a value */
		return STATUS_FAILED;
	if (word == NULL)
		return fail(STATUS_FAILED, "%s: no program given; sigtame %s --help says how", command, command);
	const char *library = library_find();
	*environment = library ? settings_environment(s, library) : NULL;
	if (*environment == NULL)
		return STATUS_FAILED;
	int status = settings_check(*environment);
	if (status == 0)
		status = host_open(word, h);
	if (status != 0 || h->reach == HOST_REACHED || h->reach == HOST_UNKNOWN)
		return status;
	if (h->interpreter[0])
		return fail(STATUS_UNSTARTED, "%s: its interpreter %s is %s", word, h->interpreter, host_reason(h));
	return fail(STATUS_UNSTARTED, "%s is %s", word, host_reason(h));
}

int launch(const char *command, char **host_argv, const struct settings *s) {
	struct host h;
	char **environment;
	int status = launch_prepare(command, host_argv[0], s, &h, &environment);
	if (status != 0)
		return status;
	execvpe(host_argv[0], host_argv, environment);
	return host_unstarted(host_argv[0], errno);
}
