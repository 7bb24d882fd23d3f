/* cli/env.c: `sigtame env`: the environment to set, for a shell, a systemd unit or a container. */
#include "command.h"

#include "library.h"
#include "settings.h"
#include "words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
	const char *format;
	int help;
};

/* What is put before some characters of a value. */
static void print_escaped(const char *value, const char *special, const char *before) {
	for (; *value; value++) {
		if (strchr(special, *value))
			fputs(before, stdout);
		putchar(*value);
	}
}

static void print_shell(const char *name, int length, const char *value) {
	printf("export %.*s='", length, name);
	for (; *value; value++)
		if (*value == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*value);
	puts("'");
}

/* systemd.exec(5): C-like quotes, and % begins a specifier. */
static void print_systemd(const char *name, int length, const char *value) {
	printf("Environment=\"%.*s=", length, name);
	for (; *value; value++)
		if (*value == '%')
			fputs("%%", stdout);
		else if (strchr("\"\\", *value))
			printf("\\%c", *value);
		else
			putchar(*value);
	puts("\"");
}

static void print_docker(const char *name, int length, const char *value) {
	printf("ENV %.*s=\"", length, name);
	print_escaped(value, "\"\\$", "\\");
	puts("\"");
}

static const struct format {
	const char *name;
	void (*print)(const char *name, int length, const char *value);
} formats[] = {{"shell", print_shell}, {"systemd", print_systemd}, {"docker", print_docker}};

static const struct format *format_of(const char *name) {
	for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	complain("env: --format=%s: there is no such format; one of shell, systemd, docker", name);
	return NULL;
}

static int print_all(const struct format *f, const struct settings *s, const char *library) {
	char *preload, *library_path;
	int status = settings_preload(library, &preload, &library_path);
	if (status != 0)
		return status;
	f->print("LD_PRELOAD", 10, preload);
	if (library_path)
		f->print("LD_LIBRARY_PATH", 15, library_path);
	for (size_t i = 0; i < s->givens; i++) {
		const char *equals = strchr(s->given[i], '=');
		f->print(s->given[i], (int)(equals - s->given[i]), equals + 1);
	}
	return finish(0);
}

static int print_help(void) {
	puts("Usage: sigtame env [--format=shell|systemd|docker] [--option=value ...]\n\n"
	     "Prints the environment that loads sigtame with these options: lines for a shell to eval, for the [Service] section of a\n"
	     "systemd unit, or for a Dockerfile.\n");
	settings_help();
	return finish(0);
}

static int take(int val, const char *value, void *data) {
	struct request *r = data;
	if (val == 'h')
		r->help = 1;
	else
		r->format = value;
	return 0;
}

/* The wakeup fd is the host's to open, and is not looked at here. */
static int check(struct settings *s, const char *library) {
	char **environment = settings_environment(s, library);
	return environment == NULL || settings_check_values(environment) != 0 ? STATUS_FAILED : 0;
}

int command_env(int argc, char **argv) {
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {"format", required_argument, NULL, 'f'}, {0}};
	struct settings s = {0};
	struct request r = {"shell", 0};
	int status = settings_parse(&s, argc, argv, &(struct settings_extra){options, take, &r});
	if (status != 0)
		return status;
	if (r.help)
		return print_help();
	if (argv[s.next])
		return fail(STATUS_FAILED, "env: %s: no program is started here; sigtame run starts one", argv[s.next]);
	const struct format *f = format_of(r.format);
	const char *library = f ? library_find() : NULL;
	if (library == NULL)
		return STATUS_FAILED;
	status = check(&s, library);
	return status ? status : print_all(f, &s, library);
}
