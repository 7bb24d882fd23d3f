/* What a program that the host starts finds: the signals that it inherits as ignored or blocked, from /proc, past any library. */
#include "host.h"

static uint64_t field(const char *status, const char *name) {
	const char *at = strstr(status, name);
	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

int main(int argc, char **argv) {
	static char status[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	long n = read(fd, status, sizeof status - 1);
	(void)argc, (void)n;
	uint64_t ignored = field(status, "SigIgn:"), blocked = field(status, "SigBlk:"), pending = field(status, "SigPnd:") | field(status, "ShdPnd:");
	sigset_t sets[3];
	memset(sets, 0, sizeof sets);
	ignored &= ~(3ULL << 31); /* glibc's own, left by its posix_spawn */
	memcpy(&sets[0], &ignored, 8), memcpy(&sets[1], &blocked, 8), memcpy(&sets[2], &pending, 8);
	say("%s: ignored [%s] blocked [%s] pending [%s]", argv[1] ? argv[1] : "show", text_of(&sets[0]), text_of(&sets[1]), text_of(&sets[2]));
	for (int i = 2; i < argc; i++) /* further questions */
		if (is(argv[i], "env")) {
			extern char **environ;
			for (char **e = environ; *e; e++)
				if (strncmp(*e, "SIGTAME_", 8) == 0)
					say("%.*s", (int)strcspn(*e, "="), *e);
		} else if (is(argv[i], "library")) {
			static char maps[1 << 16];
			FILE *f = fopen("/proc/self/maps", "r");
			maps[fread(maps, 1, sizeof maps - 1, f)] = 0;
			say("%s", strstr(maps, "libsigtame") ? "loaded" : "not loaded");
		} else if (is(argv[i], "fd"))
			say("fd 7: %s", fcntl(7, F_GETFD) < 0 ? "closed" : "open");
	return 0;
}
