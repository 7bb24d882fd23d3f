/* cli/sweep.h: the parts of `sigtame sweep`: sweep_run.c runs the host once, or several side by side, sweep_expect.c says
 * whether a run was well, sweep_tell.c keeps and prints what was found, sweep.c is the command. */
#ifndef SIGTAME_SWEEP_H
#define SIGTAME_SWEEP_H

#include "object.h"
#include "settings.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum verdict { WELL, CRASHED, HUNG, LOST, OTHERWISE, VERDICTS };
enum ending { END_SAME, END_STATUS, END_SIGNAL, END_ANY };
enum output { OUTPUT_WHOLE, OUTPUT_SAME, OUTPUT_BEGIN, OUTPUT_ANY };

struct expectation {
	enum ending ending;
	int number;
	enum output output;
};

enum { EXPECTATIONS_MAX = 16 };

struct expectations {
	struct expectation list[EXPECTATIONS_MAX];
	size_t count;
};

/* What all runs have in common. */
struct sweep {
	int signal, input; /* input: what each run reads from its beginning; -1: nothing */
	bool native, timeout_given;
	size_t jobs, max;
	int64_t timeout_ns;
	char *directory; /* for the traces */
	char **argv;
	const char *library;
	struct settings settings;
	struct expectations expected;
};

/* How a run ended. */
struct outcome {
	bool hung;
	int status; /* as waitpid gives it; nothing if it hung */
	char *output;
	size_t length;
	int64_t took_ns;
};

/* A run: the signal arrives at the entry of the point-th call; 0: no signal. */
struct run {
	size_t point;
	pid_t pid;
	int output;
	char trace[4096]; /* the file that says which call that was */
	int64_t begun_ns, limit_ns;
	struct outcome outcome;
};

/* sweep_run.c */
void run_block_signals(void);                      /* before all others: SIGCHLD, and those that end us, are run_await's */
int run_start(const struct sweep *, struct run *); /* -errno if it cannot be started */
/* Until a run has ended, which has pid 0 and its outcome then, or has come to its limit, which has outcome.hung; or until
 * a signal for us arrived, whose number it is. */
int run_await(struct run *runs, size_t n);
void run_end(struct run *); /* by force, with all of its session's group */
void run_free(struct run *);
int64_t run_now_ns(void);

/* sweep_env.c: in the child that is about to become the host. */
char **sweep_environment(const struct sweep *, const struct run *);

/* sweep_expect.c */
/* Adds what a text like "same,status=3:any" allows; false after a complaint. `swept` is what `signal` alone means. */
bool expect_add(struct expectations *, const char *text, int swept);
enum verdict expect_judge(const struct expectations *, const struct outcome *first, const struct outcome *);

/* sweep_trace.c: what a run's trace says of its calls. */
struct passage {
	size_t entries; /* of calls, in the whole run */
	bool arrived;   /* the signal did; then, in which call, made from where: */
	char call[32];
	const struct object *object; /* NULL: not known */
	uint64_t address;            /* in that file, behind the call */
};
bool passage_read(const char *path, struct passage *); /* false: there is no trace */

/* sweep_tell.c */
void tell_progress(size_t done, size_t all, size_t found);
void tell_progress_end(void);
void tell_keep(const struct sweep *, const struct run *, enum verdict, const struct passage *, const struct outcome *first);
void tell_missed(void); /* a run that ended before its signal came */
void tell_found(void);
size_t tell_count(void); /* of runs that were not well */

/* sweep_all.c: all the runs; an exit status, and the signal that cut it short, or 0. */
int sweep_all(struct sweep *, int *ended_by);

#endif
