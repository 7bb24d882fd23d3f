/* cli/sweep_run.c: the host's runs: each with its own session, input and output, so that they can stand side by side and
 * be ended with all that they started. Only sweep.c calls it. */
#include "sweep.h"

#include "base.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sigset_t awaited, before;

int64_t run_now_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Taken by run_await only. The runs get the mask that there was before. */
void run_block_signals(void) {
	static const int signals[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigemptyset(&awaited);
	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaddset(&awaited, signals[i]);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &awaited, &before);
}

/* Each reads the input from its beginning. */
static void open_input(int input) {
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", input);
	int fd = open(input < 0 ? "/dev/null" : path, O_RDONLY);
	if (fd > 0)
		dup2(fd, STDIN_FILENO);
}

/* A core for each run that crashes is of no use. */
static void forbid_core(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_CORE, &limit) == 0)
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, limit.rlim_max});
}

static void become_host(const struct sweep *s, const struct run *r, int failure) {
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	forbid_core();
	open_input(s->input);
	dup2(r->output, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	char **environment = sweep_environment(s, r);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (environment != NULL)
		execvpe(s->argv[0], s->argv, environment);
	(void)!write(failure, &errno, sizeof errno);
	_exit(127);
}

/* The pipe closes when the host has begun; what comes out of it before is why it cannot. */
static int read_failure(int fd) {
	int error = 0;
	return read(fd, &error, sizeof error) == sizeof error ? error : 0;
}

static pid_t fork_host(const struct sweep *s, struct run *r, int *error) {
	int failure[2];
	*error = pipe2(failure, O_CLOEXEC) == 0 ? 0 : errno;
	if (*error != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		become_host(s, r, failure[1]);
	*error = pid < 0 ? errno : 0;
	close(failure[1]);
	if (pid > 0 && (*error = read_failure(failure[0])) != 0)
		waitpid(pid, NULL, 0);
	close(failure[0]);
	return pid;
}

int run_start(const struct sweep *s, struct run *r) {
	int error;
	r->output = memfd_create("output", MFD_CLOEXEC);
	if (r->output < 0)
		return -errno;
	r->begun_ns = run_now_ns();
	r->limit_ns = r->begun_ns + s->timeout_ns;
	r->pid = fork_host(s, r, &error);
	if (error == 0)
		return 0;
	close(r->output);
	r->pid = 0;
	return -error;
}

static void read_output(struct run *r) {
	off_t length = lseek(r->output, 0, SEEK_END);
	char *text = length > 0 ? malloc((size_t)length) : NULL;
	ssize_t n = text ? pread(r->output, text, (size_t)length, 0) : 0;
	r->outcome.output = text;
	r->outcome.length = n > 0 ? (size_t)n : 0;
	close(r->output);
}

/* The id stays taken until the wait: it is still the run's own session that ends. */
static void close_run(struct run *r) {
	kill(-r->pid, SIGKILL);
	r->outcome.took_ns = run_now_ns() - r->begun_ns;
	waitpid(r->pid, &r->outcome.status, 0);
	r->pid = 0;
	read_output(r);
}

static bool has_ended(const struct run *r) {
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == r->pid;
}

void run_end(struct run *r) {
	r->outcome.hung = true;
	close_run(r);
}

static bool look(struct run *r) {
	bool ended = has_ended(r);
	if (!ended && run_now_ns() < r->limit_ns)
		return false;
	r->outcome.hung = !ended;
	if (ended)
		close_run(r);
	return true;
}

static bool look_at_all(struct run *runs, size_t n) {
	bool any = false;
	for (size_t i = 0; i < n; i++)
		any |= runs[i].pid != 0 && look(&runs[i]);
	return any;
}

static int64_t nearest_limit(const struct run *runs, size_t n) {
	int64_t nearest = INT64_MAX;
	for (size_t i = 0; i < n; i++)
		if (runs[i].pid != 0 && runs[i].limit_ns < nearest)
			nearest = runs[i].limit_ns;
	return nearest;
}

int run_await(struct run *runs, size_t n) {
	while (!look_at_all(runs, n)) {
		int64_t left = nearest_limit(runs, n) - run_now_ns();
		struct timespec t = {left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0};
		int sig = sigtimedwait(&awaited, NULL, &t);
		if (sig > 0 && sig != SIGCHLD)
			return sig;
	}
	return 0;
}

void run_free(struct run *r) { free(r->outcome.output); }
