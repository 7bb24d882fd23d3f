/* cli/settings.h: the options of options.def on a command line, and the environment that they make.
 * An option beats the environment. */
#ifndef SIGTAME_SETTINGS_H
#define SIGTAME_SETTINGS_H

#include <getopt.h>
#include <stddef.h>

/* A subcommand's own options: val is above 0 and below SETTINGS_FIRST. */
struct settings_extra {
	const struct option *options; /* ended by an empty one; NULL: none */
	int (*take)(int val, const char *value, void *data); /* 0, or an exit status after a line that says what is wrong */
	void *data;
};
#define SETTINGS_FIRST 1000

struct settings {
	char **given;     /* "SIGTAME_NAME=value" for each option on the command line, ended by NULL */
	size_t givens;
	int next;         /* the first argument that is no option */
};

/* 0, or an exit status after a line that says what is wrong. argv[0] is the subcommand's name. */
int settings_parse(struct settings *, int argc, char **argv, const struct settings_extra *);

/* Set one as an option would. */
void settings_give(struct settings *, const char *name, const char *value);

/* The environment with the options in place of what stands there; with the library before other preloads. NULL, with a line. */
char **settings_environment(const struct settings *, const char *library);
/* LD_PRELOAD's value, and LD_LIBRARY_PATH's if it is needed, else NULL. 0, or a status with a line. */
int settings_preload(const char *library, char **preload, char **library_path);

/* Whether the library takes this environment, and the wakeup fd: 0, or a status after a line for each fault. */
int settings_check(char **environment);
int settings_check_values(char **environment); /* without the fd */

/* The lines of --help. */
void settings_help(void);

#endif
