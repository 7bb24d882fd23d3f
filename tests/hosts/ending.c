/* What is due runs before the host ends: return from main, exit, _exit, quick_exit, abort, pthread_exit; an exec in between loses nothing.
 * In seccomp's strict mode the last call is the only one. */
#include "host.h"
#include <linux/seccomp.h>
#include <sys/prctl.h>

static volatile sig_atomic_t runs;
static void handler(int sig) { (void)sig, runs++; say("handler"); }
static void at_exit(void) { say("atexit, runs %d", (int)runs); }

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (is(what, "strict")) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		syscall(SYS_exit, 3);
	}
	on(SIGUSR1, handler, 0);
	on(SIGRTMIN, handler, 0);
	atexit(at_exit);
	at_quick_exit(at_exit);
	raw_raise(SIGUSR1);
	raw_queue(raw_getpid(), SIGRTMIN, 0);
	raw_queue(raw_getpid(), SIGRTMIN, 1);
	if (is(what, "exit"))
		exit(3);
	if (is(what, "_exit"))
		_exit(3);
	if (is(what, "_Exit"))
		_Exit(3);
	if (is(what, "quick_exit"))
		quick_exit(3);
	if (is(what, "abort"))
		abort();
	if (is(what, "pthread_exit"))
		pthread_exit(NULL);
	if (is(what, "exec"))
		execl("/bin/sh", "sh", "-c", "echo exec", (char *)NULL);
	return 3;
}
