/* race_wait CALL ROUNDS [MODE] [watch=MS] [seconds=S] [limit=N]: signal against wait, many times.
 * Each round the host tests its flag and then waits, and the second process sends it one signal
 * somewhere around the entry of the wait. A round that the wait sleeps through is lost: the second
 * process sees that no next round comes, says `slept over`, and ends the host (or, below the limit, wakes it and counts).
 *
 *   race     the plain one: while (!flag) wait();
 *   wide     the same, with a computation between the test and the wait
 *   blocked  the signal is blocked but in the wait (sigsuspend, ppoll ...)
 *   worker   the signal goes to another thread that waits, and main must see it (SIGTAME_THREAD=main)
 *   restart  SA_RESTART, and what the wait is for comes a bit later: never EINTR
 *   ready    what the wait is for is there already: never EINTR */
#include "waits.h"
#include <pthread.h>
#include <sys/resource.h>

enum mode { RACE, WIDE, BLOCKED, WORKER, RESTART, READY };
static const char *const mode_names[] = {"race", "wide", "blocked", "worker", "restart", "ready"};

struct page {
	_Alignas(64) atomic_uint ready; /* the round that the host is in */
	_Alignas(64) atomic_uint run;   /* handler runs */
	_Alignas(64) atomic_uint sent;  /* signals sent */
	atomic_uint lost;
	int64_t longest_ns;
	pid_t host, target; /* target: the thread aimed at, or 0 */
	unsigned wait, mode, rounds, limit;
	int64_t watch_ns, seconds;
	struct stage stage;
};

#define FINISHED UINT32_MAX

static struct page *page;
static const struct wait *wait_row;
static volatile sig_atomic_t flag;
static unsigned wrong_values;

/* The second process: sender and judge. */

static void aim(unsigned round) {
	atomic_fetch_add(&page->sent, 1);
	union sigval value = {.sival_int = (int)round};
	if (page->target)
		syscall(SYS_tgkill, page->host, page->target, SIGUSR1);
	else if (round % 2)
		kill(page->host, SIGUSR1);
	else if (sigqueue(page->host, SIGRTMIN + 1, value))
		kill(page->host, SIGUSR1); /* other programs may have filled the user's queue */
}

static void say_lost(unsigned round) {
	bool ran = atomic_load(&page->run) == atomic_load(&page->sent);
	printf("race_wait %s %s: slept over in round %u of %u (the handler %s)\n", wait_row->name, mode_names[page->mode], round,
		page->rounds, ran ? "ran" : "did not run");
	fflush(stdout);
}

static void lose(unsigned round) {
	if (atomic_fetch_add(&page->lost, 1) + 1 < page->limit) {
		aim(round);
		return;
	}
	say_lost(round);
	kill(page->host, SIGKILL);
	exit(1);
}

/* A host that is only starved is not asleep; one that spins for ever is lost too. */
static bool is_lost(int64_t since) {
	int64_t waited = now_ns() - since;
	if (waited < page->watch_ns)
		return false;
	return state_of(page->host) == 'S' || waited > 10 * page->watch_ns;
}

static bool has_come(unsigned round) { return atomic_load_explicit(&page->ready, memory_order_acquire) >= round; }

/* Looked at last: it may have come while this process was starved, and the host sleep in the next one. */
static void await_round(unsigned round) {
	int64_t since = 0;
	for (unsigned looks = 0; !has_come(round); looks++) {
		if (looks < 2000)
			continue;
		since = since ? since : now_ns();
		sched_yield();
		if (is_lost(since) && !has_come(round)) {
			lose(round - 1);
			since = now_ns();
		}
	}
}

/* Half of the rounds aim close to the entry, the others wide of it. */
static int64_t some_delay(unsigned *state) {
	return dice(state, dice(state, 2) ? 3000 : 20000);
}

static void send_rounds(void) {
	unsigned state = 1;
	for (unsigned round = 1; round <= page->rounds; round++) {
		await_round(round);
		if (atomic_load(&page->ready) == FINISHED)
			return;
		delay_ns(some_delay(&state));
		int64_t start = now_ns();
		aim(round);
		if (page->mode == RESTART) {
			delay_ns(some_delay(&state));
			wait_row->feed(&page->stage);
		}
		await_round(round + 1);
		int64_t took = now_ns() - start;
		page->longest_ns = took > page->longest_ns ? took : page->longest_ns;
	}
}

static int second(const char *fd) {
	page = pair_map(sizeof *page, fd);
	wait_row = &waits[page->wait];
	pair_end_with(page->host);
	pair_settle(page->host, false);
	send_rounds();
	return 0;
}

/* The host. */

static void on_signal(int sig, siginfo_t *info, void *context) {
	(void)context;
	atomic_fetch_add_explicit(&page->run, 1, memory_order_relaxed);
	if (sig != SIGUSR1 && (unsigned)info->si_value.sival_int != atomic_load_explicit(&page->ready, memory_order_relaxed))
		wrong_values++;
	flag = 1;
}

struct counts {
	unsigned interrupted, unneeded, before, asleep, eintr, failed;
};

static unsigned turns; /* of spin, in a microsecond */

static long times_asleep(void) {
	struct rusage u;
	getrusage(RUSAGE_THREAD, &u);
	return u.ru_nvcsw;
}

/* How long a signal is under way is the machine's: the host comes to its wait later or sooner until half of them find it asleep. */
static unsigned head_start;
static void aim_at_entry(bool was_asleep) {
	unsigned part = head_start / 32 + 1;
	head_start = was_asleep ? head_start + part : head_start > part ? head_start - part : 1;
	head_start = head_start > 40 * turns ? 40 * turns : head_start;
}

/* What natively loses the signal stands between the test of the flag and the call. */
static void race_round(struct counts *c, unsigned *state) {
	unsigned gap = page->mode == WIDE ? dice(state, 20 * turns) : 0;
	long before = times_asleep();
	spin(dice(state, 2 * head_start));
	if (flag)
		c->before++;
	while (!flag) {
		if (gap)
			spin(gap);
		if (wait_row->call(&page->stage) >= 0 || errno != EINTR)
			c->failed++;
		else if (flag)
			c->interrupted++;
		else
			c->unneeded++;
	}
	bool was_asleep = times_asleep() != before;
	c->asleep += was_asleep;
	aim_at_entry(was_asleep);
}

static void count_result(struct counts *c, int result) {
	if (result >= 0)
		c->interrupted++; /* completed, here */
	else if (errno == EINTR)
		c->eintr++;
	else
		c->failed++;
}

static void reset(void) {
	if (wait_row->reset)
		wait_row->reset(&page->stage);
}

static void restart_round(struct counts *c, unsigned *state) {
	spin(dice(state, 4 * turns));
	count_result(c, wait_row->call(&page->stage));
	reset();
	while (!flag)
		poll(NULL, 0, 0);
}

static void ready_round(struct counts *c, unsigned *state) {
	while (!flag) {
		if (!wait_row->keeps)
			wait_row->feed(&page->stage);
		spin(dice(state, turns));
		count_result(c, wait_row->call(&page->stage));
		reset();
	}
}

static unsigned run_rounds(struct counts *c) {
	static void (*const round_of[])(struct counts *, unsigned *) = {
		race_round, race_round, race_round, race_round, restart_round, ready_round};
	int64_t end = now_ns() + page->seconds * SECOND;
	unsigned state = 2, round = 1;
	for (; round <= page->rounds; round++) {
		flag = 0;
		atomic_store_explicit(&page->ready, round, memory_order_release);
		round_of[page->mode](c, &state);
		if (round % 64 == 0 && now_ns() > end)
			return round;
	}
	return round - 1;
}

static void install(int sig) {
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	sigemptyset(&action.sa_mask);
	if (page->mode == RESTART)
		action.sa_flags |= SA_RESTART;
	if (sigaction(sig, &action, NULL))
		fail("sigaction");
}

static void block_both(void) {
	sigset_t both;
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &both, NULL);
}

static void *work(void *unused) {
	page->target = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return unused;
}

static void start_worker(void) {
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, NULL))
		fail("pthread_create");
	while (!*(volatile pid_t *)&page->target)
		usleep(1000);
}

static int account(unsigned rounds, const struct counts *c, int64_t took) {
	unsigned sent = atomic_load(&page->sent), run = atomic_load(&page->run), lost = atomic_load(&page->lost);
	bool never_eintr = page->mode == RESTART || page->mode == READY;
	bool good = sent == run && !lost && !c->eintr && !c->failed && !wrong_values;
	printf("race_wait %s %s: %u rounds, %u slept over, %u sent, %u run, ", wait_row->name, mode_names[page->mode], rounds, lost, sent,
		run);
	if (never_eintr)
		printf("%u completed, %u EINTR, ", c->interrupted, c->eintr);
	else
		printf("%u interrupted (%u more without need), %u before the wait, %u asleep, ", c->interrupted, c->unneeded, c->before, c->asleep);
	printf("%u failed, %u wrong values, longest %lld us, %.1f s\n", c->failed, wrong_values, (long long)(page->longest_ns / 1000),
		(double)took / SECOND);
	return good ? 0 : 1;
}

static int host(int fd) {
	struct counts c = {0};
	if (wait_row->prepare(&page->stage)) {
		printf("race_wait %s: not on this system: %s\n", wait_row->name, strerror(errno));
		return 77;
	}
	page->host = getpid();
	turns = turns_per_us();
	head_start = 2 * turns;
	if (page->mode == READY && wait_row->keeps)
		wait_row->feed(&page->stage);
	if (page->mode == WORKER)
		start_worker();
	pid_t judge = pair_start(fd, NULL);
	pair_settle(page->host, true);
	install(SIGUSR1);
	install(SIGRTMIN + 1);
	if (page->mode == BLOCKED)
		block_both();
	int64_t start = now_ns();
	unsigned rounds = run_rounds(&c);
	int64_t took = now_ns() - start;
	atomic_store(&page->ready, FINISHED);
	while (waitpid(judge, NULL, 0) < 0 && errno == EINTR)
		;
	return account(rounds, &c, took);
}

static unsigned mode_named(const char *name) {
	for (unsigned i = 0; i < sizeof mode_names / sizeof mode_names[0]; i++)
		if (!strcmp(mode_names[i], name))
			return i;
	fprintf(stderr, "race_wait: no mode %s\n", name);
	exit(2);
}

static void read_option(const char *option) {
	if (!strncmp(option, "watch=", 6))
		page->watch_ns = atoi(option + 6) * MILLISECOND;
	else if (!strncmp(option, "seconds=", 8))
		page->seconds = atoi(option + 8);
	else if (!strncmp(option, "limit=", 6))
		page->limit = (unsigned)atoi(option + 6);
	else
		page->mode = mode_named(option);
}

static bool has_mode(void) {
	if (page->mode == RESTART)
		return wait_row->feed && wait_row->restarts;
	return page->mode != READY || wait_row->feed;
}

static int list_waits(void) {
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
		printf("%s%s%s\n", waits[i].name, waits[i].restarts && waits[i].feed ? " restart" : "", waits[i].feed ? " ready" : "");
	return 0;
}

int main(int argc, char **argv) {
	int fd;
	if (argc > 2 && !strcmp(argv[1], "second"))
		return second(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list_waits();
	if (argc < 3 || !(wait_row = wait_named(argv[1]))) {
		fprintf(stderr, "usage: race_wait list | CALL ROUNDS [MODE] [watch=MS] [seconds=S] [limit=N]\n");
		return 2;
	}
	page = pair_share(sizeof *page, &fd);
	page->wait = (unsigned)(wait_row - waits);
	page->rounds = (unsigned)atoi(argv[2]);
	page->watch_ns = 2 * SECOND;
	page->seconds = 600;
	page->limit = 1;
	for (int i = 3; i < argc; i++)
		read_option(argv[i]);
	if (!has_mode()) {
		fprintf(stderr, "race_wait: %s has no mode %s\n", argv[1], mode_names[page->mode]);
		return 2;
	}
	return host(fd);
}
