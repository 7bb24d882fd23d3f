/* options.h: the environment as one structure, constant once it is read.
 * startup reads it, before main; everybody else only looks. Async-signal-safe to look at. */
#ifndef SIGTAME_OPTIONS_H
#define SIGTAME_OPTIONS_H

#include "base.h"

enum { PROFILE_BSD, PROFILE_PYTHON, PROFILE_POSIX };
enum { THREAD_MAIN, THREAD_DIRECTED, THREAD_RECEIVER };
enum { SETTERS_ANY, SETTERS_MAIN };
enum { RESTART_HOST, RESTART_ALWAYS, RESTART_NEVER };
enum { CHILDREN_FOLLOW, CHILDREN_LEAVE };
enum { ON_ERROR_INERT, ON_ERROR_ABORT };

#include "duration.h"

/* The members come from options.def, in its order: a signal set is a sigbits, a duration an int64_t of nanoseconds or
 * DURATION_NEVER, a choice an int (the enums above; yes is 1), an fd an int, a text a const char * into the environment or NULL. */
typedef sigbits option_signals;
typedef int64_t option_duration;
typedef int option_fd;
typedef const char *option_text;
typedef const char *option_injection;
#define CHOICES(kind, words) typedef int option_##kind;
#include "options.def"

struct options {
#define OPTION(kind, field, NAME, bsd, python, posix, help) option_##kind field;
#include "options.def"
};

extern struct options options;

/* Fills options from "NAME=value" strings and returns the number of errors, each of which it reports in a line of its own:
 * a bad value, which leaves the profile's default in place, or a SIGTAME_ name that is not in options.def.
 * Of a name that stands there twice the first counts, as for getenv. A bad profile is bsd.
 * Signals named in lists may be ones that are never deferred: who uses a list takes them out. */
int options_read(char **environment);
/* Whether an entry of the environment is one of ours, known or not. */
bool options_are_in(const char *entry);

#endif
