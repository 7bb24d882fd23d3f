/* calls.c: one call over and over, with a handler installed and nothing due.
 * calls CALL COUNT */
#include "bench.h"
#include <poll.h>

static char byte;
static int zero, null;

static void on_signal(int sig) { (void)sig; }

static void call_read(void) { (void)!read(zero, &byte, 1); }
static void call_write(void) { (void)!write(null, &byte, 1); }
static void call_poll(void) { poll(NULL, 0, 0); }
static void call_sigaction(void) {
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	sigaction(SIGUSR2, &act, NULL);
}
static void call_signal(void) { signal(SIGUSR2, on_signal); }
static void call_sigprocmask(void) {
	static sigset_t none;
	sigprocmask(SIG_BLOCK, &none, NULL);
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{"read", call_read},           {"write", call_write},   {"poll", call_poll},
	{"sigaction", call_sigaction}, {"signal", call_signal}, {"sigprocmask", call_sigprocmask},
};

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 2);
	zero = open("/dev/zero", O_RDONLY);
	null = open("/dev/null", O_WRONLY);
	set_handler(SIGUSR1, on_signal, SA_RESTART);
	for (size_t c = 0; c < sizeof calls / sizeof calls[0]; c++) {
		if (strcmp(calls[c].name, argv[1]) != 0)
			continue;
		calls[c].call();
		int64_t start = now_ns();
		for (long i = 0; i < count; i++)
			calls[c].call();
		print_each(start, count);
		return 0;
	}
	fprintf(stderr, "calls: there is no call %s\n", argv[1]);
	return 2;
}
