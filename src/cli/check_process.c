/* cli/check_process.c: `sigtame check PID`: what the kernel, and the library if it is loaded, say of a process. */
#include "examine.h"

#include "command.h"
#include "signals.h"
#include "state.h"
#include "thread.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* A line of a status file: "SigBlk:" as a set. False: it is not there. */
static bool read_set(const char *path, const char *key, sigbits *set) {
	char line[256];
	bool found = false;
	FILE *file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof line, file))
		if (strncmp(line, key, strlen(key)) == 0) {
			*set = strtoull(line + strlen(key), NULL, 16);
			found = true;
		}
	if (file)
		fclose(file);
	return found;
}

static const char *name_of(int sig, char text[static 24]) {
	char buf[SIGNAL_NAME_SIZE];
	const char *name = signal_name(sig, buf);
	if (name)
		snprintf(text, 24, "%s", name);
	else
		snprintf(text, 24, "%d(libc's)", sig);
	return text;
}

/* All but a few in SIGTAME_'s own form. */
void examine_set(const char *title, sigbits set) {
	char text[24];
	bool most = __builtin_popcountll(set) > SIGNALS / 2;
	printf("  %-11s%s", title, most ? " all" : "");
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (most && (SIGNALS_ALL & ~set & SIGBIT(sig)))
			printf(",-%s", name_of(sig, text) + 3);
		else if (!most && (set & SIGBIT(sig)))
			printf(" %s", name_of(sig, text));
	puts(set ? "" : " none");
}

static void print_line(const char *path, const char *key, const char *title) {
	sigbits set;
	if (read_set(path, key, &set))
		examine_set(title, set);
}

/* What the program does not block itself and the kernel does for it: it arrived, and its handler waits for a safe point. */
static sigbits held_by(pid_t pid, const struct state *s, struct thread *main) {
	struct thread *at = NULL;
	if (s == NULL || !examine_memory(pid, (uintptr_t)s->main, &at, sizeof at) || !examine_memory(pid, (uintptr_t)at, main, sizeof *main))
		*main = (struct thread){0};
	return main->kept & ~main->kept_blocked;
}

static void print_masks(const char *path, sigbits held) {
	sigbits blocked;
	if (!read_set(path, "SigBlk:", &blocked))
		return;
	examine_set("blocked", blocked & ~held);
	if (blocked & held)
		examine_set("held", blocked & held);
}

/* s: NULL if it cannot be read. */
static void print_threads(pid_t pid, const struct state *s) {
	struct thread main;
	sigbits held = held_by(pid, s, &main);
	char path[PATH_MAX];
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *tasks = opendir(path);
	for (struct dirent *e; tasks && (e = readdir(tasks)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", pid, e->d_name);
		printf("\nThread %s\n", e->d_name);
		print_masks(path, atoi(e->d_name) == main.tid ? held : 0);
		print_line(path, "SigPnd:", "pending");
	}
	if (tasks)
		closedir(tasks);
}

/* ---- The library's own state. ---- */

bool examine_memory(pid_t pid, uintptr_t at, void *to, size_t size) {
	struct iovec here = {to, size}, there = {(void *)at, size};
	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

static bool search_range(pid_t pid, uintptr_t from, uintptr_t to, struct state *s) {
	for (uintptr_t at = from; at + sizeof *s <= to; at += 64)
		if (examine_memory(pid, at, s, sizeof *s) && memcmp(s->magic, STATE_MAGIC, sizeof STATE_MAGIC) == 0)
			return true;
	return false;
}

enum loaded { LOADED_NOT, LOADED_READ, LOADED_UNREADABLE, LOADED_OTHER };

/* LIBRARY: its path, of the last mapping that was looked at. */
static enum loaded find_state(pid_t pid, FILE *maps, struct state *s, char library[PATH_MAX]) {
	char line[PATH_MAX + 128], mode[8];
	uintptr_t from, to;
	enum loaded loaded = LOADED_NOT;
	while (fgets(line, sizeof line, maps)) {
		if (!strstr(line, "libsigtame.so") || sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, mode) != 3)
			continue;
		snprintf(library, PATH_MAX, "%s", strchrnul(line, '/'));
		library[strcspn(library, "\n")] = '\0';
		loaded = examine_memory(pid, from, line, 1) || mode[0] != 'r' ? LOADED_OTHER : LOADED_UNREADABLE;
		if (mode[1] == 'w' && search_range(pid, from, to, s))
			return s->size == sizeof *s ? LOADED_READ : LOADED_OTHER;
	}
	return loaded;
}

static void print_counts(const struct state *s) {
	char buf[SIGNAL_NAME_SIZE];
	int rows = 0;
	for (int sig = 1; sig <= SIGNALS; sig++) {
		const uint64_t *c = s->counts[sig - 1];
		const char *name = signal_name(sig, buf);
		if (!name || !(c[STATE_ARRIVED] | c[STATE_RUN]))
			continue;
		if (rows++ == 0)
			puts("\nCounters      arrived  coalesced   deferred        run     forced");
		printf("  %-11s", name);
		for (int i = 0; i < STATE_COUNTS; i++)
			printf(" %*" PRIu64, i ? 10 : 7, c[i]);
		putchar('\n');
	}
	if (rows == 0)
		puts("\nCounters: no handler has had a signal");
}

/* What stands there for sigtame's own sake is caught in the kernel, and is for the program what the table says. */
static void see_as_program(pid_t pid, const struct state *s, sigbits *caught, sigbits *ignored) {
	for (int sig = 1; sig <= SIGNALS; sig++) {
		struct disposition d;
		if (!examine_memory(pid, (uintptr_t)(s->dispositions + sig - 1), &d, sizeof d))
			continue;
		const struct action *a = &d.copy[d.count & 1];
		if (!(a->marks & MARK_OURS))
			continue;
		*caught &= ~SIGBIT(sig);
		*ignored |= a->handler == SIG_IGN ? SIGBIT(sig) : 0;
	}
	if (s->reserved)
		*caught &= ~SIGBIT(s->reserved);
}

static void print_dispositions(pid_t pid, const struct state *s) {
	sigbits caught = 0, ignored = 0;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (!read_set(path, "SigCgt:", &caught) || !read_set(path, "SigIgn:", &ignored))
		return;
	see_as_program(pid, s, &caught, &ignored);
	puts("\nDispositions as the program sees them; the others are default");
	examine_set("caught", caught);
	examine_set("ignored", ignored);
}

int check_process(pid_t pid) {
	char path[64], status[64], text[24], library[PATH_MAX];
	sigbits set;
	struct state s;
	snprintf(status, sizeof status, "/proc/%d/status", pid);
	if (!read_set(status, "SigCgt:", &set))
		return fail(STATUS_NOT_FOUND, "check: %d: there is no such process", pid);
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");
	if (maps == NULL && (errno == ENOENT || errno == ESRCH))
		return fail(STATUS_NOT_FOUND, "check: %d: the process has ended", pid);
	if (maps == NULL)
		return fail(STATUS_UNSTARTED, "check: %d: no permission to look at this process: %s; ask as its user or as root", pid, strerror(errno));
	enum loaded loaded = find_state(pid, maps, &s, library);
	fclose(maps);
	if (loaded == LOADED_NOT && !read_set(status, "VmSize:", &set))
		printf("%d: no program runs there: it is a kernel thread or has ended; what follows is the kernel's view.\n", pid);
	else if (loaded == LOADED_NOT)
		printf("%d: sigtame is not loaded there; what follows is the kernel's view.\n", pid);
	else if (loaded == LOADED_UNREADABLE)
		printf("%d: sigtame is loaded there; what follows is the kernel's view: its counters and settings may not be read; ask as root, or set "
		       "kernel.yama.ptrace_scope to 0.\n",
			pid);
	else if (loaded == LOADED_OTHER)
		printf("%d: another version of sigtame is loaded there; what follows is the kernel's view.\n", pid);
	else
		printf("%d: sigtame %.16s is loaded%s.\n", pid, s.version, s.active ? "" : " and inert: it does nothing there");
	if (loaded != LOADED_NOT)
		printf("Its library is %s.\n", library);
	puts("\nDispositions as the kernel has them; the others are default");
	print_line(status, "SigCgt:", "caught");
	print_line(status, "SigIgn:", "ignored");
	print_line(status, "ShdPnd:", "pending");
	if (loaded == LOADED_READ && s.reserved)
		printf("  %s is sigtame's own; under a signal of SIGTAME_IGNORE that the program leaves alone stands an empty handler\n", name_of(s.reserved, text));
	print_threads(pid, loaded == LOADED_READ ? &s : NULL);
	if (loaded == LOADED_READ) {
		print_dispositions(pid, &s);
		examine_options(pid, &s);
		print_counts(&s);
	}
	return finish(0);
}
