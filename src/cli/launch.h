/* cli/launch.h: starting a host with the library, for every subcommand that does. */
#ifndef SIGTAME_LAUNCH_H
#define SIGTAME_LAUNCH_H

#include "host.h"
#include "settings.h"

/* Everything that can be said before a host is started: it is there, the library reaches it, the settings are good.
 * 0 and the environment, or an exit status after a line. */
int launch_prepare(const char *command, const char *word, const struct settings *, struct host *, char ***environment);

/* launch_prepare, then this process becomes the host. Returns an exit status only. */
int launch(const char *command, char **host_argv, const struct settings *);

#endif
