/* "No pending handler of the parent runs in a fork child. A vfork child changes nothing in its parent." */
#include "host.h"
#include <sched.h>
#include <setjmp.h>

static volatile sig_atomic_t runs, others, stop, go;
static pid_t main_tid, ran_in;
static void count(int sig) { (void)sig, runs++, ran_in = raw_gettid(); }
static void count_other(int sig) { (void)sig, others++; }

static int wait_for(pid_t pid) {
	int status = -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* main holds a signal and computes; another thread forks. */
static void *forks(void *fork_like) {
	pid_t (*make)(void) = *(pid_t (**)(void))fork_like;
	while (!go)
		;
	pid_t child = make();
	if (child == 0) {
		int before = runs;
		safe_point();
		poll(NULL, 0, 20);
		check(runs == before);
		check(is(kernel_mask_text(), ""));
		raise(SIGUSR1);
		check(runs == before + 1 && ran_in == raw_gettid());
		kill(getpid(), SIGUSR1);
		check(runs == before + 2);
		sigset_t set;
		sigpending(&set);
		check(is(text_of(&set), ""));
		_exit(failures ? 1 : 7);
	}
	say("child: %s", status_text(wait_for(child)));
	stop = 1;
	return NULL;
}
static void by_thread(pid_t (*make)(void)) {
	pthread_t other = thread(forks, &make);
	raw_raise(SIGUSR1);
	raw_raise(SIGUSR1);
	go = 1;
	spin(&stop, 10000);
	safe_point();
	pthread_join(other, NULL);
	check(runs >= 1 && runs <= 2 && ran_in == main_tid);
	check(is(kernel_mask_text(), ""));
}

/* A fork inside a handler: what its mask holds back is the parent's only. */
static void forks_inside(int sig) {
	(void)sig;
	raw_raise(SIGUSR1);
	pid_t child = fork();
	if (child == 0)
		return;
	others = child;
}
static void in_handler(void) {
	pid_t parent = getpid();
	struct sigaction action = {.sa_handler = forks_inside, .sa_mask = set_of(SIGUSR1, 0)};
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
	safe_point();
	if (getpid() != parent) {
		say("child: runs %d mask [%s]", (int)runs, kernel_mask_text());
		raise(SIGUSR1);
		_exit(runs == 1 ? 7 : 1);
	}
	say("child: %s", status_text(wait_for(others)));
	say("parent: runs %d mask [%s]", (int)runs, kernel_mask_text());
}

/* "In a fork child, the main thread is the thread that forked": it handles what another thread receives. */
static void *receives(void *unused) {
	pthread_sigqueue(pthread_self(), SIGUSR1, (union sigval){.sival_int = 0});
	safe_point();
	return unused;
}
static void *forks_and_receives(void *unused) {
	pid_t child = fork();
	if (child == 0) {
		pthread_t other = thread(receives, NULL);
		pthread_join(other, NULL);
		for (int i = 0; i < 500 && !runs; i++)
			poll(NULL, 0, 10);
		_exit(runs == 1 && ran_in == raw_getpid() ? 7 : 1);
	}
	say("child: %s", status_text(wait_for(child)));
	return unused;
}

static void by_vfork(void) {
	struct sigaction now;
	on(SIGUSR2, count_other, SA_RESTART);
	signal(SIGHUP, SIG_IGN);
	sigset_t pipe_mask = set_of(SIGPIPE, 0);
	pid_t child = vfork();
	if (child == 0) {
		for (int sig = 1; sig < 32; sig++)
			signal(sig, SIG_DFL);
		on(SIGUSR1, SIG_IGN, SA_RESETHAND);
		sigprocmask(SIG_BLOCK, &pipe_mask, NULL);
		safe_point();
		_exit(7);
	}
	check(WEXITSTATUS(wait_for(child)) == 7);
	sigaction(SIGUSR1, NULL, &now);
	check(now.sa_handler == count && !(now.sa_flags & SA_RESETHAND));
	sigaction(SIGUSR2, NULL, &now);
	check(now.sa_handler == count_other && now.sa_flags & SA_RESTART);
	sigaction(SIGHUP, NULL, &now);
	check(now.sa_handler == SIG_IGN);
	check(is(mask_text(), "") && is(kernel_mask_text(), ""));
	raise(SIGUSR1), raise(SIGUSR2), raise(SIGHUP);
	check(runs == 1 && others == 1);
}

/* A signal to a vfork child is none of the parent's. */
static void to_vfork_child(void) {
	pid_t child = vfork();
	if (child == 0) {
		raw_raise(SIGUSR1); /* natively the handler runs, in the parent's memory */
		_exit(7);
	}
	int status = wait_for(child), before = runs;
	say("child: %s", status_text(status));
	safe_point();
	check(runs == before);
	check(is(kernel_mask_text(), ""));
	raise(SIGUSR1);
	check(runs == before + 1);
}

/* What comes for the parent is delivered as its system call ends, where it still looks like its child: it is held, and a handler that
 * is not deferred sets and jumps as elsewhere. */
static sigjmp_buf back;
static void set_and_jump(int sig) {
	(void)sig;
	on(SIGUSR2, count_other, 0);
	siglongjmp(back, 1);
}
static int send_to_parent(void *sig) {
	raw_kill((pid_t)raw(SYS_getppid, 0, 0, 0, 0), *(int *)sig);
	raw(SYS_exit, 7, 0, 0, 0);
	return 0;
}
static void to_vfork_parent(bool by_clone) {
	static char stack[65536] __attribute__((aligned(16)));
	static int sent[] = {SIGUSR1, SIGPROF};
	on(SIGPROF, set_and_jump, 0);
	for (volatile int i = 0; i < 2; i++) {
		if (sigsetjmp(back, 1))
			continue;
		pid_t child = by_clone ? clone(send_to_parent, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &sent[i]) : vfork();
		if (child == 0)
			send_to_parent(&sent[i]);
		check(i == 0 && runs == 0);
		check(WEXITSTATUS(wait_for(child)) == 7);
		check(runs == 1);
	}
	check(WEXITSTATUS(wait_for(-1)) == 7);
	raw_raise(SIGUSR1), raw_raise(SIGUSR2);
	check(runs == 1 && others == 0);
	safe_point();
	check(runs == 2 && others == 1);
	check(is(kernel_mask_text(), ""));
}

/* A thread that sets a handler, again and again, is not there in the child of another that forks meanwhile. */
static void *set_until_stopped(void *unused) {
	while (!stop)
		on(SIGUSR2, count_other, 0);
	return unused;
}
static void beside_sigaction(pid_t (*make)(void)) {
	pthread_t other = thread(set_until_stopped, NULL);
	for (int i = 0; i < 200 && !failures; i++) {
		pid_t child = make();
		if (child == 0) {
			alarm(20); /* it would spin */
			on(SIGUSR2, SIG_DFL, 0);
			_exit(7);
		}
		check(WEXITSTATUS(wait_for(child)) == 7);
	}
	stop = 1;
	pthread_join(other, NULL);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	main_tid = raw_gettid();
	on(SIGUSR1, count, 0);
	if (is(what, "thread"))
		by_thread(fork);
	else if (is(what, "handler"))
		in_handler();
	else if (is(what, "main"))
		pthread_join(thread(forks_and_receives, NULL), NULL);
	else if (is(what, "vfork"))
		by_vfork();
	else if (is(what, "vfork-signal"))
		to_vfork_child();
	else if (is(what, "vfork-parent"))
		to_vfork_parent(argc > 2);
	else if (is(what, "sigaction"))
		beside_sigaction(fork);
	return verdict();
}
