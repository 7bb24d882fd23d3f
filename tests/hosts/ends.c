/* "The end of a thread is a safe point." What a thread does last runs as natively: under its own mask, with its signals. */
#include "host.h"

static volatile sig_atomic_t runs;
static void handler(int sig) { (void)sig, runs++; }

static pthread_key_t key;

/* Of a thread, or of main. */
static void destructor(void *main_or_thread) {
	const char *of = main_or_thread;
	int before = runs;
	check_case(of, is(mask_text(), "") && is(kernel_mask_text(), ""));
	raise(SIGUSR1);
	check_case(of, runs == before + 1);
	check_case(of, system("grep -q '^SigBlk:.0000000000000000' /proc/self/status") == 0);
	raw_raise(SIGUSR1);
	safe_point();
	check_case(of, runs == before + 2);
	if (is(of, "main"))
		exit(verdict());
}

static void *has_destructor(void *unused) {
	pthread_setspecific(key, "thread");
	return unused;
}

static void destructors(void) {
	check(pthread_key_create(&key, destructor) == 0);
	pthread_join(thread(has_destructor, NULL), NULL);
	check(runs == 2);
	pthread_setspecific(key, "main");
	pthread_exit(NULL);
}

/* The wait that is cancelled is left: what comes in the cleanup handler runs at the thread's end. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static void cleanup(void *unused) {
	volatile char deeper_than_the_wait[4096];
	(void)unused, (void)deeper_than_the_wait;
	deeper_than_the_wait[0] = 0;
	raw_raise(SIGUSR1);
}
static void *waits(void *unused) {
	pthread_cleanup_push(cleanup, NULL);
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&never, &mutex);
	pthread_cleanup_pop(0);
	return unused;
}
static void cancelled(void) {
	void *result;
	pthread_t other = thread(waits, NULL);
	raw_sleep(50);
	pthread_cancel(other);
	pthread_join(other, &result);
	check(result == PTHREAD_CANCELED && runs == 1);
}

int main(int argc, char **argv) {
	on(SIGUSR1, handler, 0);
	if (argc > 1 && is(argv[1], "destructors"))
		destructors();
	else
		cancelled();
	return verdict();
}
