/* "It may do all that a handler may natively do: siglongjmp out, exit, fork, install handlers." */
#include "host.h"
#include <setjmp.h>

static volatile sig_atomic_t runs, others;
static sigjmp_buf back;
static char *self;

static void count(int sig) { (void)sig, runs++; }
static void count_other(int sig) { (void)sig, others++; }
static void jump(int sig) { (void)sig, runs++; siglongjmp(back, 1); }
static void at_exit(void) { say("atexit"); }
static void exit_3(int sig) { (void)sig; exit(3); }
static void exit_4(int sig) { (void)sig; _exit(4); }
static void die(int sig) { signal(sig, SIG_DFL); raise(sig); }
static void aborts(int sig) { (void)sig; abort(); }

static void fork_here(int sig) {
	(void)sig, runs++;
	pid_t child = fork();
	int status;
	if (child == 0)
		_exit(runs == 1 && is(mask_text(), "10") ? 6 : 7);
	waitpid(child, &status, 0);
	say("child of the handler: %s", status_text(status));
}

static void fork_and_return(int sig) {
	(void)sig, runs++;
	pid_t child = fork();
	int status;
	if (child == 0)
		return;
	waitpid(child, &status, 0);
	say("child of the handler: %s", status_text(status));
}

static void install_other(int sig) {
	runs++;
	on(sig, count_other, 0);
	on(SIGUSR2, count_other, 0);
}

static void ignore(int sig) { runs++, signal(sig, SIG_IGN); }

static void exec_mask(int sig) {
	(void)sig;
	execl(self, self, "mask", NULL);
	_exit(9);
}

static void spawner(int sig) {
	(void)sig, runs++;
	FILE *p = popen("echo from popen", "r");
	char line[64] = "";
	check(p && fgets(line, sizeof line, p));
	check(pclose(p) == 0);
	say("%.10s", line);
}

static void print(int sig) {
	(void)sig, runs++;
	char *text = malloc(1000);
	printf("handler prints\n");
	free(text);
}

static void hit(int sig) {
	raw_raise(sig);
	safe_point();
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	self = argv[0];
	if (is(what, "mask")) {
		say("mask after exec: [%s]", kernel_mask_text());
	} else if (is(what, "jump")) {
		on(SIGUSR1, jump, 0);
		for (volatile int i = 0; i < 10000; i++)
			if (sigsetjmp(back, 1) == 0)
				hit(SIGUSR1);
		check(runs == 10000);
		check(is(kernel_mask_text(), ""));
		on(SIGUSR1, count, 0);
		hit(SIGUSR1);
		check(runs == 10001);
	} else if (is(what, "jump-wait")) { /* out of a wait, too */
		int fds[2];
		char c;
		struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
		check(pipe(fds) == 0);
		on(SIGALRM, jump, 0);
		if (sigsetjmp(back, 1) == 0)
			setitimer(ITIMER_REAL, &often, NULL);
		while (runs < 2000)
			if (sigsetjmp(back, 1) == 0)
				(void)!read(fds[0], &c, 1);
		signal(SIGALRM, SIG_IGN);
		setitimer(ITIMER_REAL, &never, NULL);
		on(SIGALRM, count, 0);
		runs = 0;
		check(is(kernel_mask_text(), ""));
		hit(SIGALRM);
		check(runs == 1);
	} else if (is(what, "exit")) {
		atexit(at_exit);
		on(SIGUSR1, exit_3, 0);
		printf("flushed by exit\n");
		hit(SIGUSR1);
		say("still here");
	} else if (is(what, "_exit")) {
		atexit(at_exit);
		on(SIGUSR1, exit_4, 0);
		printf("never flushed");
		hit(SIGUSR1);
		say("still here");
	} else if (is(what, "die")) {
		signal(SIGTERM, die);
		hit(SIGTERM);
		say("still here");
	} else if (is(what, "abort")) {
		on(SIGUSR1, aborts, 0);
		hit(SIGUSR1);
		say("still here");
	} else if (is(what, "fork")) {
		on(SIGUSR1, fork_here, 0);
		hit(SIGUSR1);
		check(runs == 1);
	} else if (is(what, "fork-return")) {
		on(SIGUSR1, fork_and_return, 0);
		pid_t before = getpid();
		hit(SIGUSR1);
		check(runs == 1);
		check(is(kernel_mask_text(), ""));
		on(SIGUSR1, count, 0);
		hit(SIGUSR1);
		check(runs == 2);
		if (getpid() != before)
			_exit(failures ? 8 : 6);
	} else if (is(what, "install")) {
		on(SIGUSR1, install_other, 0);
		hit(SIGUSR1);
		hit(SIGUSR1);
		hit(SIGUSR2);
		check(runs == 1 && others == 2);
	} else if (is(what, "ignore")) {
		on(SIGUSR1, ignore, 0);
		hit(SIGUSR1);
		hit(SIGUSR1);
		check(runs == 1);
	} else if (is(what, "exec")) {
		on(SIGUSR1, exec_mask, 0);
		hit(SIGUSR1);
		say("still here");
	} else if (is(what, "spawn")) {
		on(SIGUSR1, spawner, 0);
		hit(SIGUSR1);
		check(runs == 1);
	} else if (is(what, "print")) {
		on(SIGUSR1, print, 0);
		for (int i = 0; i < 3; i++)
			hit(SIGUSR1);
		check(runs == 3);
		fflush(stdout);
	}
	return verdict();
}
