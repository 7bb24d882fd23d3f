/* "What the host sees of itself is unchanged: sigaction returns what the host set, the mask is the host's (sigtame reserves the highest real-time signal)." */
#include "host.h"
#include <sys/resource.h>
#include <ucontext.h>

static volatile sig_atomic_t runs;
static const char *context_mask = "?";
static void first(int sig) { (void)sig, runs++; }
static void second(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)info, runs++;
	context_mask = text_of(&((ucontext_t *)context)->uc_sigmask);
}

/* Every signal, several flags and masks: what was set is what is returned, field by field. */
static void round_trip(void) {
	static const int flags[] = {0, SA_RESTART, SA_SIGINFO, SA_NODEFER, SA_RESETHAND, SA_ONSTACK, SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO | SA_RESTART | SA_ONSTACK};
	for (int sig = 1; sig < 63; sig++) {
		struct sigaction action, old;
		if (sig == 32 || sig == 33 || sig == SIGKILL || sig == SIGSTOP) {
			memset(&action, 0, sizeof action);
			action.sa_handler = first;
			int error = sigaction(sig, &action, NULL) ? errno : 0;
			say("%d: %s", sig, strerror(error));
			continue;
		}
		sigaction(sig, NULL, &old);
		say("%d: %s flags %x mask [%s]", sig, old.sa_handler == SIG_DFL ? "default" : old.sa_handler == SIG_IGN ? "ignored" : "?", old.sa_flags, text_of(&old.sa_mask));
		for (size_t i = 0; i < COUNT(flags); i++) {
			struct sigaction before = {0}, after, queried;
			memset(&action, 0, sizeof action);
			if (flags[i] & SA_SIGINFO)
				action.sa_sigaction = second;
			else
				action.sa_handler = first;
			action.sa_flags = flags[i];
			action.sa_mask = set_of(sig == SIGUSR1 ? SIGHUP : SIGUSR1, i % 2 ? SIGRTMIN + 5 : 0);
			check(sigaction(sig, &action, &before) == 0);
			check(sigaction(sig, NULL, &queried) == 0);
			action.sa_handler = i % 3 == 0 ? SIG_IGN : i % 3 == 1 ? SIG_DFL : first;
			int other = SA_RESTART;
			struct sigaction next = {.sa_handler = action.sa_handler, .sa_flags = other};
			check(sigaction(sig, &next, &after) == 0);
			check(memcmp(&queried.sa_mask, &after.sa_mask, 8) == 0 && queried.sa_flags == after.sa_flags && queried.sa_handler == after.sa_handler);
			check(flags[i] & SA_SIGINFO ? queried.sa_sigaction == second : queried.sa_handler == first);
			check((queried.sa_flags & 0x00ffffff) == (flags[i] & 0x00ffffff) || flags[i] < 0 || flags[i] & SA_ONSTACK || flags[i] & SA_NODEFER);
			if (i == 0 || sig == SIGUSR1)
				say("%d: was %x, is %x [%s]", sig, i ? (unsigned)before.sa_flags : 0, queried.sa_flags, text_of(&queried.sa_mask));
		}
		signal(sig, SIG_DFL);
	}
	check(sigaction(0, NULL, &(struct sigaction){0}) == -1 && errno == EINVAL);
	check(sigaction(65, NULL, &(struct sigaction){0}) == -1 && errno == EINVAL);
	check(sigaction(SIGUSR1, NULL, NULL) == 0);
	check(signal(SIGUSR1, first) == SIG_DFL && signal(SIGUSR1, SIG_IGN) == first && signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	check(signal(SIGKILL, first) == SIG_ERR && errno == EINVAL);
	check(signal(-1, first) == SIG_ERR && errno == EINVAL);
}

/* The mask is the host's in every state, whatever is being held. */
static void masks(void) {
	sigset_t set, old;
	on(SIGUSR1, first, 0);
	on(SIGRTMIN, first, 0);
	raw_raise(SIGUSR1);
	for (int i = 0; i < 3; i++)
		raw_queue(raw_getpid(), SIGRTMIN, i);
	say("held: [%s]", mask_text());
	raw_raise(SIGUSR1);
	set = set_of(SIGUSR1, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	say("old [%s] new [%s] kernel [%s] runs %d", text_of(&old), mask_text(), kernel_mask_text(), (int)runs);
	raise(SIGUSR1);
	sigpending(&set);
	say("pending [%s]", text_of(&set));
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, &old);
	say("old [%s] new [%s] kernel [%s] runs %d", text_of(&old), mask_text(), kernel_mask_text(), (int)runs);
	on_info(SIGUSR1, second, 0);
	raise(SIGUSR1);
	say("context [%s]", context_mask);
	check(sigprocmask(99, &set, NULL) == -1 && errno == EINVAL);
	check(sigprocmask(99, NULL, &old) == 0);
}

static void reserved(void) {
	sigset_t all, now;
	struct sigaction action = {.sa_handler = first};
	say("SIGRTMAX %d", SIGRTMAX);
	say("sigaction(64): %s", sigaction(64, &action, NULL) ? strerror(errno) : "set");
	say("reading: %s", sigaction(64, NULL, &action) ? strerror(errno) : "read");
	say("signal(64): %s", signal(64, first) == SIG_ERR ? strerror(errno) : "set");
	check(sigaction(63, &action, NULL) == 0);
	memset(&all, 0xff, sizeof all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigprocmask(SIG_SETMASK, NULL, &now);
	say("blocked: %s", sigismember(&now, 63) ? sigismember(&now, 64) ? "63 64" : "63" : "-");
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	action.sa_mask = set_of(63, 64);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR1, NULL, &action);
	say("sa_mask: %s", sigismember(&action.sa_mask, 64) ? "64" : "-");
}

/* "One from outside is ignored." */
static void reserved_sent(void) {
	on(SIGUSR1, first, 0);
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		for (int i = 0; i < 100; i++)
			raw_kill(parent, 64);
		raw_queue(parent, 64, 7);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	poll(NULL, 0, 20);
	raise(SIGUSR1);
	check(runs == 1);
}

/* The same before the host has any handler; and another one may be reserved for the host's own. */
static void reserved_first(void) {
	extern int __libc_allocate_rtsig(int high);
	raw_kill(getpid(), 64);
	check(__libc_allocate_rtsig(0) == 63 && SIGRTMAX == 62);
	while (__libc_allocate_rtsig(1) > 0)
		;
	check(SIGRTMIN > SIGRTMAX);
}

/* "SIGTAME_PROFILE=posix alone changes nothing at all": no signal caught, blocked, reserved, no timer. */
static void untouched(void) {
	static char status[8192], timers[256];
	int fd = open("/proc/self/status", O_RDONLY), other = open("/proc/self/timers", O_RDONLY);
	(void)!read(fd, status, sizeof status - 1);
	if (other >= 0)
		(void)!read(other, timers, sizeof timers - 1);
	for (char *line = strtok(status, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Shd", 3) == 0 || strncmp(line, "Threads", 7) == 0)
			if (strncmp(line, "SigQ", 4) != 0)
				say("%s", line);
	say("timers [%s]", timers);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "round-trip"))
		round_trip();
	else if (is(what, "masks"))
		masks();
	else if (is(what, "reserved")) {
		reserved();
		return failures;
	} else if (is(what, "reserved-sent"))
		reserved_sent();
	else if (is(what, "reserved-first"))
		reserved_first();
	else if (is(what, "untouched")) {
		untouched();
		return failures;
	}
	return verdict();
}
