/* cli/lint_trace.c: keeps the host under ptrace: its threads and the children that it forks go on as natively, but a thread
 * in a handler makes single steps. Only lint.c calls it. */
#include "lint.h"

#include "base.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tracee *tracees;
static pid_t host;

static struct tracee *find(pid_t tid) {
	for (struct tracee *t = tracees; t != NULL; t = t->next)
		if (t->tid == tid)
			return t;
	return NULL;
}

/* A number out of /proc/TID/status; 0 if there is none. */
static uint64_t status_of(pid_t tid, const char *format) {
	char path[32], line[128];
	uint64_t value = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) && sscanf(line, format, &value) != 1)
		;
	if (file != NULL)
		fclose(file);
	return value;
}

static pid_t process_of(pid_t tid) { return (pid_t)status_of(tid, "Tgid: %" SCNu64); }

static bool is_caught(pid_t tid, int sig) { return status_of(tid, "SigCgt: %" SCNx64) & SIGBIT(sig); }

static struct tracee *add(pid_t tid) {
	struct tracee *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	*t = (struct tracee){.tid = tid, .pid = process_of(tid), .next = tracees};
	return tracees = t;
}

static void forget(struct tracee *gone) {
	for (struct tracee **at = &tracees; *at != NULL; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			places_free(&gone->places);
			free(gone);
			return;
		}
}

/* A step that finds SIGTRAP blocked takes the host's disposition of it away. What a handler blocks comes off with its frame. */
static void unblock_trap(pid_t tid) {
	sigbits mask = 0;
	if (ptrace(PTRACE_GETSIGMASK, tid, sizeof mask, &mask) != 0 || !(mask & SIGBIT(SIGTRAP)))
		return;
	mask &= ~SIGBIT(SIGTRAP);
	ptrace(PTRACE_SETSIGMASK, tid, sizeof mask, &mask);
}

/* A call that may block SIGTRAP is stepped over by a stop that is no signal. */
static void resume(struct tracee *t, int sig) {
	t->delivered = sig && is_caught(t->tid, sig) ? sig : 0;
	if (t->depth)
		unblock_trap(t->tid);
	bool steps = t->delivered || t->depth;
	ptrace(!steps ? PTRACE_CONT : t->depth && t->sets_mask ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, t->tid, NULL, (long)sig);
}

/* The call's beginning, then its end. */
static void on_call(struct tracee *t) {
	t->in_call = !t->in_call;
	if (!t->in_call && t->depth)
		lint_look(t);
	resume(t, 0);
}

/* A child of fork is where its parent is: in the same handlers. A thread begins outside of all. */
static void on_birth(struct tracee *parent) {
	unsigned long message = 0;
	ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &message);
	struct tracee *child = find((pid_t)message);
	bool stopped = child != NULL && child->held;
	if (child == NULL)
		child = add((pid_t)message);
	if (child == NULL)
		return;
	child->held = false;
	if (child->pid != parent->pid) {
		child->depth = parent->depth;
		memcpy(child->frames, parent->frames, sizeof child->frames);
		places_read(&child->places, child->pid);
	}
	if (stopped)
		resume(child, 0);
}

/* The other threads are gone with the old image. A child's new program is no longer the host. */
static bool on_exec(struct tracee *t) {
	for (struct tracee *other = tracees, *next; other != NULL; other = next) {
		next = other->next;
		if (other != t && other->pid == t->pid)
			forget(other);
	}
	t->depth = 0;
	places_free(&t->places);
	if (t->pid == host)
		return true;
	ptrace(PTRACE_DETACH, t->tid, NULL, 0L);
	forget(t);
	return false;
}

static void on_event(struct tracee *t, int event, int sig) {
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		ptrace(PTRACE_LISTEN, t->tid, NULL, 0L);
		return;
	}
	if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK)
		on_birth(t);
	if (event == PTRACE_EVENT_EXEC && !on_exec(t))
		return;
	resume(t, 0);
}

/* Whether a SIGTRAP is our step and no signal for the host; *entered: the kernel has just set up a handler. */
static bool is_step(struct tracee *t, int sig, bool *entered) {
	siginfo_t info;
	*entered = false;
	if (sig != SIGTRAP || (!t->depth && !t->delivered) || ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &info) != 0)
		return false;
	*entered = t->delivered && info.si_code == SIGTRAP;
	return *entered || info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT;
}

static void on_signal(struct tracee *t, int sig) {
	bool entered;
	if (!is_step(t, sig, &entered)) {
		resume(t, sig);
		return;
	}
	if (entered)
		lint_enter(t, t->delivered);
	else if (t->depth)
		lint_look(t);
	resume(t, 0);
}

static void on_stop(pid_t tid, int status) {
	struct tracee *t = find(tid);
	int event = status >> 16;
	if (t == NULL) {
		t = add(tid);
		if (t != NULL)
			t->held = true;
		return;
	}
	if (event != 0)
		on_event(t, event, WSTOPSIG(status));
	else if (WSTOPSIG(status) == (SIGTRAP | 0x80))
		on_call(t);
	else
		on_signal(t, WSTOPSIG(status));
}

/* Ends with the last of them; what the host left behind holds it up as it would hold up a pipeline. */
static int attend(void) {
	int status, host_status = 0;
	pid_t tid;
	while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (tid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			on_stop(tid, status);
			continue;
		}
		if (tid == host)
			host_status = status;
		forget(find(tid));
	}
	return host_status;
}

int lint_trace(char **argv) {
	int failure[2], error = 0;
	if (pipe2(failure, O_CLOEXEC) != 0)
		return -errno;
	int started = lint_start(argv, failure[1], &host);
	if (started == 0)
		add(host);
	close(failure[1]);
	int status = attend();
	ssize_t n = read(failure[0], &error, sizeof error);
	close(failure[0]);
	return started != 0 ? started : n == sizeof error ? -error : status;
}
