/* "While a thread waits in a system call that libc makes for it, a handler runs in that wait": each of these waits for what only the handler brings. */
#include "host.h"
#include <semaphore.h>
#include <threads.h>

static int fds[2];
static FILE *stream;
static sem_t sem;
static volatile sig_atomic_t runs, brought;
static pthread_t main_thread;

static void handler(int sig) {
	(void)sig, runs++;
	raw(SYS_write, fds[1], (long)"line 1\n", 7, 0);
	sem_post(&sem);
	brought = 1;
}

static void fill(int fd) {
	static const char page[4096];
	check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	while (raw(SYS_write, fd, (long)page, sizeof page, 0) > 0)
		;
	check(fcntl(fd, F_SETFL, 0) == 0);
}

/* Makes room in the pipe that main prints to. */
static void drains(int sig) {
	char buffer[65536];
	(void)sig, runs++;
	raw(SYS_read, fds[0], (long)buffer, sizeof buffer, 0);
}

static void *hits(void *unused) {
	await_asleep(raw_getpid());
	pthread_kill(main_thread, SIGUSR1);
	return unused;
}

/* What main waits for otherwise: a thread that waits for the handler, without being woken by a signal. */
static void *waits_for_handler(void *unused) {
	while (!brought)
		raw_sleep(1);
	return unused;
}
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile sig_atomic_t locked;
static void *signals_cond(void *unused) {
	waits_for_handler(NULL);
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return unused;
}
static void *holds_mutex(void *unused) {
	pthread_mutex_lock(&mutex);
	locked = 1;
	waits_for_handler(NULL);
	pthread_mutex_unlock(&mutex);
	return unused;
}
static void *holds_rwlock(void *unused) {
	pthread_rwlock_wrlock(&rwlock);
	locked = 1;
	waits_for_handler(NULL);
	pthread_rwlock_unlock(&rwlock);
	return unused;
}
static void *at_barrier(void *unused) {
	waits_for_handler(NULL);
	pthread_barrier_wait(&barrier);
	return unused;
}
static int c11(void *unused) { waits_for_handler(unused); return 3; }

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	char line[32] = "";
	char *allocated = NULL;
	size_t size = 0;
	main_thread = pthread_self();
	check(pipe(fds) == 0 && sem_init(&sem, 0, 0) == 0);
	stream = fdopen(fds[0], "r");
	if (is(what, "fputs") || is(what, "fputs-norestart")) {
		on(SIGUSR1, drains, is(what, "fputs") ? SA_RESTART : 0);
		stream = fdopen(fds[1], "w");
		setvbuf(stream, NULL, _IONBF, 0);
		fill(fds[1]);
	} else if (is(what, "read") || is(what, "fgets-norestart"))
		on(SIGUSR1, handler, 0);
	else
		on(SIGUSR1, handler, SA_RESTART);
	pthread_t other = pthread_self(), hitter;
	if (is(what, "join"))
		other = thread(waits_for_handler, NULL);
	else if (is(what, "cond"))
		other = thread(signals_cond, NULL);
	else if (is(what, "mutex"))
		other = thread(holds_mutex, NULL);
	else if (is(what, "rwlock"))
		other = thread(holds_rwlock, NULL);
	else if (is(what, "barrier")) {
		pthread_barrier_init(&barrier, NULL, 2);
		other = thread(at_barrier, NULL);
	}
	while ((is(what, "mutex") || is(what, "rwlock")) && !locked)
		;
	hitter = thread(hits, NULL);
	if (is(what, "fgets"))
		check(fgets(line, sizeof line, stream) && is(line, "line 1\n"));
	else if (is(what, "fgets-norestart")) /* as natively: interrupted, an error */
		check(fgets(line, sizeof line, stream) == NULL && ferror(stream) && errno == EINTR);
	else if (is(what, "fputs"))
		check(fputs("a line that waits\n", stream) != EOF && !ferror(stream));
	else if (is(what, "fputs-norestart"))
		check(fputs("a line that waits\n", stream) == EOF && ferror(stream) && errno == EINTR);
	else if (is(what, "getc"))
		check(getc(stream) == 'l');
	else if (is(what, "getline"))
		check(getline(&allocated, &size, stream) == 7 && is(allocated, "line 1\n"));
	else if (is(what, "fread"))
		check(fread(line, 1, 7, stream) == 7 && is(line, "line 1\n"));
	else if (is(what, "fscanf"))
		check(fscanf(stream, "%31s", line) == 1 && is(line, "line"));
	else if (is(what, "sem"))
		check(sem_wait(&sem) == 0);
	else if (is(what, "join"))
		check(pthread_join(other, NULL) == 0);
	else if (is(what, "cond")) {
		pthread_mutex_lock(&mutex);
		while (!brought)
			pthread_cond_wait(&cond, &mutex);
		pthread_mutex_unlock(&mutex);
		pthread_join(other, NULL);
	} else if (is(what, "cond-timed")) {
		struct timespec t;
		clock_gettime(CLOCK_REALTIME, &t), t.tv_sec += 2;
		pthread_mutex_lock(&mutex);
		int error = 0;
		while (error == 0)
			error = pthread_cond_timedwait(&cond, &mutex, &t);
		check(error == ETIMEDOUT);
		pthread_mutex_unlock(&mutex);
	} else if (is(what, "mutex")) {
		check(pthread_mutex_lock(&mutex) == 0);
		pthread_join(other, NULL);
	} else if (is(what, "rwlock")) {
		check(pthread_rwlock_rdlock(&rwlock) == 0);
		pthread_join(other, NULL);
	} else if (is(what, "barrier")) {
		pthread_barrier_wait(&barrier);
		pthread_join(other, NULL);
	} else if (is(what, "thrd")) {
		thrd_t t;
		int result = 0;
		check(thrd_create(&t, c11, NULL) == thrd_success && thrd_join(t, &result) == thrd_success && result == 3);
	}
	check(runs == 1);
	pthread_join(hitter, NULL);
	check(is(kernel_mask_text(), ""));
	return verdict();
}
