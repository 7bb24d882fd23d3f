/* "sigtame_run_pending() is a safe point by hand." */
#include "host.h"
#include <dlfcn.h>

static volatile sig_atomic_t runs;
static void handler(int sig) { (void)sig, runs++; }

int main(void) {
	int (*run_pending)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "sigtame_run_pending");
	on(SIGUSR1, handler, 0);
	raw_raise(SIGUSR1);
	check(runs == 0);
	check(run_pending != NULL);
	if (run_pending)
		run_pending();
	check(runs == 1);
	return verdict();
}
