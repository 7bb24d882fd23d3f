/* churn SECONDS: threads come and go while another process sends, and main makes no call: what they receive is more than main may be
 * given at once, comes in their first and last instructions, and while they are in malloc; the handlers call malloc, too.
 * Every queued signal runs once, and no handler inside malloc. With SIGTAME_THREAD=receiver each thread runs its own, to its end. */
#include "pair.h"
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#define QUEUED (SIGRTMIN + 1)
#define ROOM 20000 /* of the user's queue */

struct page {
	atomic_uint sent, run, standard_run, in_malloc, stop;
	int seconds;
	pid_t host;
};

static struct page *page;
static __thread volatile sig_atomic_t in_malloc;

/* ---- The second process: slowly enough for the threads to go on. ---- */

static int second(const char *fd, const char *role) {
	page = pair_map(sizeof *page, fd);
	pair_end_with(page->host);
	if (!strcmp(role, "guard"))
		return pair_guard(page->host, "churn", page->seconds + 30);
	for (int64_t end = now_ns() + page->seconds * SECOND; now_ns() < end; delay_ns(20000)) {
		kill(page->host, SIGUSR1);
		if (sigqueue(page->host, QUEUED, (union sigval){0}) == 0)
			atomic_fetch_add(&page->sent, 1);
	}
	atomic_store(&page->stop, 1);
	return 0;
}

/* ---- The host ---- */

static void handler(int sig) {
	atomic_fetch_add(&page->in_malloc, in_malloc != 0);
	free(malloc(100));
	atomic_fetch_add(sig == QUEUED ? &page->run : &page->standard_run, 1);
}

static void catch_both(void) {
	struct sigaction action = {.sa_handler = handler};
	sigfillset(&action.sa_mask);
	sigaction(QUEUED, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
}

static void limit_queue(void) {
	struct rlimit limit;
	getrlimit(RLIMIT_SIGPENDING, &limit);
	limit.rlim_cur = ROOM < limit.rlim_max ? ROOM : limit.rlim_max;
	if (setrlimit(RLIMIT_SIGPENDING, &limit))
		fail("setrlimit");
}

static void *comes_and_goes(void *unused) {
	in_malloc = 1;
	for (size_t i = 0; i < 100; i++)
		free(malloc(i));
	in_malloc = 0;
	return unused;
}

static void *makes_threads(void *made) {
	pthread_t thread;
	for (; !atomic_load(&page->stop); ++*(unsigned *)made)
		if (pthread_create(&thread, NULL, comes_and_goes, NULL) == 0)
			pthread_join(thread, NULL);
	return NULL;
}

int main(int argc, char **argv) {
	int fd;
	unsigned made = 0;
	pthread_t maker;
	if (argc > 3 && !strcmp(argv[1], "second"))
		return second(argv[2], argv[3]);
	page = pair_share(sizeof *page, &fd);
	page->host = getpid();
	page->seconds = argc > 1 && atoi(argv[1]) > 0 ? atoi(argv[1]) : 1;
	catch_both();
	limit_queue();
	pthread_create(&maker, NULL, makes_threads, &made);
	pair_start(fd, "guard");
	pair_start(fd, "sender");
	while (!atomic_load(&page->stop))
		spin(1000);
	pthread_join(maker, NULL);
	for (int64_t end = now_ns() + 10 * SECOND; now_ns() < end && page->run != page->sent;)
		poll(NULL, 0, 1);
	printf("churn: %d s, %u threads, %u sent, %u run, %u in malloc, %u standard runs\n", page->seconds, made, page->sent, page->run,
		page->in_malloc, page->standard_run);
	return made == 0 || page->sent == 0 || page->run != page->sent || page->in_malloc || !page->standard_run;
}
