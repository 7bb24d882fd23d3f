/* "SIGTAME_ORDERLY: a listed signal that is at SIG_DFL when the host starts ends it through exit, and then by that very signal. A second one ends it at once." */
#include "host.h"

static const char *what;
static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; say("handler"); }

/* The same signal once more from the same process, as timeout(1) sends it, when the end in order has begun. */
static int begun[2], sent[2];
static void sends_twice(void) {
	char c;
	check(pipe(begun) == 0 && pipe(sent) == 0);
	pid_t parent = getpid();
	if (fork() != 0)
		return;
	close(begun[1]);
	raw_kill(parent, SIGTERM);
	if (read(begun[0], &c, 1) == 1) {
		raw_kill(parent, SIGTERM);
		check(write(sent[1], "x", 1) == 1);
	}
	_exit(0);
}

/* A child of its end ends for itself. */
static void ends_with_child(void) {
	int status;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		exit(0);
	waitpid(child, &status, 0);
	printf("child: %s\n", status_text(status));
}

static void at_exit(void) {
	char c;
	printf("atexit\n");
	if (is(what, "end-forks"))
		ends_with_child();
	if (is(what, "twice") || is(what, "twice-hangs")) {
		check(write(begun[1], "x", 1) == 1 && read(sent[0], &c, 1) == 1);
		if (is(what, "twice-hangs"))
			fflush(stdout), spin(NULL, 15000);
		printf("went on\n");
	}
	if (is(what, "second")) {
		fflush(stdout);
		raw_raise(SIGINT);
		spin(NULL, 15000);
		printf("not ended\n");
	}
}
static void *raises(void *unused) {
	raise(SIGTERM);
	for (;;)
		pause();
	return unused;
}
static void *kills(void *unused) {
	await_asleep(raw_getpid());
	kill(getpid(), SIGTERM);
	return unused;
}

int main(int argc, char **argv) {
	struct sigaction now;
	what = argc > 1 ? argv[1] : "";
	atexit(at_exit);
	setvbuf(stdout, NULL, _IOFBF, 4096);
	printf("buffered\n");
	sigaction(SIGTERM, NULL, &now);
	if (now.sa_handler != SIG_DFL && !is(what, "inherited"))
		printf("not shown as default\n");
	if (is(what, "raise") || is(what, "second") || is(what, "end-forks"))
		raise(SIGTERM);
	else if (is(what, "held")) {
		raw_raise(SIGTERM);
		safe_point();
	} else if (strncmp(what, "twice", 5) == 0) {
		sends_twice();
		for (int i = 0; i < 5; i++)
			poll(NULL, 0, 2000);
	} else if (is(what, "compute")) {
		raw_raise(SIGTERM);
		spin(NULL, 10000);
	} else if (is(what, "away")) { /* the first has found no safe point when the second comes */
		fflush(stdout);
		raw_raise(SIGTERM);
		spin(NULL, 20);
		raw_raise(SIGINT);
		spin(NULL, 15000);
		printf("not ended\n");
	} else if (is(what, "no-end")) { /* their default action ends no program */
		static const int ending_none[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
		for (size_t i = 0; i < COUNT(ending_none); i++)
			raise(ending_none[i]);
		safe_point();
		printf("still here\n");
		return 0;
	} else if (is(what, "wait")) {
		thread(kills, NULL);
		for (int i = 0; i < 5; i++)
			poll(NULL, 0, 2000);
	} else if (is(what, "stdin")) {
		int fds[2];
		char line[8];
		(void)!pipe(fds);
		dup2(fds[0], 0);
		thread(kills, NULL);
		(void)!fgets(line, sizeof line, stdin);
	} else if (is(what, "thread")) {
		thread(raises, NULL);
		poll(NULL, 0, -1);
	} else if (is(what, "fork")) {
		int status;
		pid_t child = fork();
		if (child == 0) {
			raise(SIGTERM);
			for (int i = 0; i < 5; i++)
				poll(NULL, 0, 2000);
		}
		waitpid(child, &status, 0);
		printf("child: %s\n", status_text(status));
		return 0;
	} else if (is(what, "handler")) {
		on(SIGTERM, count, 0);
		raise(SIGTERM);
		return 0;
	} else if (is(what, "default")) {
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
	} else if (is(what, "ignore")) {
		signal(SIGTERM, SIG_IGN);
		raise(SIGTERM);
		return 0;
	} else if (is(what, "inherited")) {
		raise(SIGTERM);
		return 0;
	} else if (is(what, "blocked")) {
		mask_one(SIG_BLOCK, SIGTERM);
		raise(SIGTERM);
		printf("blocked\n");
		safe_point();
		mask_one(SIG_UNBLOCK, SIGTERM);
	} else if (is(what, "exec")) {
		fflush(stdout);
		execl("/bin/sh", "sh", "-c", "kill -TERM $$; echo survived", (char *)NULL);
	}
	printf("survived\n");
	return 0;
}
