/* cli/sweep.c: `sigtame sweep`: the host once for each of its calls, with a signal arriving exactly there. */
#include "command.h"

#include "duration.h"
#include "ending.h"
#include "launch.h"
#include "library.h"
#include "native.h"
#include "signals.h"
#include "sweep.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STATUS_FOUND = 1, INPUT_IDLE_MS = 1000 };

#define TIMEOUT_NS (10 * (int64_t)1000000000)
#define TIMEOUT_MOST_NS (1000000 * (int64_t)1000000000)

static struct sweep sweep = {.jobs = 1, .max = SIZE_MAX, .input = -1, .timeout_ns = TIMEOUT_NS};
static const char *expect_text[EXPECTATIONS_MAX + 1]; /* the last one is refused */
static size_t expect_count;

static int run_in_directory(void) {
	const char *named = getenv("TMPDIR"), *parent = named ? named : "/tmp";
	char directory[PATH_MAX];
	snprintf(directory, sizeof directory, "%s/sigtame-sweep-XXXXXX", parent);
	sweep.directory = mkdtemp(directory);
	if (sweep.directory == NULL)
		return fail(STATUS_FAILED, "sweep: no directory can be made in %s: %s; TMPDIR names another place", parent, strerror(errno));
	int ended_by, status = sweep_all(&sweep, &ended_by);
	rmdir(directory);
	if (ended_by != 0)
		return end_by(ended_by);
	if (status != 0)
		return status;
	tell_found();
	return finish(tell_count() ? STATUS_FOUND : 0);
}

/* A pipe that nobody writes to, as a supervisor leaves it to its children, has no end. */
static bool has_more_input(void) {
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	if (poll(&in, 1, INPUT_IDLE_MS) != 0)
		return true;
	complain("sweep: standard input has not ended, and nothing came for %d ms: the host gets what there was; </dev/null gives it none", INPUT_IDLE_MS);
	return false;
}

/* Each run reads from its own beginning what we can read once. */
static int copy_input(void) {
	char buf[65536];
	if (isatty(STDIN_FILENO) || (sweep.input = memfd_create("input", MFD_CLOEXEC)) < 0)
		return 0;
	for (ssize_t n; has_more_input() && (n = read(STDIN_FILENO, buf, sizeof buf)) > 0;)
		if (write(sweep.input, buf, (size_t)n) != n)
			return fail(STATUS_FAILED, "sweep: standard input: no room for a copy: %s; </dev/null gives the host none", strerror(errno));
	return 0;
}

static int help(void) {
	puts("Usage: sigtame sweep --signal=SIGNAL [--option=value ...] [--] HOST [ARG ...]\n\n"
	     "Runs the host once to count its calls that are safe points, then once for each, the signal arriving at the entry of\n"
	     "exactly that call. Prints where the host crashed, hung, lost output or ended otherwise than expected.\n\n"
	     "  -s, --signal=SIGNAL the signal that arrives\n"
	     "  -e, --expect=END[:OUTPUT],...\n"
	     "                      a run is well if one of these fits it; without this option: same,signal\n"
	     "                        END     same (as in the first run), status=N, signal (the one that arrives),\n"
	     "                                signal=NAME, any\n"
	     "                        OUTPUT  whole (every line of the first run's, in order, others may stand between),\n"
	     "                                same (byte for byte), begin (cut off anywhere), any;\n"
	     "                                else whole for same, begin for status and signal, any for any\n"
	     "  -m, --max=N         at most N runs, evenly spread over the calls\n"
	     "  -j, --jobs=N        N runs side by side (1)\n"
	     "  -t, --timeout=DURATION\n"
	     "                      a run that takes longer hangs (10s, or 20 times the first run)\n"
	     "  -n, --native        without deferral: what the host would do without sigtame\n"
	     "  -h, --help          show this\n\n"
	     "Each run has its own session and its own copy of standard input; only standard output is compared. A host that does\n"
	     "not end within the timeout gets the signal then: what it does with it is what the others are compared with.\n\n"
	     "Exit status: 0 all well, 1 if a run was not; 125 sigtame's own failure, 126 a host that cannot be started or\n"
	     "reached, 127 one that is not found.\n");
	settings_help();
	return finish(0);
}

static bool can_arrive(const char *value, int sig) {
	if (SIGBIT(sig) & SIGNALS_UNCAUGHT)
		complain("sweep: --signal=%s: it cannot be caught, so no handler can be tried with it", value);
	else if (SIGBIT(sig) & SIGNALS_OF_LIBC)
		complain("sweep: --signal=%s: it is the C library's own, and no handler of a program gets it; sigtame signals lists the others", value);
	else if (sig > HOST_RTMAX)
		complain("sweep: --signal=%s: it is kept for sigtame; the highest is RTMAX, %d", value, HOST_RTMAX);
	else
		return true;
	return false;
}

static bool take_signal(const char *value) {
	sweep.signal = signal_number(value, strlen(value), HOST_RTMAX);
	if (sweep.signal > 0)
		return can_arrive(value, sweep.signal);
	struct word guess = signal_guess(word_of(value));
	if (guess.length)
		complain("sweep: --signal=%s: no such signal; did you mean %.*s?", value, (int)guess.length, guess.text);
	else
		complain("sweep: --signal=%s: no such signal; sigtame signals lists them", value);
	return false;
}

static bool take_count(const char *option, const char *value, size_t *count) {
	int64_t n = word_number(word_of(value));
	*count = (size_t)n;
	if (n < 1 || n > 100000000)
		complain("sweep: --%s=%s: wanted a number from 1 to 100000000", option, value);
	return n >= 1 && n <= 100000000;
}

static bool take_timeout(const char *value) {
	sweep.timeout_given = true;
	const char *fault = duration_parse(word_of(value), &sweep.timeout_ns);
	if (fault == NULL && sweep.timeout_ns > 0 && sweep.timeout_ns <= TIMEOUT_MOST_NS)
		return true;
	complain("sweep: --timeout=%s: %s; wanted a duration, as in 500ms or 10s", value, fault ? fault : "not a time that a run can take");
	return false;
}

static bool take_expect(const char *value) {
	if (expect_count < ARRAY_LENGTH(expect_text))
		expect_text[expect_count++] = value;
	return true;
}

static bool take_flag(bool *flag) {
	*flag = true;
	return true;
}

static int take(int option, const char *value, void *help) {
	bool taken = false;
	switch (option) {
	case 's': taken = take_signal(value); break;
	case 'e': taken = take_expect(value); break;
	case 'm': taken = take_count("max", value, &sweep.max); break;
	case 'j': taken = take_count("jobs", value, &sweep.jobs); break;
	case 't': taken = take_timeout(value); break;
	case 'n': taken = take_flag(&sweep.native); break;
	case 'h': taken = take_flag(help); break;
	}
	return taken ? 0 : STATUS_FAILED;
}

/* What the word `signal` means is known only when all options are read. */
static bool read_expectations(void) {
	if (expect_count == 0)
		expect_text[expect_count++] = "same,signal";
	for (size_t i = 0; i < expect_count; i++)
		if (!expect_add(&sweep.expected, expect_text[i], sweep.signal))
			return false;
	return true;
}

static int prepare(char **host_argv) {
	struct host host;
	char **environment;
	if (sweep.signal == 0)
		return fail(STATUS_FAILED, "sweep: which signal? sigtame sweep --signal=TERM HOST");
	if (!read_expectations())
		return STATUS_FAILED;
	if (sweep.native) {
		native_options();
		sweep.settings = (struct settings){0};
		settings_give(&sweep.settings, "SIGTAME_PROFILE", "posix");
	}
	sweep.argv = host_argv;
	sweep.library = library_find();
	return launch_prepare("sweep", host_argv[0], &sweep.settings, &host, &environment);
}

int command_sweep(int argc, char **argv) {
	static const struct option options[] = {{"signal", required_argument, NULL, 's'}, {"expect", required_argument, NULL, 'e'},
		{"max", required_argument, NULL, 'm'}, {"jobs", required_argument, NULL, 'j'}, {"timeout", required_argument, NULL, 't'},
		{"native", no_argument, NULL, 'n'}, {"help", no_argument, NULL, 'h'}, {0}};
	bool wants_help = false;
	int status = settings_parse(&sweep.settings, argc, argv, &(struct settings_extra){options, take, &wants_help});
	if (status == 0 && wants_help)
		return help();
	if (status == 0)
		status = prepare(argv + sweep.settings.next);
	if (status == 0)
		status = copy_input();
	return status ? status : run_in_directory();
}
