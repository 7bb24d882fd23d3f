/* torn_sigaction SECONDS [tear]: four threads set distinct actions (function, flags, mask) for two signals under
 * a storm. No handler may find itself with another action's flags or mask, no sigaction may return one put
 * together from two. With `tear` the host sets such mixtures itself, until the checks find them. */
#include "pair.h"
#include <pthread.h>

#define THREADS 4
#define ACTIONS 8
#define MARKER 10 /* RTMIN+10+i stands in the mask of action i only */
#define STACK_SIZE (256 * 1024)
#define COMPARED (SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART | SA_NOCLDSTOP)
#define MOST_UNDERWAY 200

struct page {
	atomic_uint sent, run, standard, sets, torn_runs, torn_reads, values, stop;
	int seconds;
	pid_t host;
};

static struct page *page;
static bool tears;
static int queued(void) {
	return SIGRTMIN + 1;
}

/* Actions 0-3 are SIGUSR1's, 4-7 the real-time signal's. Those with SA_NODEFER, which another may interrupt,
 * keep to the ordinary stack and leave no doubt of the stack of what interrupts them. */
static const int flags_of[ACTIONS] = {
	0,
	SA_SIGINFO | SA_ONSTACK,
	SA_SIGINFO | SA_NODEFER | SA_RESTART,
	SA_ONSTACK | SA_NOCLDSTOP,
	SA_SIGINFO,
	SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	SA_SIGINFO | SA_NODEFER | SA_NOCLDSTOP,
	SA_SIGINFO | SA_RESTART,
};

static int signal_of(int action) {
	return action < ACTIONS / 2 ? SIGUSR1 : queued();
}

static sigset_t mask_of(int action) {
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN + MARKER + action);
	if (!(flags_of[action] & SA_NODEFER)) {
		sigaddset(&mask, SIGUSR1);
		sigaddset(&mask, queued());
	}
	return mask;
}

/* The checks in the handlers */

static __thread char *stack;

static bool is_on_stack(void) {
	char here;
	uintptr_t at = (uintptr_t)&here, low = (uintptr_t)stack;
	return at >= low && at < low + STACK_SIZE;
}

/* Its own marker, no marker of one that it cannot have interrupted, and the signals that its flags say. */
static bool is_mask_of(int action) {
	sigset_t mask, wanted = mask_of(action);
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	for (int other = 0; other < ACTIONS; other++) {
		bool set = sigismember(&mask, SIGRTMIN + MARKER + other);
		bool may = other == action || flags_of[other] & SA_NODEFER;
		if (set ? !may : other == action)
			return false;
	}
	return sigismember(&mask, SIGUSR1) == sigismember(&wanted, SIGUSR1) &&
	       sigismember(&mask, queued()) == sigismember(&wanted, queued());
}

static void check_common(int action, int sig) {
	bool right = sig == signal_of(action) && is_on_stack() == !!(flags_of[action] & SA_ONSTACK) && is_mask_of(action);
	atomic_fetch_add(&page->torn_runs, !right);
	if (sig == queued())
		atomic_fetch_add(&page->run, 1);
	else
		atomic_fetch_add(&page->standard, 1);
}

/* What SA_SIGINFO promises: the sender's value, and the mask that the handler's own was added to. */
static void check_siginfo(int action, int sig, const siginfo_t *info, const ucontext_t *context) {
	bool right = info && info->si_signo == sig && context;
	if (right && sig == queued() && info->si_value.sival_int != (int)info->si_pid)
		atomic_fetch_add(&page->values, 1);
	if (right && sigismember(&context->uc_sigmask, SIGRTMIN + MARKER + action))
		right = flags_of[action] & SA_NODEFER;
	atomic_fetch_add(&page->torn_runs, !right);
	check_common(action, sig);
}

#define PLAIN(i)                       \
	static void run_##i(int sig) { \
		check_common(i, sig);  \
	}
#define SIGINFO(i)                                                     \
	static void run_##i(int sig, siginfo_t *info, void *context) { \
		check_siginfo(i, sig, info, context);                  \
	}
PLAIN(0)
SIGINFO(1)
SIGINFO(2)
PLAIN(3)
SIGINFO(4)
SIGINFO(5)
SIGINFO(6)
SIGINFO(7)

/* Setting and reading */

static struct sigaction action_of(int action) {
	static void (*const plain[ACTIONS])(int) = {[0] = run_0, [3] = run_3};
	static void (*const siginfo[ACTIONS])(int, siginfo_t *, void *) = {
		[1] = run_1, [2] = run_2, [4] = run_4, [5] = run_5, [6] = run_6, [7] = run_7};
	struct sigaction made = {.sa_flags = flags_of[action], .sa_mask = mask_of(action)};
	if (plain[action])
		made.sa_handler = plain[action];
	else
		made.sa_sigaction = siginfo[action];
	return made;
}

static bool is_same_mask(const sigset_t *one, const sigset_t *other) {
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sigismember(one, sig) != sigismember(other, sig))
			return false;
	return true;
}

static bool is_action(int sig, const struct sigaction *read) {
	for (int i = 0; i < ACTIONS; i++) {
		struct sigaction made = action_of(i);
		if (signal_of(i) == sig && made.sa_handler == read->sa_handler && !((made.sa_flags ^ read->sa_flags) & COMPARED))
			return is_same_mask(&made.sa_mask, &read->sa_mask);
	}
	return false;
}

static void set_action(int action, unsigned *state) {
	struct sigaction made = action_of(action), old;
	int sig = signal_of(action);
	if (tears && !((flags_of[action] | flags_of[action ^ 1]) & SA_NODEFER) && dice(state, 4) == 0)
		made.sa_mask = mask_of(action ^ 1);
	if (sigaction(sig, &made, &old))
		fail("sigaction");
	atomic_fetch_add(&page->torn_reads, !is_action(sig, &old));
	if (dice(state, 4) == 0 && !sigaction(sig, NULL, &old))
		atomic_fetch_add(&page->torn_reads, !is_action(sig, &old));
	atomic_fetch_add(&page->sets, 1);
}

static void give_stack(void) {
	stack = malloc(STACK_SIZE);
	stack_t given = {.ss_sp = stack, .ss_size = STACK_SIZE};
	if (!stack || sigaltstack(&given, NULL))
		fail("sigaltstack");
}

static pthread_barrier_t all_have_stacks;

static void *work(void *number) {
	unsigned state = 50 + (unsigned)(uintptr_t)number;
	give_stack();
	pthread_barrier_wait(&all_have_stacks);
	while (!atomic_load(&page->stop)) {
		set_action((int)dice(&state, ACTIONS), &state);
		spin(dice(&state, 300));
	}
	return NULL;
}

/* The second process */

static void storm(void) {
	unsigned state = 7;
	while (!atomic_load(&page->stop)) {
		union sigval value = {.sival_int = (int)getpid()};
		if (dice(&state, 3) == 0)
			kill(page->host, SIGUSR1);
		else if (sigqueue(page->host, queued(), value) == 0)
			atomic_fetch_add(&page->sent, 1);
		delay_ns(dice(&state, 10000));
		while (atomic_load(&page->sent) - atomic_load(&page->run) > MOST_UNDERWAY && !atomic_load(&page->stop))
			usleep(20);
	}
}

static int second(const char *fd, const char *role) {
	page = pair_map(sizeof *page, fd);
	pair_end_with(page->host);
	if (!strcmp(role, "guard"))
		return pair_guard(page->host, "torn_sigaction", page->seconds + 30);
	storm();
	return 0;
}

static void settle(void) {
	for (int64_t end = now_ns() + 10 * SECOND; now_ns() < end && atomic_load(&page->sent) != atomic_load(&page->run);)
		usleep(1000);
}

static int account(void) {
	printf("torn_sigaction: %u sets, real-time %u sent %u run, standard %u run, %u torn runs, %u torn reads, %u wrong values\n",
		page->sets, page->sent, page->run, page->standard, page->torn_runs, page->torn_reads, page->values);
	bool torn = page->torn_runs || page->torn_reads || page->values;
	return torn || page->sent != page->run || !page->run || !page->standard;
}

int main(int argc, char **argv) {
	pthread_t threads[THREADS];
	unsigned state = 1;
	int fd;
	if (argc > 3 && !strcmp(argv[1], "second"))
		return second(argv[2], argv[3]);
	page = pair_share(sizeof *page, &fd);
	page->host = getpid();
	page->seconds = argc > 1 ? atoi(argv[1]) : 3;
	give_stack();
	struct sigaction first = action_of(0), other = action_of(4);
	sigaction(SIGUSR1, &first, NULL);
	sigaction(queued(), &other, NULL);
	tears = argc > 2 && !strcmp(argv[2], "tear");
	pair_start(fd, "guard");
	pthread_barrier_init(&all_have_stacks, NULL, THREADS);
	for (uintptr_t i = 1; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			fail("pthread_create");
	pthread_barrier_wait(&all_have_stacks);
	pid_t sender = pair_start(fd, "storm");
	for (int64_t end = now_ns() + page->seconds * SECOND; now_ns() < end && !(tears && page->torn_runs);)
		set_action((int)dice(&state, ACTIONS), &state);
	atomic_store(&page->stop, 1);
	while (waitpid(sender, NULL, 0) < 0 && errno == EINTR)
		;
	for (int i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	settle();
	return account();
}
