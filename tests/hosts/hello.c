/* Whether sigtame is at work in this process: it reserves a signal, and holds what it was told to hold. Arguments: signals to try, as numbers. */
#include "host.h"

static volatile sig_atomic_t runs;
static void handler(int sig) { (void)sig, runs++; }

int main(int argc, char **argv) {
	printf("%s\n", SIGRTMAX == 64 ? "inert" : "active");
	fflush(stdout);
	for (int i = 1; i < argc; i++) {
		int sig = atoi(argv[i]);
		on(sig, handler, 0);
		runs = 0;
		raw_raise(sig);
		const char *when = runs ? "at once" : "held";
		safe_point();
		say("%d %s%s", sig, when, runs == 1 ? "" : ", lost");
	}
	return 0;
}
