/* "Programs that the host starts get the dispositions and the mask that they would have had without sigtame, through every way to start one." */
#include "host.h"
#include <spawn.h>

extern char **environ;
static volatile sig_atomic_t runs;
static char show[512], *words[8], *state;
static char quoted[600], named[8] = "?";

static void handler(int sig) { (void)sig, runs++; }

/* The state in which it is started. */
static void enter(void) {
	on(SIGUSR1, handler, 0);
	on(SIGRTMIN, handler, 0);
	on(SIGTERM, handler, SA_RESTART);
	if (is(state, "ignore"))
		signal(SIGPIPE, SIG_IGN), signal(SIGHUP, SIG_IGN);
	else if (is(state, "block"))
		mask_one(SIG_BLOCK, SIGUSR2), mask_one(SIG_BLOCK, SIGPIPE);
	else if (is(state, "block-all") || is(state, "unblock-all")) {
		sigset_t all;
		sigfillset(&all);
		check(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
		if (is(state, "unblock-all"))
			check(sigprocmask(SIG_UNBLOCK, &all, NULL) == 0);
	} else if (is(state, "child-blocks") || is(state, "child-unblocks")) { /* a vfork child changes nothing in its parent */
		sigset_t all, none;
		sigfillset(&all), sigemptyset(&none);
		bool blocks = is(state, "child-blocks");
		check(sigprocmask(SIG_SETMASK, blocks ? &none : &all, NULL) == 0);
		pid_t child = vfork();
		if (child == 0) {
			sigprocmask(SIG_SETMASK, blocks ? &all : &none, NULL);
			_exit(0);
		}
		check(waitpid(child, NULL, 0) == child);
	} else if (is(state, "pipe-handler"))
		on(SIGPIPE, handler, 0);
	else if (is(state, "restored")) { /* as libcurl does */
		struct sigaction old;
		sigaction(SIGPIPE, NULL, &old);
		signal(SIGPIPE, SIG_IGN);
		sigaction(SIGPIPE, &old, NULL);
	} else if (is(state, "restored-signal")) {
		void (*old)(int) = signal(SIGPIPE, SIG_IGN);
		signal(SIGPIPE, old);
	}
}

/* "While a signal is being held." */
static void hold(void) {
	if (is(state, "held")) {
		raw_raise(SIGUSR1);
		for (int i = 0; i < 3; i++)
			raw_queue(raw_getpid(), SIGRTMIN, i);
	}
}

static void waits(pid_t pid) {
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		say("%s", status_text(status));
}

static void run_exec(int way) {
	switch (way) {
	case 0: execv(show, words); break;
	case 1: execve(show, words, environ); break;
	case 2: execvp(show, words); break;
	case 3: execvpe(show, words, environ); break;
	case 4: execl(show, "show", named, words[2], (char *)NULL); break;
	case 5: execle(show, "show", named, words[2], (char *)NULL, environ); break;
	case 6: execlp(show, "show", named, words[2], (char *)NULL); break;
	case 7: { int fd = open(show, O_RDONLY); fexecve(fd, words, environ); break; }
	case 8: execveat(AT_FDCWD, show, words, environ, 0); break;
	}
	say("exec: %s", strerror(errno));
	_exit(99);
}
static const char *const execs[] = {"execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp", "fexecve", "execveat"};

static void name(const char *text) {
	snprintf(named, sizeof named, "%s", text);
	words[1] = (char *)text;
}

static void by_fork(int way) {
	hold();
	pid_t pid = fork();
	if (pid == 0)
		run_exec(way);
	waits(pid);
}

static void by_held_in_child(void) {
	pid_t pid = fork();
	if (pid == 0) {
		hold();
		run_exec(1);
	}
	waits(pid);
}

static void by_vfork(void) {
	hold();
	pid_t pid = vfork();
	if (pid == 0) {
		sigset_t all;
		sigfillset(&all);
		if (is(state, "in-child-blocks"))
			sigprocmask(SIG_SETMASK, &all, NULL);
		execv(show, words);
		_exit(99);
	}
	waits(pid);
}

/* As shells do: the child sets things back first. */
static void by_vfork_and_reset(void) {
	hold();
	pid_t pid = vfork();
	if (pid == 0) {
		signal(SIGHUP, SIG_DFL);
		signal(SIGTERM, SIG_IGN);
		mask_one(SIG_BLOCK, SIGWINCH);
		execv(show, words);
		_exit(99);
	}
	waits(pid);
}

static void by_spawn(bool path, bool attributes) {
	pid_t pid = 0;
	posix_spawnattr_t attr;
	sigset_t mask = set_of(SIGWINCH, 0), defaults = set_of(SIGHUP, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &mask);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	hold();
	int error = path ? posix_spawnp(&pid, show, NULL, attributes ? &attr : NULL, words, environ)
	                 : posix_spawn(&pid, show, NULL, attributes ? &attr : NULL, words, environ);
	check(error == 0);
	waits(pid);
}

static void by_system(void) {
	hold();
	int status = system(quoted);
	if (status)
		say("%s", status_text(status));
}

static void by_popen(void) {
	char text[256];
	hold();
	FILE *f = popen(quoted, "r");
	while (fgets(text, sizeof text, f))
		say("%.*s", (int)strcspn(text, "\n"), text);
	check(pclose(f) == 0);
}

/* The first program of a pipeline whose reader leaves dies of SIGPIPE. */
static void pipeline(void) {
	int status = system("bash -c 'yes 2>/dev/null | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}'");
	say("yes: %s", status_text(status));
}

int main(int argc, char **argv) {
	const char *way = argc > 1 ? argv[1] : "", *slash = strrchr(argv[0], '/');
	state = argc > 2 ? argv[2] : "";
	snprintf(show, sizeof show, "%.*sshow", slash ? (int)(slash - argv[0] + 1) : 0, argv[0]);
	words[0] = "show";
	if (argc > 3)
		words[2] = argv[3];
	enter();
	if (is(way, "exec")) { /* in this very process */
		name("exec");
		hold();
		run_exec(1);
	}
	if (is(way, "pipeline")) {
		pipeline();
		return failures;
	}
	for (int i = 0; i < (int)COUNT(execs); i++) {
		if (is(way, execs[i]) || is(way, "all"))
			name(execs[i]), by_fork(i);
	}
	bool all = is(way, "all");
	if (all || is(way, "held"))
		name("held"), by_held_in_child();
	if (all || is(way, "vfork"))
		name("vfork"), by_vfork();
	if (all || is(way, "vfork-reset"))
		name("vfork-reset"), by_vfork_and_reset();
	if (all || is(way, "spawn"))
		name("spawn"), by_spawn(false, false);
	if (all || is(way, "spawnp"))
		name("spawnp"), by_spawn(true, false);
	if (all || is(way, "spawn-attr"))
		name("spawn-attr"), by_spawn(false, true);
	snprintf(quoted, sizeof quoted, "'%s' shell %s", show, words[2] ? words[2] : "");
	if (all || is(way, "system"))
		by_system();
	if (all || is(way, "popen"))
		by_popen();
	safe_point();
	int expected = runs;
	raise(SIGUSR1); /* nothing of this has changed the host */
	raise(SIGTERM);
	check(runs == expected + 2);
	check(is(kernel_mask_text(), is(state, "block") ? "12 13" : ""));
	say("runs %s", runs > 2 ? "some" : "none");
	return failures != 0;
}
