/* sweep_cases CASE: hosts that are wrong at one known place, or at none, when a signal arrives at each of their calls.
 * The driver looks for the lines that say so. */
#include "host.h"

static volatile sig_atomic_t flag;
static volatile int *volatile state;

/* A call that does nothing but be one, in the line that makes it. */
#define a_call() ((void)!write(-1, "", 0))

static void on_flag(int sig) { flag = sig; }

/* Its handler only counts; it makes the same calls in any case, and all of its output. */
static int run_clean(void) {
	on(SIGTERM, on_flag, SA_RESTART);
	for (int i = 0; i < 4; i++) {
		printf("line %d\n", i);
		fflush(stdout);
		a_call();
	}
	return 0;
}

/* Natively the signal is slept over between the test and the wait. */
static int run_hangs(void) {
	on(SIGTERM, on_flag, 0);
	a_call();
	while (!flag)
		pause(); /* hangs here */
	printf("done\n");
	return 0;
}

static void on_state(int sig) { *state = sig; }

static int run_crashes(void) {
	static int value;
	state = &value;
	on(SIGTERM, on_state, SA_RESTART);
	a_call();
	state = NULL;
	a_call(); /* crashes here */
	state = &value;
	a_call();
	printf("done\n");
	return 0;
}

/* What is printed before main, where no call counts, is lost if the default action ends the process before it is written. */
static int run_loses(void) {
	fflush(stdout); /* loses here */
	a_call();
	pause();
	return 0;
}

static void on_leave(int sig) {
	(void)sig;
	_exit(flag ? 3 : 0);
}

static int run_leaves(void) {
	printf("done\n");
	fflush(stdout);
	on(SIGTERM, on_leave, 0);
	a_call();
	flag = 1;
	a_call(); /* leaves here */
	flag = 0;
	a_call();
	return 0;
}

/* Copies its input. */
static int run_copies(void) {
	char byte;
	on(SIGTERM, on_flag, SA_RESTART);
	while (read(0, &byte, 1) == 1)
		putchar(byte);
	return 0;
}

__attribute__((constructor)) static void before_main(int argc, char **argv) {
	if (argc > 1 && is(argv[1], "loses"))
		printf("all that there is\n");
}

int main(int argc, char **argv) {
	static const struct {
		const char *name;
		int (*run)(void);
	} cases[] = {
		{"clean", run_clean},
		{"hangs", run_hangs},
		{"crashes", run_crashes},
		{"loses", run_loses},
		{"leaves", run_leaves},
		{"copies", run_copies},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (argc > 1 && strcmp(argv[1], cases[i].name) == 0)
			return cases[i].run();
	return 8;
}
