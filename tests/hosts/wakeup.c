/* "SIGTAME_WAKEUP_FD: each run of a handler, deferred or not, comes with one byte, the signal's number, written when the signal was recorded." The test opens 7 for writing and 8 for reading. */
#include "host.h"
#include <sys/stat.h>

enum { TO = 7, FROM = 8 };
static volatile sig_atomic_t runs, stop;
static void count(int sig) { (void)sig, __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED); }

/* What has come, as numbers; past any library. */
static const char *bytes(void) {
	static char text[256];
	unsigned char got[64];
	long n = raw(SYS_read, FROM, (long)got, sizeof got, 0);
	char *end = text;
	*text = 0;
	for (long i = 0; i < n; i++)
		end += sprintf(end, "%s%d", i ? " " : "", got[i]);
	return text;
}

static void *raises(void *unused) {
	raw_raise(SIGUSR1);
	stop = 1;
	safe_point();
	return unused;
}
static void *receives(void *unused) {
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_code = SI_QUEUE;
	raw(SYS_rt_tgsigqueueinfo, raw_getpid(), raw_gettid(), SIGUSR1, (long)&info);
	stop = 1;
	spin(NULL, 100);
	return unused;
}

/* Then whatever gets the number 7 stays empty. */
static void number_taken_again(const char *how) {
	FILE *file = tmpfile();
	struct stat now;
	int other = fileno(file);
	check(other != TO);
	if (is(how, "dup2"))
		check(dup2(other, TO) == TO);
	else if (is(how, "dup2-same")) { /* which looks the same */
		int keep = dup(TO);
		check(dup2(keep, TO) == TO);
	} else if (is(how, "dup3"))
		check(dup3(other, TO, 0) == TO);
	else if (is(how, "close"))
		check(close(TO) == 0);
	else if (is(how, "close_range"))
		check(close_range(TO, TO, 0) == 0);
	else if (is(how, "syscall"))
		check(syscall(SYS_close, TO) == 0);
	else if (is(how, "closefrom")) {
		int keep = dup2(other, 3);
		closefrom(4);
		other = keep;
	} else if (is(how, "fclose")) {
		FILE *f = fdopen(TO, "w");
		check(f && fclose(f) == 0);
	}
	if (fcntl(TO, F_GETFD) < 0)
		check(dup2(other, TO) == TO);
	for (int i = 0; i < 3; i++)
		raise(SIGUSR1);
	raw_raise(SIGUSR1);
	safe_point();
	check(runs == 4);
	check(fstat(TO, &now) == 0 && now.st_size == 0 && is(bytes(), ""));
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "", *how = argc > 2 ? argv[2] : "";
	on(SIGUSR1, count, 0);
	on(SIGUSR2, count, 0);
	on(SIGRTMIN, count, 0);
	on(SIGPROF, count, 0);
	on(SIGSEGV, count, 0);
	if (is(what, "runs")) {
		raise(SIGUSR2);
		raise(SIGUSR1);
		kill(getpid(), SIGUSR2);
		say("raised: %s", bytes());
		raise(SIGPROF);
		raise(SIGSEGV);
		say("not deferred: %s", bytes());
		signal(SIGHUP, SIG_IGN);
		raise(SIGHUP);
		raise(SIGCHLD);
		struct sigaction pipe_action;
		sigaction(SIGPIPE, NULL, &pipe_action);
		if (pipe_action.sa_handler == SIG_IGN)
			raise(SIGPIPE);
		mask_one(SIG_BLOCK, SIGUSR1);
		raise(SIGUSR1);
		int sig;
		sigset_t set = set_of(SIGUSR1, 0);
		check(sigwait(&set, &sig) == 0);
		say("without a handler: %s", bytes());
		raise(SIGUSR1);
		say("blocked: %s", bytes());
		mask_one(SIG_UNBLOCK, SIGUSR1);
		say("unblocked: %s", bytes());
		return failures;
	} else if (is(what, "at-once")) {
		raw_raise(SIGUSR1);
		raw_raise(SIGUSR2);
		say("before: runs %d bytes %s", (int)runs, bytes());
		safe_point();
		say("after: runs %d bytes %s", (int)runs, bytes());
		for (int i = 0; i < 3; i++)
			raw_queue(raw_getpid(), SIGRTMIN, i);
		say("before: runs %d bytes %s", (int)runs, bytes());
		safe_point();
		say("after: runs %d bytes %s", (int)runs, bytes());
		return failures;
	} else if (is(what, "coalesced")) { /* one byte a run */
		for (int i = 0; i < 5; i++)
			raw_raise(SIGUSR1);
		safe_point();
		const char *got = bytes();
		int n = *got != 0;
		for (; *got; got++)
			n += *got == ' ';
		check(n == runs && n >= 1);
	} else if (is(what, "system")) { /* a storm; where a child is made nothing is left blocked: what comes again joins what is kept */
		pid_t parent = getpid(), sender = fork();
		if (sender == 0) {
			for (int i = 0; i < 20000; i++)
				kill(parent, SIGUSR1);
			_exit(0);
		}
		int status, n = 0;
		while (waitpid(sender, &status, WNOHANG) == 0)
			(void)!system("true");
		safe_point();
		char got[4096];
		for (long r; (r = raw(SYS_read, FROM, (long)got, sizeof got, 0)) > 0;)
			n += (int)r;
		if (n != runs || n == 0)
			say("%d bytes, %d runs", n, (int)runs);
		return verdict();
	} else if (is(what, "thread")) { /* from the thread that receives it, before main's safe point */
		pthread_t other = thread(is(how, "process") ? receives : raises, NULL);
		spin(&stop, 10000);
		spin(NULL, 20);
		say("%s", bytes());
		safe_point();
		pthread_join(other, NULL);
		for (int i = 0; i < 500 && !runs; i++)
			poll(NULL, 0, 10);
		say("runs %d", (int)runs);
		return failures;
	} else if (is(what, "eventfd")) {
		uint64_t value = 0;
		check(raw(SYS_read, TO, (long)&value, 8, 0) == -EAGAIN);
		for (int i = 0; i < 3; i++)
			raise(SIGUSR1);
		raw(SYS_read, TO, (long)&value, 8, 0);
		say("%d", (int)value);
		return failures;
	} else if (is(what, "full")) { /* loses the byte, never the handler */
		char junk[4096];
		memset(junk, 'x', sizeof junk);
		while (raw(SYS_write, TO, (long)junk, sizeof junk, 0) > 0)
			;
		while (raw(SYS_write, TO, (long)junk, 1, 0) > 0)
			;
		for (int episode = 0; episode < (is(how, "twice") ? 2 : 1); episode++) {
			for (int i = 0; i < 3; i++)
				raise(SIGUSR1);
			check(runs == 3 * (episode + 1));
			if (is(how, "exit"))
				return verdict();
			if (is(how, "vfork")) { /* its child does not say it, and nobody else now */
				if (vfork() == 0)
					_exit(0);
				raw(SYS_exit_group, verdict(), 0, 0, 0);
			}
			if (is(how, "_exit")) {
				verdict();
				fflush(stdout);
				_exit(0);
			}
			while (raw(SYS_read, FROM, (long)junk, sizeof junk, 0) > 0)
				;
			safe_point();
			safe_point();
			if (episode == 0 && is(how, "twice")) {
				memset(junk, 'x', sizeof junk);
				while (raw(SYS_write, TO, (long)junk, sizeof junk, 0) > 0)
					;
				while (raw(SYS_write, TO, (long)junk, 1, 0) > 0)
					;
			}
		}
	} else if (is(what, "fails")) { /* and closes nothing */
		if (is(how, "dup2"))
			check(dup2(500, TO) == -1);
		else if (is(how, "dup3"))
			check(dup3(500, TO, 0) == -1 && dup3(FROM, TO, 12345) == -1);
		else if (is(how, "dup3-same"))
			check(dup3(TO, TO, 0) == -1);
		else
			check(close_range(TO, TO, 1 << 20) == -1 && close_range(TO + 1, TO, 0) == -1);
		raise(SIGUSR1);
		say("[%s]", bytes());
		return failures;
	} else if (is(what, "closed")) {
		number_taken_again(how);
	} else if (is(what, "numbers")) { /* each number that this program takes stays its own */
		int numbers[2] = {64, 65}, status;
		check(dup2(1, numbers[0]) == numbers[0] && dup3(1, numbers[1], O_CLOEXEC) == numbers[1]);
		raise(SIGUSR1);
		for (int i = 0; i < 2; i++) {
			pid_t child = fork();
			if (child == 0)
				_exit(fcntl(numbers[i], F_GETFD) < 0);
			check(waitpid(child, &status, 0) == child && status == 0);
		}
		check(close(TO) == 0);
		check(fcntl(numbers[0], F_GETFD) == 0 && fcntl(numbers[1], F_GETFD) == FD_CLOEXEC);
		check(close(numbers[0]) == 0 && close(numbers[0]) == -1 && errno == EBADF);
		check(runs == 1);
	} else if (is(what, "reader-gone")) {
		check(raw(SYS_close, FROM, 0, 0, 0) == 0);
		raise(SIGUSR1);
		check(runs == 1);
	} else if (is(what, "fork")) {
		pid_t child = fork();
		if (child == 0) {
			raise(SIGUSR1);
			_exit(runs == 1 ? 7 : 1);
		}
		int status;
		waitpid(child, &status, 0);
		say("child: %s, bytes [%s]", status_text(status), bytes());
		raise(SIGUSR1);
		say("parent: bytes [%s]", bytes());
		return failures;
	} else if (is(what, "fork-close")) { /* what a child closes stays open here */
		pid_t child = is(how, "vfork") ? vfork() : fork();
		if (child == 0) {
			close(TO);
			_exit(7);
		}
		waitpid(child, NULL, 0);
		raise(SIGUSR1);
		say("parent: bytes [%s]", bytes());
		return failures;
	} else if (is(what, "exec") || is(what, "exec-fork")) {
		char show[512], *slash = strrchr(argv[0], '/');
		snprintf(show, sizeof show, "%.*sshow", slash ? (int)(slash - argv[0] + 1) : 0, argv[0]);
		pid_t child = is(what, "exec") ? 0 : fork();
		if (child == 0)
			execl(show, "show", "child", "fd", (char *)NULL);
		waitpid(child, NULL, 0);
		return failures;
	}
	return verdict();
}
