/* lint_library: what a handler of lint_calls calls in a library: the calls that count are the library's.
 * Preloaded, it stands in for a function of the C library, whose inside does not count. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void lint_library_ask(void);

static void *volatile kept;

static __attribute__((noinline)) void inside(void) {
	kept = malloc(1);
	free(kept);
}

void lint_library_ask(void) {
	inside();
	fflush(stdout);
}

struct tm *localtime(const time_t *t) {
	static struct tm result;
	inside();
	return gmtime_r(t, &result);
}
