/* rt_queue CASE [NUMBER] [deferred]: the real-time queue from another process.
 *
 *   away N      N signals of one kind while the host computes and makes no call
 *   mixed N     N signals of three kinds likewise: lowest first, then as sent, one after the other
 *   masked N    the same, blocked by the host itself and then unblocked
 *   limit       a sender past RLIMIT_SIGPENDING gets EAGAIN, nothing of what was taken is lost, and a
 *               standard signal still comes
 *   full        the queue is full, the signal goes to a waiting thread: main must be woken (SIGTAME_THREAD=main)
 *   flood S     two processes send as fast as they can for S seconds: main's own loop makes progress
 *
 * `deferred` says that no handler may run while the host is away. */
#include "pair.h"
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#define KINDS 3
#define MOST 100000
#define ROOM 1000 /* of the queue in limit and full */

struct page {
	atomic_uint sent[KINDS], run, standard_sent, standard_run;
	atomic_uint away, all_sent, refused, stop, wrong_values; /* away: the host makes no more calls */
	atomic_int order[MOST]; /* the values, as they ran */
	unsigned number;
	int seconds;
	pid_t host, worker;
};

static struct page *page;
static unsigned disorder, nested;
static int queued(int kind) {
	return SIGRTMIN + 1 + kind;
}

/* The second process */

static int send_value(int kind) {
	unsigned number = atomic_load(&page->sent[kind]);
	union sigval value = {.sival_int = (int)((unsigned)kind << 24 | number)};
	if (sigqueue(page->host, queued(kind), value))
		return -1;
	atomic_fetch_add(&page->sent[kind], 1);
	return 0;
}

/* Other programs of the user fill the same queue: its end may come early, and goes away. */
static void send_surely(int kind) {
	while (send_value(kind))
		usleep(100);
}

static void send_all(unsigned of_kinds) {
	unsigned state = 9;
	for (unsigned i = 0; i < page->number; i++)
		send_surely((int)dice(&state, of_kinds));
	atomic_store(&page->all_sent, 1);
}

static void send_to_limit(void) {
	for (unsigned i = 0; i < MOST && !atomic_load(&page->refused); i++)
		if (send_value(0) && errno == EAGAIN)
			atomic_store(&page->refused, 1);
	kill(page->host, SIGUSR1);
	atomic_store(&page->all_sent, 1);
}

/* Fills the queue with what the host blocks; then one to the worker, which needs no place in it. */
static void send_past_full(void) {
	send_to_limit();
	usleep(100000);
	syscall(SYS_tgkill, page->host, page->worker, SIGUSR2);
}

/* Ends by its own clock: the host may not get to look at one. */
static void flood(bool standard) {
	for (int64_t end = now_ns() + page->seconds * SECOND; now_ns() < end;) {
		if (standard)
			kill(page->host, SIGUSR1);
		else if (send_value(0))
			atomic_fetch_add(&page->refused, 1);
	}
	atomic_fetch_add(&page->stop, 1);
}

static int second(const char *fd, const char *role) {
	page = pair_map(sizeof *page, fd);
	pair_end_with(page->host);
	if (!strcmp(role, "guard"))
		return pair_guard(page->host, "rt_queue", page->seconds + 30);
	bool waits = !strcmp(role, "away") || !strcmp(role, "mixed") || !strcmp(role, "limit");
	while (waits && !atomic_load(&page->away))
		usleep(100);
	if (!strcmp(role, "away"))
		send_all(1);
	else if (!strcmp(role, "mixed") || !strcmp(role, "masked"))
		send_all(KINDS);
	else if (!strcmp(role, "limit"))
		send_to_limit();
	else if (!strcmp(role, "full"))
		send_past_full();
	else
		flood(!strcmp(role, "standard"));
	return 0;
}

/* The host */

static volatile sig_atomic_t inside, woken;

static void on_queued(int sig, siginfo_t *info, void *context) {
	(void)context;
	int value = info->si_value.sival_int;
	unsigned place = atomic_fetch_add(&page->run, 1);
	nested += inside++ != 0;
	if (value >> 24 != sig - queued(0) || info->si_code != SI_QUEUE)
		atomic_fetch_add(&page->wrong_values, 1);
	if (place < MOST)
		atomic_store(&page->order[place], value);
	inside--;
}

static void on_standard(int sig) {
	(void)sig;
	atomic_fetch_add(&page->standard_run, 1);
	woken = 1;
}

/* All block all: natively too, one ends before the next begins. */
static void catch_all(void) {
	struct sigaction action = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO};
	struct sigaction standard = {.sa_handler = on_standard};
	sigfillset(&action.sa_mask);
	sigfillset(&standard.sa_mask);
	for (int kind = 0; kind < KINDS; kind++)
		sigaction(queued(kind), &action, NULL);
	sigaction(SIGUSR1, &standard, NULL);
	sigaction(SIGUSR2, &standard, NULL);
}

static sigset_t all_queued(void) {
	sigset_t set;
	sigemptyset(&set);
	for (int kind = 0; kind < KINDS; kind++)
		sigaddset(&set, queued(kind));
	return set;
}

static unsigned all_sent(void) {
	return page->sent[0] + page->sent[1] + page->sent[2];
}

static void settle(void) {
	for (int64_t end = now_ns() + 10 * SECOND; now_ns() < end && atomic_load(&page->run) != all_sent();)
		poll(NULL, 0, 1);
}

/* Within a kind as sent: always. Lowest kind first: only if they were all there before the first ran. */
static void check_order(bool lowest_first) {
	int next[KINDS] = {0}, highest = 0;
	for (unsigned i = 0; i < page->run && i < MOST; i++) {
		int kind = page->order[i] >> 24;
		if (kind >= KINDS || (page->order[i] & 0xffffff) != next[kind]++ || (lowest_first && kind < highest))
			disorder++;
		highest = kind > highest ? kind : highest;
	}
}

static int account(const char *name, unsigned while_away) {
	printf("rt_queue %s: %u sent, %u run, %u while away, %u out of order, %u nested, %u wrong values, %s\n", name, all_sent(),
		page->run, while_away, disorder, nested, page->wrong_values, page->refused ? "EAGAIN seen" : "no EAGAIN");
	return all_sent() != page->run || !page->run || disorder || nested || page->wrong_values;
}

/* Until all has been sent: computes, and makes no call. */
static void stay_away(void) {
	atomic_store(&page->away, 1);
	while (!atomic_load(&page->all_sent))
		spin(1000);
}

static int run_away(int fd, const char *name, bool deferred) {
	pair_start(fd, name);
	stay_away();
	unsigned while_away = atomic_load(&page->run);
	settle();
	check_order(deferred);
	return account(name, while_away) || (deferred && while_away);
}

static int run_masked(int fd, const char *name) {
	sigset_t set = all_queued();
	sigprocmask(SIG_BLOCK, &set, NULL);
	pair_start(fd, name);
	while (!atomic_load(&page->all_sent))
		usleep(1000);
	unsigned while_away = atomic_load(&page->run);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	unsigned at_unblocking = atomic_load(&page->run);
	settle();
	check_order(true);
	/* POSIX promises one of them before sigprocmask returns */
	return account(name, while_away) || while_away || !at_unblocking;
}

static unsigned long queue_in_use(void) {
	char line[200];
	unsigned long used = 0;
	FILE *status = fopen("/proc/self/status", "re");
	while (status && fgets(line, sizeof line, status))
		sscanf(line, "SigQ: %lu", &used);
	if (status)
		fclose(status);
	return used;
}

/* Returns the limit: the user's other programs have a part of it, which they may give back. */
static unsigned limit_queue(unsigned room) {
	struct rlimit limit;
	getrlimit(RLIMIT_SIGPENDING, &limit);
	limit.rlim_cur = queue_in_use() + room;
	if (setrlimit(RLIMIT_SIGPENDING, &limit))
		fail("setrlimit");
	return (unsigned)limit.rlim_cur;
}

static int run_limit(int fd, bool deferred) {
	sigset_t set = all_queued();
	unsigned limit = limit_queue(ROOM);
	if (!deferred)
		sigprocmask(SIG_BLOCK, &set, NULL); /* natively that is the only way to have a queue */
	pair_start(fd, "limit");
	stay_away();
	unsigned while_away = atomic_load(&page->run), taken = all_sent();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	settle();
	check_order(false);
	int status = account("limit", while_away);
	return status || while_away || !page->refused || taken > limit + 1 || page->standard_run != 1;
}

static void *work(void *unused) {
	page->worker = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return unused;
}

static bool is_woken(void) {
	while (!woken)
		if (poll(NULL, 0, 3000) == 0)
			return false;
	return true;
}

/* SIGUSR1 wakes too, so main looks for SIGUSR2 only after it. */
static int run_full(int fd) {
	pthread_t thread;
	sigset_t set = all_queued();
	sigprocmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, work, NULL);
	while (!*(volatile pid_t *)&page->worker)
		usleep(1000);
	limit_queue(ROOM);
	pair_start(fd, "full");
	while (!atomic_load(&page->standard_run))
		poll(NULL, 0, 100);
	woken = 0;
	bool good = is_woken();
	printf("rt_queue full: %u queued, %s, main %s\n", all_sent(), page->refused ? "EAGAIN seen" : "no EAGAIN",
		good ? "woken" : "slept over");
	return !good || !page->refused;
}

static int run_flood(int fd) {
	unsigned turns = 0;
	limit_queue(20 * ROOM);
	pair_start(fd, "queued");
	pair_start(fd, "standard");
	for (; atomic_load(&page->stop) < 2; turns++) {
		poll(NULL, 0, 0);
		getppid();
	}
	settle();
	printf("rt_queue flood: %d s, %u sent, %u run, %u refused, %u standard runs, %u turns of main's own loop\n", page->seconds,
		all_sent(), page->run, page->refused, page->standard_run, turns);
	return all_sent() != page->run || !page->run || !page->standard_run || turns < 10;
}

static int run_case(const char *name, int fd, bool deferred) {
	if (!strcmp(name, "limit"))
		return run_limit(fd, deferred);
	if (!strcmp(name, "full"))
		return run_full(fd);
	if (!strcmp(name, "flood"))
		return run_flood(fd);
	if (!strcmp(name, "masked"))
		return run_masked(fd, name);
	return run_away(fd, name, deferred);
}

int main(int argc, char **argv) {
	int fd;
	if (argc > 3 && !strcmp(argv[1], "second"))
		return second(argv[2], argv[3]);
	if (argc < 2) {
		fprintf(stderr, "usage: rt_queue away|mixed|masked|limit|full|flood [NUMBER] [deferred]\n");
		return 2;
	}
	page = pair_share(sizeof *page, &fd);
	page->host = getpid();
	page->number = argc > 2 && atoi(argv[2]) > 0 ? (unsigned)atoi(argv[2]) : 1000;
	page->seconds = !strcmp(argv[1], "flood") ? (int)page->number : 30;
	catch_all();
	pair_start(fd, "guard");
	return run_case(argv[1], fd, !strcmp(argv[argc - 1], "deferred"));
}
