/* "The disposition at the time of the run decides. With SIG_IGN or SIG_DFL what sigtame holds is dropped; what the host itself blocks stays with the kernel, as natively." */
#include "host.h"

static volatile sig_atomic_t old_runs, new_runs, other_runs, go;
static void old_handler(int sig) { (void)sig, __atomic_fetch_add(&old_runs, 1, __ATOMIC_RELAXED); }
static void new_handler(int sig) { (void)sig, new_runs++; }
static void queued(int sig) { (void)sig, other_runs++; }

/* main holds a signal; another thread, for which that is no safe point, changes the disposition. */
static void *change(void *how) {
	while (!go)
		;
	signal(SIGUSR1, is(how, "new") ? new_handler : is(how, "ignore") ? SIG_IGN : SIG_DFL);
	go = 2;
	return NULL;
}

static void by_thread(const char *how) {
	on(SIGUSR1, old_handler, 0);
	pthread_t other = thread(change, (void *)how);
	raw_raise(SIGUSR1);
	raw_raise(SIGUSR1);
	go = 1;
	while (go != 2)
		;
	safe_point();
	pthread_join(other, NULL);
	say("%s: old %s new %s mask [%s]", how, old_runs ? "ran" : "-", new_runs ? "ran" : "-", kernel_mask_text());
	on(SIGUSR1, new_handler, 0);
	new_runs = 0;
	raise(SIGUSR1);
	check(new_runs == 1);
}

/* "Setting one is a safe point, so what is due runs first, with the old one." */
static void by_main(void) {
	on(SIGUSR1, old_handler, 0);
	on(SIGRTMIN, queued, 0);
	raw_raise(SIGUSR1);
	for (int i = 0; i < 5; i++)
		raw_queue(raw_getpid(), SIGRTMIN, i);
	on(SIGUSR1, new_handler, 0);
	check(old_runs == 1 && new_runs == 0);
	check(other_runs == 5);
	raw_queue(raw_getpid(), SIGRTMIN, 0);
	signal(SIGRTMIN, SIG_IGN);
	check(other_runs == 6);
	raw_raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	check(new_runs == 1);
}

/* Inside a handler whose sa_mask blocks it, the signal is the kernel's. */
static void in_handler_ignore(int sig) {
	(void)sig;
	raw_raise(SIGUSR1);
	safe_point();
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR1, old_handler);
}
static void in_handler_default(int sig) {
	(void)sig;
	raw_raise(SIGUSR1);
	safe_point();
	signal(SIGUSR1, SIG_DFL);
}

static void in_handler(void (*handler)(int)) {
	struct sigaction action = {.sa_handler = handler, .sa_mask = set_of(SIGUSR1, 0)};
	on(SIGUSR1, old_handler, 0);
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
	safe_point();
	check(old_runs == 0);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "new") || is(what, "ignore") || is(what, "default"))
		by_thread(what);
	else if (is(what, "main"))
		by_main();
	else if (is(what, "blocked-default")) { /* natively deadly, so here too */
		on(SIGUSR1, old_handler, 0);
		mask_one(SIG_BLOCK, SIGUSR1);
		raise(SIGUSR1);
		signal(SIGUSR1, SIG_DFL);
		mask_one(SIG_UNBLOCK, SIGUSR1);
		say("survived");
	} else if (is(what, "blocked-ignore")) {
		on(SIGUSR1, old_handler, 0);
		mask_one(SIG_BLOCK, SIGUSR1);
		raise(SIGUSR1);
		signal(SIGUSR1, SIG_IGN);
		on(SIGUSR1, new_handler, 0);
		mask_one(SIG_UNBLOCK, SIGUSR1);
		check(old_runs == 0 && new_runs == 0);
	} else if (is(what, "blocked-new")) {
		on(SIGUSR1, old_handler, 0);
		mask_one(SIG_BLOCK, SIGUSR1);
		raise(SIGUSR1);
		on(SIGUSR1, new_handler, 0);
		mask_one(SIG_UNBLOCK, SIGUSR1);
		check(old_runs == 0 && new_runs == 1);
	} else if (is(what, "handler-ignore"))
		in_handler(in_handler_ignore);
	else if (is(what, "handler-default"))
		in_handler(in_handler_default);
	return verdict();
}
