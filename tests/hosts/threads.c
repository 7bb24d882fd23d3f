/* "SIGTAME_THREAD": in which thread a handler runs, which call is interrupted by it and which goes on. */
#include "host.h"
#include <semaphore.h>
#include <setjmp.h>
#include <sys/resource.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t runs, stop, ready, fused;
static volatile pid_t ran_in, worker_tid;
static pid_t main_tid;
static pthread_t main_thread;
static int fds[2];
static sem_t sem;

static const char *place(void) { return ran_in == 0 ? "nowhere" : ran_in == main_tid ? "main" : ran_in == worker_tid ? "worker" : "elsewhere"; }
static void handler(int sig) { (void)sig; ran_in = raw_gettid(), __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED); }
static void fuse(int sig) { (void)sig, fused = 1; }

/* Ends what waits for ever, by SIGALRM. */
static void set_fuse(int ms) {
	struct itimerval t = {{0, 0}, {ms / 1000, ms % 1000 * 1000}};
	raw(SYS_setitimer, ITIMER_REAL, (long)&t, 0, 0);
}

static void block_alarm(void) { mask_one(SIG_BLOCK, SIGALRM); }

static void *spins(void *unused) {
	block_alarm();
	worker_tid = raw_gettid();
	ready = 1;
	spin(&stop, 15000);
	safe_point();
	spin(NULL, 20);
	return unused;
}

static void *pauses(void *unused) {
	block_alarm();
	worker_tid = raw_gettid();
	ready = 1;
	while (!stop)
		poll(NULL, 0, 10);
	return unused;
}

static void *reads(void *result) {
	char c = 0;
	block_alarm();
	worker_tid = raw_gettid();
	ready = 1;
	long n = read(fds[0], &c, 1);
	*(int *)result = n == 1 ? c : n < 0 ? -errno : 0;
	return NULL;
}

static pthread_t start(void *(*run)(void *), void *argument) {
	ready = 0;
	pthread_t other = thread(run, argument);
	while (!ready)
		;
	if (run == reads)
		await_asleep(worker_tid);
	else
		raw_sleep(30); /* it is in its loop */
	return other;
}

static void end(pthread_t other) {
	stop = 1;
	pthread_join(other, NULL);
}

/* Aimed at a thread that computes: not before its own safe point, or as natively. */
static void aimed_spinning(void) {
	pthread_t other = start(spins, NULL);
	pthread_kill(other, SIGUSR1);
	for (int i = 0; i < 1000 && !runs; i++)
		raw_sleep(1);
	safe_point(); /* main's safe point is not the worker's */
	say("before: %d", (int)runs);
	end(other);
	for (int i = 0; i < 100 && !runs; i++)
		poll(NULL, 0, 10);
	say("after: %d in %s", (int)runs, place());
}

/* Aimed at a thread that waits. */
static void aimed_waiting(int flags) {
	int result = 0;
	on(SIGUSR1, handler, flags);
	pthread_t other = start(reads, &result);
	pthread_kill(other, SIGUSR1);
	for (int i = 0; i < 500 && !runs; i++)
		poll(NULL, 0, 10);
	poll(NULL, 0, 50);
	(void)!write(fds[1], "x", 1);
	pthread_join(other, NULL);
	say("ran in %s, read: %s", place(), result == 'x' ? "data" : result == -EINTR ? "EINTR" : "?");
}

/* Once main waits. */
static void *hits(void *at) {
	block_alarm();
	await_asleep(main_tid);
	pthread_sigqueue(*(pthread_t *)at, SIGUSR1, (union sigval){.sival_int = 0});
	return NULL;
}

/* Sent to the process, received by the worker, which waits; main waits, too, and is woken. */
static void merely_received(int flags) {
	int result = 0;
	on(SIGUSR1, handler, flags);
	pthread_t other = start(reads, &result);
	struct timespec t = {20, 0};
	set_fuse(2000);
	pthread_t hitter = thread(hits, &other);
	int error = nanosleep(&t, NULL) ? errno : 0;
	set_fuse(0);
	pthread_join(hitter, NULL);
	(void)!write(fds[1], "x", 1);
	pthread_join(other, NULL);
	say("ran in %s, main: %s%s, read: %s", place(), strerror(error), fused ? " by another signal" : "", result == 'x' ? "data" : result == -EINTR ? "EINTR" : "?");
}

/* "A blocking call of main is interrupted by it." */
static void main_is_woken(const char *how) {
	on(SIGUSR1, handler, is(how, "restart") ? SA_RESTART : 0);
	pthread_t other = start(pauses, NULL);
	char c;
	set_fuse(1500);
	errno = 0;
	pthread_t third = thread(hits, &other);
	if (is(how, "poll"))
		poll(NULL, 0, -1);
	else if (is(how, "pause"))
		pause();
	else if (is(how, "sem_wait"))
		sem_wait(&sem);
	else
		(void)!read(fds[0], &c, 1);
	int error = errno;
	set_fuse(0);
	pthread_join(third, NULL);
	end(other);
	say("ran in %s, main: %s%s", place(), strerror(error), fused ? " by another signal" : "");
}

/* A timer that is aimed at a thread counts as sent to the process. */
static void timer_at_thread(void) {
	pthread_t other = start(spins, NULL);
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	event.sigev_notify_thread_id = worker_tid;
	struct itimerspec soon = {.it_value.tv_nsec = 1000000};
	check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
	for (int i = 0; i < 500 && !runs; i++)
		poll(NULL, 0, 10);
	end(other);
	say("ran in %s", place());
}

/* main runs a handler whose sa_mask blocks the signal: the worker receives it, main handles it afterwards. */
static volatile sig_atomic_t seen_inside;
static void long_handler(int sig) {
	(void)sig;
	raw_kill(raw_getpid(), SIGUSR1);
	spin(&runs, 200);
	seen_inside = runs;
}
static void by_sa_mask(void) {
	pthread_t other = start(spins, NULL);
	struct sigaction action = {.sa_handler = long_handler, .sa_mask = set_of(SIGUSR1, 0)};
	sigaction(SIGUSR2, &action, NULL);
	pthread_kill(pthread_self(), SIGUSR2);
	safe_point();
	say("inside: %d, ran in %s", (int)seen_inside, place());
	end(other);
}

static void *unblocks(void *unused) { /* it inherited main's mask */
	mask_one(SIG_UNBLOCK, SIGUSR1);
	return pauses(unused);
}

/* "If main blocks the signal by its own mask, or has ended, the receiving thread runs it." */
static void by_mask(void) {
	mask_one(SIG_BLOCK, SIGUSR1);
	ready = 0;
	pthread_t other = start(unblocks, NULL);
	kill(getpid(), SIGUSR1);
	for (int i = 0; i < 500 && !runs; i++)
		poll(NULL, 0, 10);
	say("ran in %s", place());
	end(other);
}
static void *after_main(void *unused) {
	(void)unused;
	worker_tid = raw_gettid();
	pthread_join(main_thread, NULL);
	kill(getpid(), SIGUSR1);
	for (int i = 0; i < 500 && !runs; i++)
		poll(NULL, 0, 10);
	say("ran in %s", place());
	runs = 0;
	raise(SIGUSR1);
	check(runs == 1);
	exit(verdict());
}

static void *cancels_main(void *unused) {
	pthread_cancel(main_thread);
	return after_main(unused);
}

static void *inherits_held(void *unused) {
	(void)unused;
	pthread_join(main_thread, NULL);
	for (int i = 0; i < 500 && runs < 5; i++)
		poll(NULL, 0, 10);
	say("runs: %d", (int)runs);
	exit(verdict());
}

/* Signals to a process with two threads: none is lost, whoever receives it. */
static void counted(int n, bool busy) {
	pthread_t other = start(busy ? spins : pauses, NULL), third = start(pauses, NULL);
	pid_t pid = getpid(), child;
	on(SIGRTMIN, handler, SA_RESTART);
	if ((child = fork()) == 0) {
		for (int i = 0; i < n; i++)
			while (raw_queue(pid, SIGRTMIN, i) == -EAGAIN)
				raw_sleep(1);
		_exit(0);
	}
	for (int64_t limit = now_ms() + 15000; runs < n && now_ms() < limit;) {
		poll(NULL, 0, 1);
		free(malloc(10));
	}
	waitpid(child, NULL, 0);
	stop = 1;
	pthread_join(other, NULL);
	pthread_join(third, NULL);
	check(runs == n);
	check(is(kernel_mask_text(), ""));
}

/* main blocks and unblocks all the time while a worker receives: none is stranded. */
static void *sends_many(void *at) {
	block_alarm();
	for (int i = 0; i < 2000; i++)
		while (pthread_sigqueue(*(pthread_t *)at, SIGRTMIN, (union sigval){.sival_int = i}) == EAGAIN)
			poll(NULL, 0, 1);
	return NULL;
}
static void stranded(void) {
	pthread_t other = start(pauses, NULL), third;
	on(SIGRTMIN, handler, SA_RESTART);
	third = thread(sends_many, &other);
	for (int64_t limit = now_ms() + 15000; runs < 2000 && now_ms() < limit;) {
		mask_one(SIG_BLOCK, SIGRTMIN);
		compute();
		mask_one(SIG_UNBLOCK, SIGRTMIN);
	}
	pthread_join(third, NULL);
	end(other);
	check(runs == 2000);
}

/* A thread sends signals to itself and ends before main comes to run one. */
static void *sends_and_ends(void *unused) {
	block_alarm();
	worker_tid = raw_gettid();
	for (int i = 0; i < 50; i++)
		pthread_sigqueue(pthread_self(), SIGRTMIN, (union sigval){.sival_int = i});
	return unused;
}
static void ended(void) {
	on(SIGRTMIN, handler, SA_RESTART);
	pthread_t other = thread(sends_and_ends, NULL);
	while (!worker_tid || raw(SYS_tgkill, raw_getpid(), worker_tid, 0, 0) == 0)
		raw_sleep(1);
	pthread_join(other, NULL);
	say("runs: %d, in %s", (int)runs, place());
}

/* Main is woken even when the user's queue of signals is full. The timer has its place there; what else is sent says nothing of itself. */
static void full_queue(void) {
	own_queue();
	on(SIGUSR1, handler, 0);
	pthread_t other = start(pauses, NULL);
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	event.sigev_notify_thread_id = worker_tid;
	struct itimerspec soon = {.it_value.tv_nsec = 50000000};
	struct rlimit limit = {20, 20};
	check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	setrlimit(RLIMIT_SIGPENDING, &limit);
	mask_one(SIG_BLOCK, SIGRTMIN);
	while (raw(SYS_tgkill, raw_getpid(), main_tid, SIGRTMIN, 0) == 0)
		;
	check(timer_settime(timer, 0, &soon, NULL) == 0);
	set_fuse(1500);
	int r = poll(NULL, 0, -1);
	set_fuse(0);
	say("ran in %s, main: %s%s", place(), r < 0 ? strerror(errno) : "?", fused ? " by another signal" : "");
	end(other);
}

/* SIGTAME_SETTERS */
static void *sets(void *unused) {
	struct sigaction action = {.sa_handler = handler}, old;
	int r = sigaction(SIGUSR2, &action, NULL);
	say("worker: %s", r ? strerror(errno) : "set");
	check(sigaction(SIGUSR2, NULL, &old) == 0);
	say("worker: %s", signal(SIGUSR2, handler) == SIG_ERR ? strerror(errno) : "set");
	return unused;
}

/* Main's handler leaves by a jump that takes its mask along, or edits the one to return to: what main blocks now goes to who does not. */
static jmp_buf past_mask;
static void jump(int sig) {
	(void)sig;
	_longjmp(past_mask, 1);
}
static void edit_mask(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)info;
	sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGUSR1);
}
static void jumped_out(const char *how) {
	struct sigaction action = {.sa_handler = jump, .sa_mask = set_of(SIGUSR1, 0)};
	on(SIGUSR1, handler, 0);
	sigaction(SIGUSR2, &action, NULL);
	pthread_t other = start(pauses, NULL);
	if (is(how, "edited"))
		on_info(SIGUSR2, edit_mask, 0);
	if (_setjmp(past_mask) == 0)
		raise(SIGUSR2);
	raw_kill(raw_getpid(), SIGUSR1);
	for (int i = 0; i < 500 && !runs; i++)
		poll(NULL, 0, 10);
	say("ran in %s", runs ? place() : "nobody");
	end(other);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "", *how = argc > 2 ? argv[2] : "";
	main_tid = raw_gettid();
	main_thread = pthread_self();
	check(pipe(fds) == 0 && sem_init(&sem, 0, 0) == 0);
	on(SIGUSR1, handler, 0);
	on(SIGALRM, fuse, 0);
	if (is(what, "aimed-spinning"))
		aimed_spinning();
	else if (is(what, "aimed-waiting"))
		aimed_waiting(is(how, "restart") ? SA_RESTART : 0);
	else if (is(what, "received"))
		merely_received(is(how, "restart") ? SA_RESTART : 0);
	else if (is(what, "woken"))
		main_is_woken(how);
	else if (is(what, "timer"))
		timer_at_thread();
	else if (is(what, "sa-mask"))
		by_sa_mask();
	else if (is(what, "jumped-out"))
		jumped_out(how);
	else if (is(what, "mask"))
		by_mask();
	else if (is(what, "main-ended")) {
		thread(after_main, NULL);
		pthread_exit(NULL);
	} else if (is(what, "main-cancelled")) {
		thread(cancels_main, NULL);
		for (;;)
			pause();
	} else if (is(what, "main-ended-held")) {
		on(SIGRTMIN, handler, 0);
		thread(inherits_held, NULL);
		for (int i = 0; i < 5; i++)
			raw_queue(raw_getpid(), SIGRTMIN, i);
		pthread_exit(NULL);
	} else if (is(what, "counted"))
		counted(3000, is(how, "busy"));
	else if (is(what, "stranded"))
		stranded();
	else if (is(what, "ended"))
		ended();
	else if (is(what, "full-queue"))
		full_queue();
	else if (is(what, "setters")) {
		pthread_join(thread(sets, NULL), NULL);
		check(signal(SIGUSR2, handler) != SIG_ERR);
	}
	return verdict();
}
