/* "Lateness is bounded": SIGTAME_TEXT_AFTER the arrival the handler runs in the program's own code, never inside a library, SIGTAME_FORCE_AFTER it anywhere, in every thread. */
#include "host.h"
#include <dlfcn.h>
#include <search.h>

static volatile sig_atomic_t runs, in_library, ran_in_library, released;
static volatile pid_t ran_in;
static char key[8] = "key", words[8] = "no";
static int (*compare)(const void *, const void *); /* libc's own, past any stub of this program */

static void handler(int sig) {
	(void)sig;
	ran_in_library = in_library && !released;
	ran_in = raw_gettid();
	memcpy(words, key, sizeof words); /* ends the search */
	runs++;
}

/* Searches in libc for a word that is not there until somebody puts it there: endless, and no call. */
static void search_in_libc(void) {
	size_t n = (size_t)-1 / 2;
	in_library = 1;
	lfind(key, words, &n, 0, compare);
	in_library = 0;
}

static int callback(const void *a, const void *b) {
	spin(&runs, 10000);
	return strcmp(a, b) && !runs;
}

static void *text_in_thread(void *unused) {
	(void)unused;
	raw_raise(SIGUSR1);
	spin(&runs, 5000);
	check(runs == 1 && ran_in == raw_gettid());
	return NULL;
}

static void *library_in_thread(void *unused) {
	(void)unused;
	raw_raise(SIGUSR1);
	search_in_libc();
	check(runs == 1 && ran_in == raw_gettid());
	return NULL;
}

/* Interrupts a search in libc, and ends it by itself only later. */
static void *sender(void *main_thread) {
	while (!in_library)
		;
	raw_sleep(50);
	pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
	raw_sleep(300);
	released = 1;
	memcpy(words, key, sizeof words);
	return NULL;
}

static void calls(int sig) {
	(void)sig;
	safe_point();
}

/* A handler that ran at a call's entry ends its wait, though another comes as it begins, restarts it and makes a call of its own. */
static int soon_us;
static void sends_soon(int sig) {
	struct itimerval soon = {{0, 0}, {0, soon_us}};
	(void)sig;
	setitimer(ITIMER_REAL, &soon, NULL);
}
static void must_not_wait(void) {
	int fds[2];
	char c;
	check(pipe(fds) == 0);
	on(SIGUSR1, sends_soon, 0);
	on(SIGALRM, calls, SA_RESTART);
	for (int i = 0; i < 600; i++) {
		soon_us = 1 + i % 100;
		raw_raise(SIGUSR1);
		check(read(fds[0], &c, 1) == -1 && errno == EINTR);
	}
}

/* In both loops: calls into libc that are no safe points, and own text between them. */
static void mixed(void) {
	raw_raise(SIGUSR1);
	for (int64_t end = now_ms() + 10000; !runs && now_ms() < end;) {
		for (int i = 0; i < 100; i++)
			compare(key, words);
		compute();
	}
	check(runs == 1);
}

/* A handler that is forced ends its thread while another signal is due, and nothing may run where it was. */
static void ends_thread(int sig) {
	(void)sig;
	runs++;
	pthread_exit(NULL);
}

static void *ends_in_library(void *unused) {
	raw_raise(SIGUSR1);
	raw_raise(SIGUSR2);
	search_in_libc();
	return unused;
}

static void forced_end(void) {
	on(SIGUSR1, ends_thread, 0);
	on(SIGUSR2, handler, 0);
	pthread_join(thread(ends_in_library, NULL), NULL);
	check(runs == 1);
}

#ifdef OWN_MALLOC
/* A program that brings its own malloc: rungs_malloc.c */
static char arena[8 << 20];
static size_t used;
void *malloc(size_t size) {
	size_t at = __atomic_fetch_add(&used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED);
	*(size_t *)(arena + at) = size;
	return arena + at + 16;
}
void free(void *p) { (void)p; }
void *calloc(size_t n, size_t size) { return malloc(n * size); }
void *realloc(void *p, size_t size) {
	void *q = malloc(size);
	if (p) {
		size_t old = *(size_t *)((char *)p - 16);
		memcpy(q, p, old < size ? old : size);
	}
	return q;
}
#endif

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	pthread_t self = pthread_self();
	compare = (int (*)(const void *, const void *))dlsym(RTLD_DEFAULT, "strcmp");
	check(compare != NULL);
	on(SIGUSR1, handler, 0);
	on(SIGPROF, handler, 0);
	if (is(what, "text")) { /* within 10 s the handler runs while the program computes */
		raw_raise(SIGUSR1);
		spin(&runs, 10000);
		check(runs == 1);
		check(is(kernel_mask_text(), ""));
	} else if (is(what, "forced-end")) {
		forced_end();
	} else if (is(what, "held")) { /* no rung: not before the next call */
		raw_raise(SIGUSR1);
		spin(&runs, 400);
		check(runs == 0);
		safe_point();
		check(runs == 1);
	} else if (is(what, "late")) { /* not before the time of the rung */
		int64_t begin = now_ms();
		raw_raise(SIGUSR1);
		spin(&runs, 10000);
		check(runs == 1 && now_ms() - begin >= 190);
	} else if (is(what, "prof")) {
		raw_raise(SIGPROF);
		check(runs == 1);
	} else if (is(what, "resumed")) { /* a handler that blocks what is due makes a call: the ring comes all the same */
		struct sigaction action = {.sa_handler = calls};
		sigfillset(&action.sa_mask);
		sigaction(SIGPROF, &action, NULL);
		raw_raise(SIGUSR1);
		raw_raise(SIGPROF);
		spin(&runs, 10000);
		check(runs == 1);
	} else if (is(what, "no-wait")) {
		must_not_wait();
	} else if (is(what, "library")) { /* the search ends only by the handler */
		raw_raise(SIGUSR1);
		search_in_libc();
		check(runs == 1);
	} else if (is(what, "not-library")) {
		pthread_t other = thread(sender, &self);
		search_in_libc();
		pthread_join(other, NULL);
		check(runs == 1);
		check(!ran_in_library);
	} else if (is(what, "callback")) {
		size_t n = 1;
		raw_raise(SIGUSR1);
		lfind(key, words, &n, 1, callback);
		check(runs == 1);
	} else if (is(what, "mixed")) {
		mixed();
	} else if (is(what, "thread-text")) {
		pthread_join(thread(text_in_thread, NULL), NULL);
	} else if (is(what, "thread-library")) {
		pthread_join(thread(library_in_thread, NULL), NULL);
	}
	return verdict();
}
