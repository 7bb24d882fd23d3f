/* lint_calls CASE [LIBRARY]: handlers whose calls are known, one a case; the driver expects what signal-safety(7) says of them. */
#include "host.h"

#include <dlfcn.h>
#include <setjmp.h>

#define NOINLINE __attribute__((noinline, noclone))

static volatile sig_atomic_t count;
static void *volatile kept;
static sigjmp_buf back;
static void (*in_library)(void);

static void on_printf(int sig) { printf("signal %d\n", sig); }

static NOINLINE void helper(void) { kept = malloc(10); }
static NOINLINE void helper_of_helper(void) {
	helper();
	count++;
}
static void on_helper(int sig) {
	helper_of_helper();
	count += sig;
}

static void on_clean(int sig) {
	int saved = errno;
	char text[8] = "signal\n";
	struct stat_like {
		char c[64];
	} a, b;
	memset(&a, sig, sizeof a);
	memcpy(&b, &a, sizeof b);
	count += (sig_atomic_t)strlen(text) + b.c[0];
	(void)!write(1, text, strlen(text));
	count += getpid() > 0;
	errno = saved;
}

static void on_jump(int sig) { siglongjmp(back, sig); }

static void on_inner(int sig) {
	count += sig;
	kept = localtime(&(time_t){0});
}
static void on_outer(int sig) {
	raise(SIGUSR2);
	kept = getenv("HOME");
	count += sig;
}

static void on_library(int sig) {
	in_library();
	count += sig;
}

static int compare(const void *a, const void *b) {
	kept = strerror(*(const int *)a);
	return *(const int *)a - *(const int *)b;
}
static void on_callback(int sig) {
	int numbers[2] = {sig, 1};
	qsort(numbers, 2, sizeof numbers[0], compare);
	count = numbers[0];
}

/* The C library chooses among several functions for this name. */
static void on_chosen(int sig) { count = strcasecmp("signal", sig ? "SIGNAL" : "") == 0; }

static void on_sleep(int sig) {
	struct timespec t = {0, 20000000};
	int64_t begun = now_ms();
	nanosleep(&t, NULL);
	count = now_ms() - begun >= 20 ? sig : 0;
}

static void on_pipe(int sig) {
	int ends[2];
	char byte;
	(void)!pipe(ends);
	pid_t child = fork();
	if (child == 0) {
		(void)!write(ends[1], "x", 1);
		kept = strdup("in the child");
		_exit(0);
	}
	count = read(ends[0], &byte, 1) == 1 ? sig : 0;
	waitpid(child, NULL, 0);
}

static void nothing_wrong(int sig) { count += sig; }

static void on_masked(int sig) {
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	kept = getenv("HOME");
	count += sig;
}

static int run_masked(void) {
	struct sigaction action = {.sa_handler = on_masked};
	sigfillset(&action.sa_mask);
	on(SIGTRAP, nothing_wrong, 0);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigaction(SIGTRAP, NULL, &action);
	if (is(mask_text(), "") && action.sa_handler == nothing_wrong)
		say("as it was");
	return 0;
}

static void *in_thread(void *unused) {
	on(SIGUSR1, on_printf, 0);
	pthread_kill(pthread_self(), SIGUSR1);
	return unused;
}

static int run_thread(void) {
	pthread_join(thread(in_thread, NULL), NULL);
	return 0;
}

static int run_jump(void) {
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(back, 1) == 0) {
			on(SIGUSR1, on_jump, 0);
			raise(SIGUSR1);
		} else {
			printf("back %d\n", i);
		}
	return 0;
}

static int run_jump_off_stack(void) {
	static char stack[65536];
	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
	if (sigsetjmp(back, 1) == 0) {
		on(SIGUSR1, on_jump, SA_ONSTACK);
		raise(SIGUSR1);
	}
	printf("off the stack\n");
	on(SIGUSR1, on_helper, SA_ONSTACK);
	raise(SIGUSR1);
	printf("count %d\n", count > 0);
	return 0;
}

static int run_nested(void) {
	on(SIGUSR1, on_outer, 0);
	on(SIGUSR2, on_inner, 0);
	raise(SIGUSR1);
	say("count %d", (int)count);
	return 0;
}

static int run_library(const char *path) {
	void *library = dlopen(path, RTLD_NOW);
	if (library == NULL)
		return 9;
	*(void **)&in_library = dlsym(library, "lint_library_ask");
	on(SIGUSR1, on_library, 0);
	raise(SIGUSR1);
	return 0;
}

static int run_exec(char *self) {
	on(SIGUSR1, nothing_wrong, 0);
	raise(SIGUSR1);
	execl(self, self, "printf", NULL);
	return 9;
}

static int run_child(void) {
	on(SIGUSR1, on_printf, 0);
	pid_t child = fork();
	if (child == 0) {
		raise(SIGUSR1);
		exit(0);
	}
	return waitpid(child, NULL, 0) == child ? 0 : 9;
}

static int run_killed(void) {
	on(SIGUSR1, nothing_wrong, 0);
	raise(SIGUSR1);
	raise(SIGTERM);
	return 9;
}

static int run_fault(void) {
	volatile int *volatile nowhere = NULL;
	on(SIGSEGV, on_jump, 0);
	if (sigsetjmp(back, 1) == 0)
		*nowhere = 1;
	return 4;
}

static int run_trap(void) {
	on(SIGTRAP, on_clean, 0);
	raise(SIGTRAP);
	kill(getpid(), SIGTRAP);
	return 5;
}

static int run_direct(void) {
	signal(SIGUSR1, exit);
	raise(SIGUSR1);
	return 9;
}

static int run_stopped(void) {
	pid_t self = getpid(), child = fork();
	on(SIGCONT, nothing_wrong, 0);
	if (child == 0) {
		for (int i = 0; i < 5000 && kill(self, 0) == 0; i++) {
			kill(self, SIGCONT);
			usleep(1000);
			if (getppid() != self)
				break;
		}
		_exit(0);
	}
	raise(SIGSTOP);
	return 6;
}

static const struct {
	const char *name;
	void (*handler)(int);
	int wanted;
} plain[] = {
	{"printf", on_printf, 0},
	{"helper", on_helper, 0},
	{"clean", on_clean, 0},
	{"callback", on_callback, 1},
	{"chosen", on_chosen, 1},
	{"sleep", on_sleep, SIGUSR1},
	{"pipe", on_pipe, SIGUSR1},
};

static int run_plain(const char *name) {
	for (size_t i = 0; i < COUNT(plain); i++)
		if (strcmp(name, plain[i].name) == 0) {
			on(SIGUSR1, plain[i].handler, 0);
			raise(SIGUSR1);
			raise(SIGUSR1);
			if (plain[i].wanted && count != plain[i].wanted)
				say("count %d", (int)count);
			return 0;
		}
	return 8;
}

int main(int argc, char **argv) {
	static const struct {
		const char *name;
		int (*run)(void);
	} cases[] = {
		{"thread", run_thread},
		{"jump", run_jump},
		{"jump-off-stack", run_jump_off_stack},
		{"nested", run_nested},
		{"child", run_child},
		{"killed", run_killed},
		{"fault", run_fault},
		{"trap", run_trap},
		{"direct", run_direct},
		{"stopped", run_stopped},
		{"masked", run_masked},
	};
	const char *name = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < COUNT(cases); i++)
		if (strcmp(name, cases[i].name) == 0)
			return cases[i].run();
	if (strcmp(name, "library") == 0 && argc > 2)
		return run_library(argv[2]);
	if (strcmp(name, "exec") == 0)
		return run_exec(argv[0]);
	return strcmp(name, "none") == 0 ? 3 : run_plain(name);
}
