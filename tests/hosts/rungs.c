/* "Lateness is bounded": SIGTAME_TEXT_AFTER the arrival the handler runs in the program's own code, never inside a library, SIGTAME_FORCE_AFTER it anywhere, in every thread. */
#include "host.h"
#include <dlfcn.h>
#include <search.h>
#include <sys/resource.h>

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

/* The kernel queues nothing for this program: no timer is to be had, and signals do not say where they come from. */
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
	raw_sleep(100);
	raw_raise(SIGUSR1);
	for (int i = 0; !runs && i < 5000; i++) /* the end of a thread that owes one would wake main, too */
		raw_sleep(1);
	return unused;
}

static void main_is_woken(void) {
	pthread_t other = thread(sends_to_itself, NULL);
	check(pause() == -1 && runs == 1 && ran_in == raw_gettid());
	pthread_join(other, NULL);
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
	if (strncmp(what, "full-", 5) == 0)
		fill_queue();
	on(SIGUSR1, handler, 0);
	on(SIGPROF, handler, 0);
	if (is(what, "text")) { /* within 10 s the handler runs while the program computes */
		raw_raise(SIGUSR1);
		spin(&runs, 10000);
		check(runs == 1);
		check(is(kernel_mask_text(), ""));
	} else if (is(what, "full-text")) {
		raw_raise(SIGUSR1);
		spin(&runs, 10000);
		check(runs == 1);
	} else if (is(what, "full-entry")) {
		raw_raise(SIGUSR1);
		check(poll(NULL, 0, -1) == -1 && errno == EINTR && runs == 1);
	} else if (is(what, "full-aimed")) {
		aimed_at_thread();
	} else if (is(what, "full-main")) {
		main_is_woken();
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
