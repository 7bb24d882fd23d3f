/* No mask that the host saves or jumps with shows what sigtame blocks, and none of it is left blocked or lost by a jump: sigsetjmp, getcontext, swapcontext, pthread_create. */
#include "host.h"
#include <setjmp.h>
#include <threads.h>
#include <ucontext.h>

static volatile sig_atomic_t runs;
static sigjmp_buf saved;
static ucontext_t main_context, coroutine, once;
static char stack[128 * 1024];
static const char *thread_mask;
static void count(int sig) { (void)sig, runs++; }

static void hold(void) {
	raw_raise(SIGUSR1);
	for (int i = 0; i < 3; i++)
		raw_queue(raw_getpid(), SIGRTMIN, i);
}

static void runs_in_coroutine(void) {
	for (int i = 0; i < 100; i++) {
		if (i % 3 == 0)
			hold();
		swapcontext(&coroutine, &main_context);
		if (i % 5 == 0)
			hold(), safe_point();
	}
}

static void *shows(void *unused) {
	static char text[256];
	strcpy(text, kernel_mask_text());
	thread_mask = text;
	return unused;
}

static int shows_and_ends(void *odd) {
	shows(NULL);
	if (odd)
		thrd_exit(-6);
	return -5;
}

/* A handler that switches stacks, as coroutine libraries with preemption do. */
static void switches(int sig) {
	(void)sig, runs++;
	swapcontext(&coroutine, &main_context);
}
static void endless(void) {
	for (;;) {
		raw_raise(SIGUSR2);
		safe_point();
	}
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	on(SIGUSR1, count, 0);
	on(SIGRTMIN, count, 0);
	if (is(what, "sigsetjmp")) {
		volatile int round = 0;
		hold();
		if (sigsetjmp(saved, 1) == 0)
			safe_point();
		check(runs == 4);
		check(is(kernel_mask_text(), ""));
		if (++round < 3) {
			runs = 4;
			siglongjmp(saved, 1);
		}
		check(is(kernel_mask_text(), ""));
		hold();
		safe_point();
		check(runs == 8);
	} else if (is(what, "jump-held")) {
		volatile int round = 0;
		if (sigsetjmp(saved, 1) == 0 || round < 50) {
			round++;
			hold();
			siglongjmp(saved, 1);
		}
		safe_point();
		say("runs %d mask [%s]", (int)runs, kernel_mask_text());
	} else if (is(what, "context")) {
		volatile int round = 0;
		hold();
		getcontext(&once);
		safe_point();
		if (round++ < 3)
			setcontext(&once);
		sigset_t mask = once.uc_sigmask;
		say("runs %d saved [%s] mask [%s]", (int)runs, text_of(&mask), kernel_mask_text());
	} else if (is(what, "swap")) {
		getcontext(&coroutine);
		coroutine.uc_stack.ss_sp = stack;
		coroutine.uc_stack.ss_size = sizeof stack;
		coroutine.uc_link = &main_context;
		makecontext(&coroutine, runs_in_coroutine, 0);
		for (int i = 0; i < 101; i++) {
			if (i % 7 == 0)
				hold();
			swapcontext(&main_context, &coroutine);
		}
		safe_point();
		say("runs %d mask [%s]", (int)runs, kernel_mask_text());
	} else if (is(what, "preempt")) {
		on(SIGUSR2, switches, 0);
		getcontext(&coroutine);
		coroutine.uc_stack.ss_sp = stack;
		coroutine.uc_stack.ss_size = sizeof stack;
		makecontext(&coroutine, endless, 0);
		for (int i = 0; i < 1000; i++)
			swapcontext(&main_context, &coroutine);
		say("runs %d mask [%s]", (int)runs, kernel_mask_text());
	} else if (is(what, "thread")) {
		for (int i = 0; i < 20; i++) {
			hold();
			pthread_join(thread(shows, NULL), NULL);
			check(is(thread_mask, ""));
		}
		safe_point();
		say("runs %d", (int)runs);
	} else if (is(what, "thrd")) {
		for (int i = 0; i < 20; i++) {
			thrd_t t;
			int result = 0;
			hold();
			check(thrd_create(&t, shows_and_ends, i % 2 ? &i : NULL) == thrd_success && thrd_join(t, &result) == thrd_success && result == (i % 2 ? -6 : -5));
			check(is(thread_mask, ""));
		}
		safe_point();
		say("runs %d", (int)runs);
#if __GLIBC_PREREQ(2, 32)
	} else if (is(what, "attribute")) { /* the library's own signal cannot be blocked */
		pthread_attr_t attr;
		pthread_t t;
		sigset_t all;
		sigfillset(&all);
		pthread_attr_init(&attr);
		check(pthread_attr_setsigmask_np(&attr, &all) == 0 && pthread_create(&t, &attr, shows, NULL) == 0 && pthread_join(t, NULL) == 0);
		say("blocked: %s", strstr(thread_mask, "64") ? "64 too" : "up to 63");
#endif
	}
	return verdict();
}
