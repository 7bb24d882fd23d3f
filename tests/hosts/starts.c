/* starts WAY WHAT HOST ARGUMENTS...: starts a host beside this one in a way that is not the usual. WHAT is for the constructor of first.c; behind.c may be quiet, to slow_malloc.c it is nothing.
 * What is preloaded here is preloaded there; natively that is nothing. */
#include "host.h"
#include <dlfcn.h>
#include <elf.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mount.h>

static char directory[1024], first[1200], host[1200];
static const char *ours;

/* Natively it is empty in all. */
static void alone(char **arguments) {
	char value[4096], *only[] = {value, NULL};
	snprintf(value, sizeof value, "LD_PRELOAD=%s", ours);
	execve(host, arguments, only);
}

static void preload(const char *format, const char *a, const char *b) {
	char value[4096];
	snprintf(value, sizeof value, format, a, b, a);
	setenv("LD_PRELOAD", value, 1);
}

/* Where that is not allowed, /proc stays. */
static void hide_proc(void) {
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		(void)!mount("none", "/proc", "tmpfs", 0, NULL);
}

/* By the loader, which is told what to preload, and finds it nowhere else. */
static void by_loader(char **arguments) {
	char both[2400], loader[1024];
	char *words[32] = {"ld.so", "--preload", both};
	Dl_info info;
	if (!dladdr((void *)getauxval(AT_BASE), &info))
		return;
	snprintf(loader, sizeof loader, "%s", info.dli_fname);
	unsetenv("LD_PRELOAD");
	snprintf(both, sizeof both, "%s:%s", ours, first);
	int n = *ours ? 3 : 1;
	for (words[n++] = host; *arguments && n < 31; arguments++)
		words[n++] = *arguments;
	execv(loader, words);
}

/* Ends as the host does, without the copy and its directory. */
static void run_and_remove(char **arguments, const char *copy, const char *path) {
	pid_t child = fork();
	if (child == 0) {
		execv(host, arguments);
		_exit(127);
	}
	int status;
	waitpid(child, &status, 0);
	unlink(copy);
	rmdir(path);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* The same file by another path. */
static void with_copy(char **arguments) {
	char path[] = "/tmp/starts-XXXXXX", command[4096], copy[64];
	if (!mkdtemp(path))
		return;
	snprintf(copy, sizeof copy, "%s/libsigtame.so", path);
	snprintf(command, sizeof command, "cp %s %s", ours, copy);
	if (*ours && system(command) == 0)
		preload("%s:%s", ours, copy);
	run_and_remove(arguments, copy, path);
}

/* A C library that lacks what one without threads lacked before 2.34: the names are others in a copy of this one. */
static void with_older_libc(char **arguments) {
	static const char *const names[] = {"pthread_mutex_trylock", "pthread_rwlock_tryrdlock", "mtx_trylock"};
	char path[] = "/tmp/starts-XXXXXX", copy[64];
	Dl_info info;
	if (!dladdr((void *)gnu_get_libc_version, &info) || !mkdtemp(path))
		return;
	snprintf(copy, sizeof copy, "%s/libc.so.6", path);
	int from = open(info.dli_fname, O_RDONLY), to = open(copy, O_WRONLY | O_CREAT, 0755);
	size_t size = (size_t)lseek(from, 0, SEEK_END);
	char *text = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, from, 0);
	for (size_t i = 0; i < COUNT(names); i++)
		for (char *at = text; (at = memmem(at, size - (size_t)(at - text), names[i], strlen(names[i]))) != NULL;)
			*at = 'x';
	check(write(to, text, size) == (ssize_t)size && close(to) == 0);
	setenv("LD_LIBRARY_PATH", path, 1);
	run_and_remove(arguments, copy, path);
}

/* Opened while the program runs, whose environment has moved. */
static int opened(const char *path) {
	struct sigaction pipe;
	for (int i = 0; i < 100; i++) {
		char name[16];
		snprintf(name, sizeof name, "NAME%d", i);
		setenv(name, "value", 1);
	}
	if (*path && !dlopen(path, RTLD_NOW | RTLD_GLOBAL))
		say("%s", dlerror());
	sigaction(SIGPIPE, NULL, &pipe);
	say("%d %s", SIGRTMAX, pipe.sa_handler == SIG_DFL ? "default" : "changed");
	return 0;
}

int main(int argc, char **argv) {
	if (argc == 3 && is(argv[1], "opened"))
		return opened(argv[2]);
	ours = getenv("LD_PRELOAD") ? strdup(getenv("LD_PRELOAD")) : "";
	char *slash = strrchr(argv[0], '/');
	snprintf(directory, sizeof directory, "%.*s", (int)(slash - argv[0]), argv[0]);
	snprintf(first, sizeof first, "%s/.libs/%s.so", directory, is(argv[1], "behind") || is(argv[1], "slow_malloc") ? argv[1] : "first");
	snprintf(host, sizeof host, "%s/%s", directory, argv[3]);
	setenv("FIRST", argv[2], 1);
	const char *way = argv[1];
	if (is(argv[2], "wakeup")) /* it does not come here by itself */
		setenv("SIGTAME_WAKEUP_FD", "7", 1);
	if (is(way, "noproc"))
		hide_proc();
	if (is(way, "open")) {
		unsetenv("LD_PRELOAD");
		execl(argv[0], argv[0], "opened", ours, NULL);
	} else if (is(way, "loader"))
		by_loader(argv + 4);
	else if (is(way, "copy"))
		with_copy(argv + 3);
	else if (is(way, "older"))
		with_older_libc(argv + 3);
	else if (is(way, "empty"))
		alone(argv + 3);
	else if (is(way, "before"))
		preload("%2$s:%1$s", ours, first);
	else if (is(way, "odd"))
		preload(" ::%s :%s  %s: ", ours, first);
	else
		preload("%s:%s", ours, first);
	execv(host, argv + 3);
	return 127;
}
