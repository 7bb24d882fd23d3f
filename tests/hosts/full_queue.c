/* The user's queue of signals is full before the program's first handler: no timer is to be had, nothing can be queued, and what
 * arrives does not say where it comes from. Lateness is bounded yet, aimed signals stay where they are, and main is woken. */
#include "host.h"
#include <sys/resource.h>

static volatile sig_atomic_t runs, done;
static volatile pid_t ran_in;
static void handler(int sig) { (void)sig, runs++, ran_in = raw_gettid(); }

static void fill_queue(void) { check(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0}) == 0); }

static void *calls_until_hit(void *tid) {
	*(volatile pid_t *)tid = raw_gettid();
	while (!runs)
		usleep(1000);
	check(ran_in == raw_gettid());
	return NULL;
}

static void aimed_at_thread(void) {
	volatile pid_t tid = 0;
	pthread_t other = thread(calls_until_hit, (void *)&tid);
	while (!tid)
		;
	pthread_kill(other, SIGUSR1);
	pthread_join(other, NULL);
	check(runs == 1);
}

static void *sends_to_itself(void *unused) {
	await_asleep(raw_getpid());
	raw_raise(SIGUSR1);
	for (int i = 0; !done && i < 5000; i++) /* the end of a thread that owes one would wake main, too */
		raw_sleep(1);
	return unused;
}

static void main_is_woken(void) {
	pthread_t other = thread(sends_to_itself, NULL);
	check(poll(NULL, 0, 4000) == -1 && errno == EINTR && runs == 1 && ran_in == raw_gettid());
	done = 1;
	pthread_join(other, NULL);
}

/* Another thread looks all the time for what is pending for the process, and takes what wakes main: main must be found yet. Who
 * takes it is not interrupted. */
static int ends[2];

static void *takes_all(void *unused) {
	uint64_t none = 0, one = 1u << (SIGWINCH - 1);
	while (!done) {
		raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&one, 0, sizeof one);
		raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none);
	}
	return unused;
}

static void *sends_each(void *unused) {
	for (int i = 0; i < 2000 && !failures; i++) {
		runs = 0;
		raw_raise(SIGUSR1);
		spin(&runs, 5000);
		check(runs == 1);
		safe_point();
	}
	done = 1;
	check(write(ends[1], "x", 1) == 1);
	return unused;
}

static void *stands_by(void *unused) {
	check(poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1) == 1);
	return unused;
}

static void main_is_found(void) {
	check(pipe(ends) == 0);
	pthread_t bystander = thread(stands_by, NULL);
	pthread_t other = thread(takes_all, NULL), sender = thread(sends_each, NULL);
	while (!done)
		poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1);
	pthread_join(sender, NULL);
	pthread_join(other, NULL);
	pthread_join(bystander, NULL);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	fill_queue();
	on(SIGUSR1, handler, 0);
	if (is(what, "text")) {
		raw_raise(SIGUSR1);
		spin(&runs, 10000);
		check(runs == 1);
	} else if (is(what, "entry")) {
		raw_raise(SIGUSR1);
		check(poll(NULL, 0, 1000) == -1 && errno == EINTR && runs == 1);
	} else if (is(what, "aimed")) {
		aimed_at_thread();
	} else if (is(what, "main")) {
		main_is_woken();
	} else if (is(what, "found")) {
		main_is_found();
	}
	return verdict();
}
