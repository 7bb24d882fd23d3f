/* "A call made while libc is being re-entered already, from a handler that is not deferred and interrupted it, is no safe point." */
#include "host.h"

static volatile sig_atomic_t runs, inside, ran_inside, faults;
static char *page;

static void handler(int sig) { (void)sig, runs++, ran_inside |= inside; }

/* Interrupts memcpy, in libc. */
static void fault(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)info, (void)context;
	faults++;
	inside = 1;
	raw_raise(SIGUSR1);
	safe_point();
	poll(NULL, 0, 0);
	kill(getpid(), 0);
	inside = 0;
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

int main(int argc, char **argv) {
	void *(*volatile copy)(void *, const void *, size_t) = memcpy;
	char text[64] = "some text";
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	on(SIGUSR1, handler, 0);
	on_info(SIGSEGV, fault, 0);
	if (argc > 1 && is(argv[1], "stdio")) { /* with a stream's lock held */
		FILE *f = tmpfile();
		fputs("some text, and some more of it", f);
		rewind(f);
		check(fgetc(f) == 's');
		check(fread(page, 1, 8, f) == 8);
	} else
		copy(page, text, sizeof text);
	check(faults == 1);
	safe_point();
	check(runs == 1);
	check(!ran_inside);
	check(is(kernel_mask_text(), ""));
	return verdict();
}
