/* No handler runs in the middle of a malloc that another object brings (slow_malloc.c, preloaded): not in a call that it makes, either. */
#include "host.h"
#include <dlfcn.h>

static volatile sig_atomic_t runs, torn;
static volatile sig_atomic_t *inside;
static void handler(int sig) { (void)sig, runs++, torn += *inside; }

int main(void) {
	volatile sig_atomic_t *wanted = dlsym(RTLD_DEFAULT, "slow_malloc_wanted");
	struct itimerval often = {{0, 700}, {0, 700}};
	inside = dlsym(RTLD_DEFAULT, "slow_malloc_inside");
	if (wanted == NULL || inside == NULL)
		return 2;
	on(SIGALRM, handler, SA_RESTART);
	setitimer(ITIMER_REAL, &often, NULL);
	*wanted = 1;
	for (int i = 0; i < 100 || runs < 50; i++) {
		free(malloc(100));
		safe_point();
	}
	*wanted = 0;
	check(torn == 0);
	return verdict();
}
