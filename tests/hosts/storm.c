/* storm SECONDS [single|threads|aimed] [main]: a storm of signals whose accounts must balance.
 * Two processes outside and every thread inside send three standard and three real-time signals while the
 * host waits, computes, allocates, forks, execs, spawns, changes its handlers and jumps out of them. At the end:
 * each real-time signal that was sent ran once, in the order of its sender where one thread received them; of each
 * standard one the last run came after the last sending; nothing is pending, nothing stays blocked.
 *
 *   single   no threads: every order is strict
 *   threads  four threads, signals to the process (the default)
 *   aimed    four threads, signals to each of them
 *   main     what goes to the process must run in the main thread */
#include "pair.h"
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <spawn.h>
#include <sys/resource.h>

enum shape { SINGLE, THREADS, AIMED };
static const char *const shape_names[] = {"single", "threads", "aimed"};

#define KINDS 3   /* of standard signals, and of real-time ones */
#define WORKERS 4 /* the main thread is number 0 */
#define OUTSIDE 2
#define SENDERS (OUTSIDE + 2 * WORKERS) /* outside; each thread; a handler in each thread */
#define TARGETS (WORKERS + 1)
#define TO_PROCESS WORKERS
#define STREAMS (SENDERS * TARGETS) /* one sender to one target: the unit of order */
#define MOST_SENT (1u << 20)        /* in one stream of one kind */
#define MOST_UNDERWAY 400           /* the kernel's queue is quadratic in mixed kinds */

struct page {
	atomic_uint sent[STREAMS][KINDS], run[STREAMS][KINDS];
	_Alignas(64) atomic_uint all_sent;
	_Alignas(64) atomic_uint all_run;
	_Alignas(64) atomic_uint started[KINDS], ran[KINDS], seen[KINDS]; /* of standard signals */
	atomic_uint refused, twice, breaks, swaps, strays, nested, elsewhere, forged;
	atomic_uint jumps, turns, sets, children, bad_children;
	atomic_uchar came[STREAMS][KINDS][MOST_SENT / 8];
	atomic_int stop, leave;
	int shape, seconds;
	bool in_main;
	pid_t host, tid[WORKERS];
};

static struct page *page;
static const int standard[KINDS] = {SIGUSR1, SIGUSR2, SIGWINCH};
static int queued(int kind) {
	return SIGRTMIN + 1 + kind;
}
static int threads(void) {
	return page->shape == SINGLE ? 1 : WORKERS;
}

/* Sending */

static int payload(int stream, unsigned number) {
	return (int)((unsigned)stream << 24 | number);
}

static int send_queued(int target, int sig, int value) {
	siginfo_t info = {.si_signo = sig, .si_code = SI_QUEUE};
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	if (target == TO_PROCESS)
		return sigqueue(page->host, sig, info.si_value);
	return (int)syscall(SYS_rt_tgsigqueueinfo, page->host, page->tid[target], sig, &info);
}

/* A stream belongs to one context, so only the handlers that count it are at the same time as this. */
static void send_one_queued(int sender, int target, int kind) {
	int stream = sender * TARGETS + target;
	unsigned number = atomic_load(&page->sent[stream][kind]);
	if (number == MOST_SENT)
		return;
	if (send_queued(target, queued(kind), payload(stream, number))) {
		atomic_fetch_add(&page->refused, 1);
		return;
	}
	atomic_fetch_add(&page->sent[stream][kind], 1);
	atomic_fetch_add(&page->all_sent, 1);
}

/* Counted before it is sent: a run that has seen the last count began after the last sending did. */
static void send_one_standard(int target, int kind) {
	atomic_fetch_add(&page->started[kind], 1);
	if (target == TO_PROCESS)
		kill(page->host, standard[kind]);
	else
		syscall(SYS_tgkill, page->host, page->tid[target], standard[kind]);
}

static int some_target(unsigned *state) {
	return page->shape == AIMED ? (int)dice(state, (unsigned)threads()) : TO_PROCESS;
}

static bool too_many(void) {
	return atomic_load(&page->all_sent) - atomic_load(&page->all_run) > MOST_UNDERWAY;
}

static void storm_outside(int sender) {
	unsigned state = (unsigned)sender + 10;
	while (!atomic_load(&page->stop)) {
		for (unsigned burst = dice(&state, 30); burst; burst--) {
			if (dice(&state, 4))
				send_one_queued(sender, some_target(&state), (int)dice(&state, KINDS));
			else
				send_one_standard(some_target(&state), (int)dice(&state, KINDS));
		}
		delay_ns(dice(&state, 300000));
		while (too_many() && !atomic_load(&page->stop))
			usleep(20);
	}
	/* The last ones decide: each must still have a run. */
	for (int i = 0; i < 60; i++)
		send_one_standard(some_target(&state), i % KINDS);
}

static int second(const char *fd, const char *role) {
	page = pair_map(sizeof *page, fd);
	pair_end_with(page->host);
	if (!strcmp(role, "guard"))
		return pair_guard(page->host, "storm", page->seconds + 30);
	storm_outside(atoi(role));
	return 0;
}

/* Running */

static __thread int me;
static __thread volatile sig_atomic_t depth[2 * KINDS];
static __thread volatile sig_atomic_t may_jump;
static __thread sigjmp_buf ground;
static __thread unsigned handler_dice = 3;

static bool is_strict(int stream) {
	return page->shape == SINGLE || stream % TARGETS != TO_PROCESS;
}

static void count_once(int stream, int kind, unsigned number) {
	unsigned char bit = (unsigned char)(1 << number % 8);
	if (atomic_fetch_or(&page->came[stream][kind][number / 8], bit) & bit)
		atomic_fetch_add(&page->twice, 1);
}

static void count_order(int stream, int kind, unsigned number) {
	if (atomic_fetch_add(&page->run[stream][kind], 1) != number)
		atomic_fetch_add(is_strict(stream) ? &page->breaks : &page->swaps, 1);
}

static void run_queued(int kind, const siginfo_t *info) {
	unsigned value = (unsigned)info->si_value.sival_int, number = value & 0xffffff;
	int stream = (int)(value >> 24);
	if (info->si_code != SI_QUEUE || stream >= STREAMS || number >= MOST_SENT) {
		atomic_fetch_add(&page->forged, 1);
		return;
	}
	count_once(stream, kind, number);
	count_order(stream, kind, number);
	if (page->in_main && stream % TARGETS == TO_PROCESS && me != 0)
		atomic_fetch_add(&page->elsewhere, 1);
	atomic_fetch_add(&page->all_run, 1);
}

static void run_standard(int kind) {
	unsigned now = atomic_load(&page->started[kind]), seen = atomic_load(&page->seen[kind]);
	while (seen < now && !atomic_compare_exchange_weak(&page->seen[kind], &seen, now))
		;
	atomic_fetch_add(&page->ran[kind], 1);
}

/* A handler sends too. Only the first kind's, so that this stream has one context a thread. */
static void send_from_handler(void) {
	if (!atomic_load(&page->stop) && dice(&handler_dice, 8) == 0)
		send_one_queued(OUTSIDE + WORKERS + me, TO_PROCESS, 1);
}

static void jump_out(void) {
	may_jump = 0;
	atomic_fetch_add(&page->jumps, 1);
	memset((void *)depth, 0, sizeof depth);
	siglongjmp(ground, 1);
}

static int index_of(int sig) {
	for (int kind = 0; kind < KINDS; kind++)
		if (sig == standard[kind])
			return kind;
	return KINDS + sig - queued(0);
}

static void on_signal(int sig, siginfo_t *info, void *context) {
	(void)context;
	int saved_errno = errno, index = index_of(sig);
	if (syscall(SYS_getpid) != page->host) {
		atomic_fetch_add(&page->strays, 1);
		return;
	}
	if (depth[index]++)
		atomic_fetch_add(&page->nested, 1);
	if (index < KINDS)
		run_standard(index);
	else
		run_queued(index - KINDS, info);
	if (index == 0)
		send_from_handler();
	depth[index]--;
	if (index == 2 * KINDS - 1 && may_jump && dice(&handler_dice, 4) == 0)
		jump_out();
	errno = saved_errno;
}

/* Another function with the same work: there is something to change. */
static void on_signal_too(int sig, siginfo_t *info, void *context) {
	on_signal(sig, info, context);
}

/* Every handler blocks the one that jumps: no other is left half done. */
static void set_handler(int sig, unsigned *state) {
	struct sigaction action = {.sa_sigaction = dice(state, 2) ? on_signal : on_signal_too, .sa_flags = SA_SIGINFO};
	action.sa_flags |= dice(state, 2) ? SA_RESTART : 0;
	action.sa_flags |= dice(state, 2) ? SA_ONSTACK : 0;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, queued(KINDS - 1));
	for (int kind = 0; kind < KINDS; kind++) {
		if (sig == queued(KINDS - 1) || dice(state, 2))
			sigaddset(&action.sa_mask, standard[kind]);
		if (sig == queued(KINDS - 1) || dice(state, 2))
			sigaddset(&action.sa_mask, queued(kind));
	}
	if (sigaction(sig, &action, NULL))
		fail("sigaction");
	atomic_fetch_add(&page->sets, 1);
}

static void set_some_handler(unsigned *state) {
	int kind = (int)dice(state, KINDS);
	set_handler(dice(state, 2) ? queued(kind) : standard[kind], state);
}

/* Children */

static char **plain_environ;

/* One hexadecimal field of a status file; async-signal-safe, for a child of several threads. */
static unsigned long long status_field(const char *path, const char *name) {
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	const char *at = strstr(text, name);
	return at ? strtoull(at + strlen(name), NULL, 16) : ~0ull;
}

/* What glibc keeps for itself; its posix_spawn leaves them ignored. */
#define OWN_OF_LIBC 0x180000000ull

/* `storm child IGNORED`: a program started by the host has no more blocked, pending or ignored than the host had. */
static int child(const char *ignored) {
	const char *path = "/proc/self/status";
	if (status_field(path, "SigBlk:") || status_field(path, "SigPnd:") || status_field(path, "ShdPnd:"))
		return 3;
	return (status_field(path, "SigIgn:") ^ strtoull(ignored, NULL, 16)) & ~OWN_OF_LIBC ? 4 : 0;
}

static char ignored[20];

static bool is_child_masked(void) {
	sigset_t mask;
	if (sigprocmask(SIG_BLOCK, NULL, &mask) || status_field("/proc/self/status", "SigBlk:"))
		return true;
	for (int kind = 0; kind < KINDS; kind++)
		if (sigismember(&mask, standard[kind]) || sigismember(&mask, queued(kind)))
			return true;
	return false;
}

static pid_t start_child(bool spawn, char **env) {
	char *args[] = {program_invocation_name, "child", ignored, NULL};
	pid_t pid = -1;
	if (spawn)
		return posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, env) ? -1 : pid;
	pid = fork();
	if (pid == 0) {
		if (is_child_masked())
			_exit(5);
		execve("/proc/self/exe", args, env);
		_exit(6);
	}
	return pid;
}

static void count_child(const char *what, int status, int wanted) {
	atomic_fetch_add(&page->children, 1);
	if (WIFEXITED(status) && WEXITSTATUS(status) == wanted)
		return;
	if (atomic_fetch_add(&page->bad_children, 1) < 3)
		fprintf(stderr, "storm: a %s ended with %#x\n", what, (unsigned)status);
}

static void have_child(unsigned *state) {
	int status = -1;
	bool spawn = dice(state, 2);
	pid_t pid = start_child(spawn, dice(state, 2) ? environ : plain_environ);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	count_child(spawn ? "spawned child" : "forked child", status, 0);
}

/* What each thread does */

static void work_waiting(unsigned *state) {
	static const struct timespec short_time = {.tv_nsec = 20000};
	switch (dice(state, 4)) {
	case 0: poll(NULL, 0, 1); break;
	case 1: nanosleep(&short_time, NULL); break;
	case 2: sched_yield(); break;
	default: spin(dice(state, 20000));
	}
}

/* Nothing here holds a lock of libc, so a handler may jump out of it, natively too. */
static __attribute__((noinline)) void work_jumping(unsigned *state) {
	if (sigsetjmp(ground, 1))
		return;
	may_jump = 1;
	work_waiting(state);
	may_jump = 0;
}

static void work_allocating(unsigned *state) {
	char *text = malloc(16 + dice(state, 4000));
	if (text)
		snprintf(text, 16, "%u", *state);
	free(text);
}

static void work_sending(unsigned *state) {
	int kind = (int)dice(state, KINDS);
	if (atomic_load(&page->stop) || too_many())
		return;
	switch (dice(state, 3)) {
	case 0: send_one_queued(OUTSIDE + me, some_target(state), kind); break;
	case 1: send_one_standard(some_target(state), kind); break;
	default: atomic_fetch_add(&page->started[kind], 1); raise(standard[kind]);
	}
}

static void work_once(unsigned *state) {
	switch (dice(state, 8)) {
	case 0: work_sending(state); break;
	case 1: work_allocating(state); break;
	case 2: set_some_handler(state); break;
	case 3: work_waiting(state); break;
	default: work_jumping(state);
	}
}

static void give_stack(void) {
	size_t size = 256 * 1024;
	stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
	if (!stack.ss_sp || sigaltstack(&stack, NULL))
		fail("sigaltstack");
}

static void *work(void *number) {
	unsigned state = 100 + (unsigned)(uintptr_t)number;
	me = (int)(uintptr_t)number;
	give_stack();
	page->tid[me] = (pid_t)syscall(SYS_gettid);
	while (!atomic_load(&page->stop))
		work_once(&state);
	while (!atomic_load(&page->leave))
		poll(NULL, 0, 1);
	return NULL;
}

/* Main makes progress: it comes round often enough, at the latest before whoever runs this thinks that it hangs. */
enum { ENOUGH_TURNS = 10 };

static void work_main(void) {
	unsigned state = 99;
	int64_t end = now_ns() + page->seconds * SECOND, next_child = 0;
	while (now_ns() < end || page->turns <= ENOUGH_TURNS) {
		work_once(&state);
		atomic_fetch_add(&page->turns, 1);
		if (now_ns() < next_child)
			continue;
		if (dice(&state, 8))
			have_child(&state);
		else
			count_child("shell", system("exit 7"), 7);
		next_child = now_ns() + 5 * MILLISECOND;
	}
}

/* The accounts */

static bool is_balanced(void) {
	for (int stream = 0; stream < STREAMS; stream++)
		for (int kind = 0; kind < KINDS; kind++)
			if (atomic_load(&page->sent[stream][kind]) != atomic_load(&page->run[stream][kind]))
				return false;
	for (int kind = 0; kind < KINDS; kind++)
		if (atomic_load(&page->seen[kind]) != atomic_load(&page->started[kind]))
			return false;
	return true;
}

static unsigned long long threads_field(const char *name) {
	unsigned long long all = 0;
	char path[80];
	for (int i = 0; i < threads(); i++) {
		snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)page->tid[i]);
		all |= status_field(path, name);
	}
	return all;
}

static unsigned long long all_pending(void) {
	return threads_field("SigPnd:") | threads_field("ShdPnd:");
}

static void settle(void) {
	for (int64_t end = now_ns() + 10 * SECOND; now_ns() < end;) {
		if (is_balanced() && !all_pending() && !threads_field("SigBlk:"))
			return;
		poll(NULL, 0, 1);
	}
}

static void tell_unbalanced(void) {
	for (int stream = 0; stream < STREAMS; stream++)
		for (int kind = 0; kind < KINDS; kind++)
			if (page->sent[stream][kind] != page->run[stream][kind])
				printf("  sender %d to %d, RTMIN+%d: sent %u, run %u\n", stream / TARGETS, stream % TARGETS, kind + 1,
					page->sent[stream][kind], page->run[stream][kind]);
	for (int kind = 0; kind < KINDS; kind++)
		if (page->seen[kind] != page->started[kind])
			printf("  signal %d: sent %u, the last run saw %u\n", standard[kind], page->started[kind], page->seen[kind]);
}

static bool is_standard_right(void) {
	for (int kind = 0; kind < KINDS; kind++)
		if (page->ran[kind] > page->started[kind] || (page->started[kind] && !page->ran[kind]))
			return false;
	return true;
}

static unsigned sum(const atomic_uint *counts) {
	return counts[0] + counts[1] + counts[2];
}

static int account(void) {
	unsigned long long pending = all_pending(), blocked = threads_field("SigBlk:");
	bool good = is_balanced() && is_standard_right() && !pending && !blocked;
	good &= !(page->twice | page->breaks | page->strays | page->nested | page->elsewhere | page->forged | page->bad_children);
	printf("storm %s: %d s, real-time %u sent %u run (%u refused), standard %u sent %u run, %u twice, %u out of order"
	       " (%u across threads), %u nested, %u in a child, %u elsewhere, %u forged, %u turns, %u jumps, %u sets, %u children (%u bad),"
	       " pending %llx, blocked %llx\n",
		shape_names[page->shape], page->seconds, page->all_sent, page->all_run, page->refused, sum(page->started), sum(page->ran),
		page->twice, page->breaks, page->swaps, page->nested, page->strays, page->elsewhere, page->forged, page->turns, page->jumps,
		page->sets, page->children, page->bad_children, pending, blocked);
	tell_unbalanced();
	return good ? 0 : 1;
}

/* The host */

static void start_workers(pthread_t *workers) {
	for (int i = 1; i < threads(); i++)
		if (pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)i))
			fail("pthread_create");
	for (int i = 1; i < threads(); i++)
		while (!*(volatile pid_t *)&page->tid[i])
			usleep(100);
}

static int host(int fd) {
	pthread_t workers[WORKERS];
	unsigned state = 5;
	page->host = page->tid[0] = getpid();
	plain_environ = environ_without_preload();
	snprintf(ignored, sizeof ignored, "%llx", status_field("/proc/self/status", "SigIgn:"));
	give_stack();
	for (int kind = 0; kind < KINDS; kind++)
		set_handler(standard[kind], &state), set_handler(queued(kind), &state);
	pair_start(fd, "guard");
	start_workers(workers);
	pid_t outside[OUTSIDE] = {pair_start(fd, "0"), pair_start(fd, "1")};
	work_main();
	atomic_store(&page->stop, 1);
	for (int i = 0; i < OUTSIDE; i++)
		while (waitpid(outside[i], NULL, 0) < 0 && errno == EINTR)
			;
	settle();
	int status = account();
	atomic_store(&page->leave, 1);
	for (int i = 1; i < threads(); i++)
		pthread_join(workers[i], NULL);
	return status;
}

int main(int argc, char **argv) {
	int fd;
	if (argc > 2 && !strcmp(argv[1], "child"))
		return child(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "second"))
		return second(argv[2], argv[3]);
	page = pair_share(sizeof *page, &fd);
	page->seconds = argc > 1 ? atoi(argv[1]) : 10;
	page->shape = THREADS;
	for (int i = 2; i < argc; i++) {
		page->in_main |= !strcmp(argv[i], "main");
		for (int shape = SINGLE; shape <= AIMED; shape++)
			if (!strcmp(argv[i], shape_names[shape]))
				page->shape = shape;
	}
	return host(fd);
}
