/* cli/settings.c: see settings.h. */
#include "settings.h"

#include "command.h"
#include "options.h"
#include "words.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static const struct row {
	const char *name, *defaults[3], *kind, *help;
} rows[] = {
#define OPTION(kind, field, NAME, bsd, python, posix, help) {#NAME, {bsd, python, posix}, #kind, help},
#include "options.def"
};
#define ROWS ARRAY_LENGTH(rows)
#define EXTRAS 16

/* TEXT_AFTER is --text-after. */
static const char *flag_of(size_t row) {
	static char flags[ROWS][32];
	for (size_t i = 0; rows[row].name[i] && i < sizeof flags[row] - 1; i++)
		flags[row][i] = rows[row].name[i] == '_' ? '-' : (char)tolower((unsigned char)rows[row].name[i]);
	return flags[row];
}

static void *room(void *old, size_t size) {
	void *p = realloc(old, size);
	if (p == NULL) {
		complain("out of memory");
		exit(STATUS_FAILED);
	}
	return p;
}

static char *assignment(const char *name, const char *value) {
	char *s = room(NULL, strlen(name) + strlen(value) + 2);
	sprintf(s, "%s=%s", name, value);
	return s;
}

static bool same_name(const char *a, const char *b) {
	size_t n = strcspn(a, "=");
	return strncmp(a, b, n) == 0 && b[n] == '=';
}

static size_t put(char **environment, size_t n, char *value) {
	for (size_t i = 0; i < n; i++)
		if (same_name(value, environment[i])) {
			environment[i] = value;
			return n;
		}
	environment[n] = value;
	return n + 1;
}

void settings_give(struct settings *s, const char *name, const char *value) {
	s->given = room(s->given, (s->givens + 2) * sizeof *s->given);
	s->givens = put(s->given, s->givens, assignment(name, value));
	s->given[s->givens] = NULL;
}

/* What stands between the dashes and the "=". */
static struct word name_in(const char *word) {
	const char *name = word + strspn(word, "-");
	return (struct word){name, strcspn(name, "=")};
}

/* The next option from here on whose name begins so, or NULL. */
static const struct option *begins(const struct option *o, struct word start) {
	while (o->name && strncmp(o->name, start.text, start.length) != 0)
		o++;
	return o->name ? o : NULL;
}

static int unknown(const char *command, const char *word, const struct option *all) {
	struct word typed = name_in(word);
	const struct option *one = typed.length ? begins(all, typed) : NULL, *other = one ? begins(one + 1, typed) : NULL;
	if (other && strncmp(word, "--", 2) == 0)
		return fail(STATUS_FAILED, "%s: %s: it may be --%s or --%s; write it in full", command, word, one->name, other->name);
	struct guess guess = {.typed = typed};
	for (; all->name; all++)
		guess_offer(&guess, word_of(all->name));
	if (guess.best.length == 0)
		return fail(STATUS_FAILED, "%s: %s: there is no such option; sigtame %s --help lists them", command, word, command);
	return fail(STATUS_FAILED, "%s: %s: there is no such option; did you mean --%.*s?", command, word, (int)guess.best.length, guess.best.text);
}

static void fill(struct option all[static ROWS + EXTRAS + 1], const struct settings_extra *extra) {
	size_t n = 0;
	for (; n < ROWS; n++)
		all[n] = (struct option){flag_of(n), required_argument, NULL, SETTINGS_FIRST + (int)n};
	for (const struct option *o = extra ? extra->options : NULL; o && o->name; o++)
		all[n++] = *o;
	all[n] = (struct option){0};
}

/* The short options: those of the extras whose val is a letter. */
static void fill_short(char out[static 2 * EXTRAS + 3], const struct settings_extra *extra) {
	char *p = out;
	*p++ = '+';
	*p++ = ':';
	for (const struct option *o = extra ? extra->options : NULL; o && o->name; o++)
		if (isalpha(o->val)) {
			*p++ = (char)o->val;
			if (o->has_arg == required_argument)
				*p++ = ':';
		}
	*p = '\0';
}

int settings_parse(struct settings *s, int argc, char **argv, const struct settings_extra *extra) {
	struct option all[ROWS + EXTRAS + 1];
	char letters[2 * EXTRAS + 3];
	fill(all, extra);
	fill_short(letters, extra);
	opterr = 0;
	optind = 1;
	const char *word = argv[optind];
	for (int val, status; (val = getopt_long(argc, argv, letters, all, NULL)) != -1; word = argv[optind]) {
		if (val == ':')
			return fail(STATUS_FAILED, "%s: %s: it wants a value, as in %s%s…", argv[0], word, word, word[1] == '-' ? "=" : " ");
		if (val == '?')
			return unknown(argv[0], word, all);
		if (val >= SETTINGS_FIRST) {
			char name[48];
			snprintf(name, sizeof name, "SIGTAME_%s", rows[val - SETTINGS_FIRST].name);
			settings_give(s, name, optarg);
		} else if ((status = extra->take(val, optarg, extra->data)) != 0) {
			return status;
		}
	}
	s->next = optind;
	return 0;
}

/* The loader splits LD_PRELOAD at blanks and colons, and LD_LIBRARY_PATH at colons and semicolons. */
static int preload_in_parts(const char *library, const char *others, char **preload, char **library_path) {
	const char *slash = strrchr(library, '/'), *old = getenv("LD_LIBRARY_PATH");
	if (strpbrk(library, ":;"))
		return fail(STATUS_FAILED, "%s: the loader cannot be told of a path with a colon or a semicolon; move the library", library);
	*preload = room(NULL, strlen(slash) + strlen(others) + 2);
	sprintf(*preload, "%s%s%s", slash + 1, *others ? ":" : "", others);
	*library_path = room(NULL, strlen(library) + (old ? strlen(old) : 0) + 2);
	sprintf(*library_path, "%.*s%s%s", (int)(slash - library), library, old && *old ? ":" : "", old ? old : "");
	return 0;
}

static bool is_listed(const char *list, const char *path) {
	size_t n = strlen(path);
	for (const char *p = list; (p = strstr(p, path)) != NULL; p++)
		if ((p == list || strchr(" :", p[-1])) && (p[n] == '\0' || strchr(" :", p[n])))
			return true;
	return false;
}

int settings_preload(const char *library, char **preload, char **library_path) {
	const char *others = getenv("LD_PRELOAD");
	others = others ? others : "";
	*library_path = NULL;
	if (strpbrk(library, " \t:"))
		return preload_in_parts(library, others, preload, library_path);
	bool there = is_listed(others, library);
	*preload = room(NULL, strlen(library) + strlen(others) + 2);
	sprintf(*preload, "%s%s%s", there ? others : library, there || !*others ? "" : ":", there ? "" : others);
	return 0;
}

char **settings_environment(const struct settings *s, const char *library) {
	size_t n = 0;
	while (environ && environ[n])
		n++;
	char **all = room(NULL, (n + s->givens + 3) * sizeof *all), *preload, *library_path;
	if (n)
		memcpy(all, environ, n * sizeof *all);
	for (size_t i = 0; i < s->givens; i++)
		n = put(all, n, s->given[i]);
	if (settings_preload(library, &preload, &library_path) != 0)
		return NULL;
	n = put(all, n, assignment("LD_PRELOAD", preload));
	if (library_path)
		n = put(all, n, assignment("LD_LIBRARY_PATH", library_path));
	all[n] = NULL;
	return all;
}

/* As the library itself would say it, before anything is started. */
static int check_wakeup_fd(int fd) {
	if (fd == -1)
		return 0;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return fail(STATUS_FAILED, "SIGTAME_WAKEUP_FD=%d: not an open descriptor that can be written to; open it for the host, as in %d>FILE", fd, fd);
	if (!(flags & O_NONBLOCK))
		return fail(STATUS_FAILED, "SIGTAME_WAKEUP_FD=%d: the descriptor is blocking; set O_NONBLOCK on it", fd);
	return 0;
}

/* NULL: a regular file, or nothing yet. */
static const char *is_no_file(const char *path) {
	struct stat s;
	if (stat(path, &s) != 0 || S_ISREG(s.st_mode))
		return NULL;
	return S_ISDIR(s.st_mode) ? strerror(EISDIR) : "it is no regular file";
}

static int check_trace(const char *file) {
	const char *slash = file ? strrchr(file, '/') : NULL;
	char directory[PATH_MAX];
	int length = snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - file) + 1 : 1, slash ? file : ".");
	if (file == NULL)
		return 0;
	const char *other = is_no_file(file);
	errno = length < PATH_MAX ? 0 : ENAMETOOLONG;
	if (errno == 0 && access(file, F_OK) == 0)
		access(file, W_OK);
	else if (errno == ENOENT || errno == 0)
		errno = access(directory, W_OK | X_OK) == 0 ? 0 : errno;
	if (errno == 0 && other == NULL)
		return 0;
	other = other ? other : strerror(errno);
	return fail(STATUS_FAILED, "SIGTAME_TRACE=%s: the file cannot be made: %s; name one in a directory that can be written to", file, other);
}

int settings_check_values(char **environment) { return options_read(environment) > 0 ? STATUS_FAILED : 0; }

int settings_check(char **environment) {
	if (settings_check_values(environment) != 0)
		return STATUS_FAILED;
	int status = check_wakeup_fd(options.wakeup_fd);
	return status ? status : check_trace(options.trace);
}

static const char *shown(const char *value) { return value ? value : "unset"; }

void settings_help(void) {
	printf("  %-20s %-14s %-12s %-10s %s\n", "OPTION", "bsd (default)", "python", "posix", "");
	for (size_t i = 0; i < ROWS; i++)
		printf("  --%-18s %-14s %-12s %-10s %s\n", flag_of(i), shown(rows[i].defaults[0]), shown(rows[i].defaults[1]), shown(rows[i].defaults[2]), rows[i].help);
	puts("\nEach option is the variable SIGTAME_NAME of the environment, and beats it. Signals: INT,SIGTERM,15,RTMIN+2, all, none;\n"
	     "-NAME takes one out. Durations: 250us, 10ms, 1s, 0, never.");
}
