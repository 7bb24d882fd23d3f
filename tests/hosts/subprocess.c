/* system and popen work as natively: status, output, SIGINT and SIGQUIT ignored in between, handlers in place afterwards. */
#include "host.h"

static volatile sig_atomic_t interrupts, children, users;
static int fds[2];
static void on_int(int sig) { (void)sig, interrupts++; }
static void on_child(int sig) { (void)sig, children++; }
static void on_user(int sig) {
	(void)sig, users++;
	raw(SYS_write, fds[1], (long)"x", 1, 0); /* what the child waits for */
}

static void *hits(void *at) {
	await_asleep(raw_getpid());
	pthread_kill(*(pthread_t *)at, SIGUSR1);
	return NULL;
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	char command[128], text[64] = "";
	struct sigaction now;
	check(pipe(fds) == 0);
	on(SIGINT, on_int, SA_RESTART);
	on(SIGCHLD, on_child, SA_RESTART);
	on(SIGUSR1, on_user, SA_RESTART);
	if (is(what, "system")) {
		check(system(NULL) == 1);
		int status = system("exit 3");
		say("%s", status_text(status));
		status = system("kill -TERM $$");
		say("%s", status_text(status));
		raw_raise(SIGUSR1); /* held */
		status = system("kill -INT $PPID; echo output");
		say("%s, interrupts %d", status_text(status), (int)interrupts);
		sigaction(SIGINT, NULL, &now);
		check(now.sa_handler == on_int && now.sa_flags & SA_RESTART);
		raise(SIGINT);
		check(interrupts == 1 && users == 1);
		say("children %s mask [%s]", children ? "some" : "none", kernel_mask_text());
	} else if (is(what, "system-handler")) { /* runs while the child is waited for */
		pthread_t self = pthread_self(), other = thread(hits, &self);
		sprintf(command, "head -c 1 <&%d >/dev/null", fds[0]);
		int status = system(command);
		say("%s, users %d", status_text(status), (int)users);
		pthread_join(other, NULL);
	} else if (is(what, "popen")) {
		raw_raise(SIGUSR1);
		FILE *f = popen("cat; exit 5", "w");
		check(f && fputs("to popen\n", f) >= 0);
		int status = pclose(f);
		say("%s, users %d", status_text(status), (int)users);
		f = popen("echo from popen", "r");
		check(f && fgets(text, sizeof text, f) && is(text, "from popen\n"));
		check(pclose(f) == 0);
	} else if (is(what, "pclose-handler")) {
		pthread_t self = pthread_self(), other = thread(hits, &self);
		sprintf(command, "head -c 1 <&%d >/dev/null", fds[0]);
		FILE *f = popen(command, "r");
		int status = pclose(f);
		say("%s, users %d", status_text(status), (int)users);
		pthread_join(other, NULL);
	}
	return verdict();
}
