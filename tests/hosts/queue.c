/* "Standard signals coalesce while pending. Queued real-time signals never do: n sent, n runs, each with its payload, in the kernel's order, each run ended before the next begins." */
#include "host.h"
#include <sys/resource.h>

enum { MOST = 30000 };
static int values[MOST], numbers[MOST];
static volatile sig_atomic_t runs, inside, nested, sent_when_begun;
static int sent, run_ms, each = 100;

static void record(int sig, siginfo_t *info, void *context) {
	(void)context;
	nested |= inside;
	inside = 1;
	sent_when_begun = sent;
	int slot = __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED); /* handlers may nest */
	if (slot < MOST) {
		numbers[slot] = sig;
		values[slot] = info->si_value.sival_int;
	}
	if (run_ms)
		spin(NULL, run_ms);
	inside = 0;
}


/* Of one number: 0, 1, 2 ... */
static bool in_order(int sig, int n) {
	int next = 0;
	for (int i = 0; i < runs && i < MOST; i++)
		if (numbers[i] == sig && values[i] != next++)
			return false;
	return next == n;
}

static void install(int sig, const sigset_t *mask) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = record;
	action.sa_flags = SA_SIGINFO;
	if (mask)
		action.sa_mask = *mask;
	check(sigaction(sig, &action, NULL) == 0);
}

static void coalesce(void) {
	install(SIGUSR1, NULL);
	for (int i = 0; i < 5; i++, sent = i)
		raw_raise(SIGUSR1);
	check(runs == 0);
	safe_point();
	check(runs >= 1 && runs <= 2);
	check(sent_when_begun == 5);
}

/* A child sends, this process only computes. */
static void from_outside(int n) {
	volatile sig_atomic_t *done = shared(64);
	pid_t parent = getpid(), child;
	install(SIGRTMIN, NULL);
	if ((child = fork()) == 0) {
		for (int i = 0; i < n; i++)
			while (raw_queue(parent, SIGRTMIN, i) == -EAGAIN)
				raw_sleep(1);
		*done = 1;
		_exit(0);
	}
	check(spin(done, 15000));
	spin(NULL, 20);
	for (int i = 0; i < n && runs < n; i++) /* how many calls that takes is not promised */
		safe_point();
	check(runs == n);
	check(in_order(SIGRTMIN, n));
	waitpid(child, NULL, 0);
	check(runs == n);
	check(!nested);
	check(is(kernel_mask_text(), ""));
}

/* Three numbers, sent highest first. With a full sa_mask the kernel runs them lowest first, too, if they were blocked. */
static void lowest_first(bool blocked, bool masked) {
	sigset_t all, old;
	sigfillset(&all);
	for (int k = 0; k < 3; k++)
		install(SIGRTMIN + k, masked ? &all : NULL);
	if (blocked)
		sigprocmask(SIG_BLOCK, &all, &old);
	for (int i = 0; i < each; i++)
		for (int k = 2; k >= 0; k--)
			raw_queue(raw_getpid(), SIGRTMIN + k, i);
	if (blocked)
		sigprocmask(SIG_SETMASK, &old, NULL);
	safe_point();
	check(runs == 3 * each);
	for (int k = 0; k < 3; k++)
		check(in_order(SIGRTMIN + k, each));
	bool sorted = true;
	for (int i = 1; i < 3 * each; i++)
		sorted &= numbers[i] >= numbers[i - 1];
	check(sorted);
	check(!nested);
}

/* The host makes calls all the time, handlers may nest: nothing is lost. What waits costs its square, so it is not sent at once. */
static void storm(int n) {
	pid_t parent = getpid(), child;
	for (int k = 0; k < 3; k++)
		install(SIGRTMIN + k, NULL);
	volatile sig_atomic_t *done = shared(64);
	runs = 0;
	if ((child = fork()) == 0) {
		for (int i = 0; i < n; i++)
			for (int k = 0; k < 3; k++)
				while (raw_queue(parent, SIGRTMIN + k, i) == -EAGAIN)
					raw_sleep(1);
		*done = 1;
		_exit(0);
	}
	int64_t end = now_ms() + 15000;
	while ((!*done || runs < 3 * n) && now_ms() < end) {
		struct pollfd none = {-1, 0, 0};
		poll(&none, 1, 0);
		free(malloc(100));
		safe_point();
	}
	check(runs == 3 * n);
	waitpid(child, NULL, 0);
	check(is(kernel_mask_text(), ""));
}

/* "When no more can be held, the sender gets EAGAIN, as natively." */
static void full(bool blocked) {
	struct rlimit limit = {64, 64};
	int accepted = 0, refused = 0;
	own_queue();
	install(SIGRTMIN, NULL);
	check(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
	if (blocked)
		mask_one(SIG_BLOCK, SIGRTMIN);
	for (int i = 0; i < 500; i++) {
		long r = raw_queue(raw_getpid(), SIGRTMIN, accepted);
		if (r == 0)
			accepted++;
		else if (r == -EAGAIN)
			refused++;
	}
	say("refused: %s", refused ? "some" : "none");
	if (blocked)
		mask_one(SIG_UNBLOCK, SIGRTMIN);
	safe_point();
	check(accepted + refused == 500);
	check(runs == accepted && in_order(SIGRTMIN, accepted));
	check(raw_queue(raw_getpid(), SIGRTMIN, accepted) == 0);
	safe_point();
	check(runs == accepted + 1);
}

/* A standard signal's handler is none of those that wait for one another. */
static volatile sig_atomic_t told;
static void tell(int sig) { (void)sig, told = 1; }
static void waits_for_standard(int sig) {
	(void)sig;
	raw_raise(SIGUSR1);
	check(spin(&told, 5000));
}

static void standard_within(void) {
	on(SIGUSR1, tell, 0);
	on(SIGRTMIN, waits_for_standard, 0);
	kill(getpid(), SIGRTMIN);
	check(told);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "coalesce"))
		coalesce();
	else if (is(what, "outside"))
		from_outside(10000);
	else if (is(what, "lowest-blocked"))
		lowest_first(true, true);
	else if (is(what, "lowest-held"))
		lowest_first(false, false);
	else if (is(what, "lowest-nested"))
		lowest_first(true, false);
	else if (is(what, "lowest-slow")) {
		run_ms = 15;
		each = 4;
		lowest_first(true, false);
	} else if (is(what, "standard-within"))
		standard_within();
	else if (is(what, "storm")) {
		for (int i = 0; i < 3; i++)
			storm(4000);
	} else if (is(what, "full"))
		full(false);
	else if (is(what, "full-blocked"))
		full(true);
	return verdict();
}
