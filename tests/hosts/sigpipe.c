/* "A signal in SIGTAME_IGNORE whose disposition is SIG_DFL when the host starts becomes SIG_IGN, and sigaction shows it. The host may change it." */
#include "host.h"
#include <sys/prctl.h>
#include <sys/socket.h>

static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; }

static const char *shown(int sig) {
	struct sigaction now;
	check(sigaction(sig, NULL, &now) == 0);
	return now.sa_handler == SIG_DFL ? "default" : now.sa_handler == SIG_IGN ? "ignored" : now.sa_handler == count ? "handler" : "something else";
}

static void writes(void) {
	int fds[2], pair[2];
	check(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	close(fds[0]), close(pair[0]);
	check(write(fds[1], "x", 1) == -1 && errno == EPIPE);
	check(send(pair[1], "x", 1, 0) == -1 && errno == EPIPE);
}

static void *raises(void *unused) {
	raise(SIGPIPE);
	kill(getpid(), SIGPIPE);
	return unused;
}

static void fault(int sig) {
	static volatile int zero;
	if (sig == SIGSEGV)
		*(volatile int *)8 = 1;
	else if (sig == SIGFPE)
		zero = 7 / zero;
#if defined __x86_64__ || defined __i386__
	else if (sig == SIGTRAP)
		__asm__ volatile("int3");
	else if (sig == SIGILL)
		__asm__ volatile("ud2");
#else
	else
		_exit(128 + sig);
#endif
}

/* One that is sent is ignored, one that the program makes itself cannot be. */
static void dies(int sig) {
	int status;
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		raw_raise(sig);
		say("%d: sent", sig);
		fault(sig);
		_exit(0);
	}
	waitpid(child, &status, 0);
	check_case(strsignal(sig), WIFSIGNALED(status) ? WTERMSIG(status) == sig : WEXITSTATUS(status) == 128 + sig);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "faults")) {
		dies(SIGSEGV), dies(SIGFPE), dies(SIGTRAP), dies(SIGILL);
	} else if (is(what, "children")) {
		if (fork() == 0)
			_exit(3);
		check(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	} else if (is(what, "shown")) {
		say("PIPE %s, XFSZ %s, HUP %s", shown(SIGPIPE), shown(SIGXFSZ), shown(SIGHUP));
		void (*old)(int) = signal(SIGPIPE, SIG_DFL);
		say("was %s, is %s", old == SIG_IGN ? "ignored" : "default", shown(SIGPIPE));
		old = signal(SIGPIPE, count);
		say("was %s, is %s", old == SIG_IGN ? "ignored" : "default", shown(SIGPIPE));
		return failures;
	} else if (is(what, "write")) {
		writes();
		raise(SIGPIPE);
		pthread_join(thread(raises, NULL), NULL);
		sigset_t set;
		check(sigpending(&set) == 0 && is(text_of(&set), ""));
	} else if (is(what, "handler")) {
		signal(SIGPIPE, count);
		writes();
		check(runs == 2);
	} else if (is(what, "default")) { /* explicitly: natively deadly, so here too */
		signal(SIGPIPE, SIG_DFL);
		writes();
	} else if (is(what, "restored")) { /* saved and restored: the start state */
		struct sigaction old;
		sigaction(SIGPIPE, NULL, &old);
		signal(SIGPIPE, count);
		check(is(shown(SIGPIPE), "handler"));
		sigaction(SIGPIPE, &old, NULL);
		say("%s", shown(SIGPIPE));
		writes();
	} else if (is(what, "kernel")) { /* "/proc shows it as caught" */
		static char status[8192];
		int fd = open("/proc/self/status", O_RDONLY);
		(void)!read(fd, status, sizeof status - 1);
		uint64_t ignored = strtoull(strstr(status, "SigIgn:") + 7, NULL, 16), caught = strtoull(strstr(status, "SigCgt:") + 7, NULL, 16);
		check(!(ignored >> (SIGPIPE - 1) & 1));
		check(caught >> (SIGPIPE - 1) & 1);
	} else if (is(what, "wait")) { /* one from outside interrupts nothing */
		pid_t child = fork();
		if (child == 0) {
			raw_sleep(50);
			kill(getppid(), SIGPIPE);
			raw_sleep(100);
			_exit(0);
		}
		struct timespec t = {0, 300000000};
		check(nanosleep(&t, NULL) == 0);
		waitpid(child, NULL, 0);
	}
	return verdict();
}
