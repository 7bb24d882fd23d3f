/* on_process.c: what starts processes and programs: no bit of ours goes along.
 * Called by interpose. Async-signal-safe where POSIX says so. */
#include "on.h"

#include "arch/arch.h"
#include "deadline.h"
#include "next.h"
#include "pending.h"
#include "process.h"
#include "region.h"
#include "trace.h"
#include <errno.h>
#include <limits.h>
#include <paths.h>

/* ---- fork ---- */

pid_t on_fork(void) {
	struct region g REGION_SCOPE;
	region_enter(&g, CALL_NAMED(NEXT_fork), CALLER);
	pid_t pid = NEXT(fork)();
	if (pid > 0)
		TRACE(FORK, 0, .sender = pid);
	return pid;
}
pid_t on___fork(void) { return on_fork(); }

/* libc's atfork handlers are not run here, ours are needed all the same. */
pid_t on__Fork(void) {
	safepoint_run(&self, THREAD_SP(), CALLER);
	process_fork_prepare();
	pid_t pid = NEXT(_Fork)();
	if (pid == 0)
		process_fork_child();
	else
		process_fork_parent();
	if (pid > 0)
		TRACE(FORK, 0, .sender = pid);
	return pid;
}

/* ---- exec ---- */

static void trace_exec(const char *path) {
	if (likely(trace_ring == NULL) || is_nowhere(path))
		return;
	const char *slash = strrchr(path, '/');
	trace_in_call(TRACE_EXEC, 0, slash ? slash + 1 : path, (struct trace_record){0});
}

/* The image goes and takes what is kept with it: look until nothing is due at the system call itself. The mask that
 * goes along is the host's. */
static int exec(long nr, long a, long b, long c, long d, long e, const void *caller) {
	struct thread *t = &self;
	long r = STUB_NOT_MADE;
	trace_exec((const char *)(nr == SYS_execve ? a : b));
	process_exec_prepare();
	if (t->vforked) { /* what is due is the parent's */
		thread_set_kernel_mask(process_exec_mask(thread_block_all(t)));
		r = raw6(nr, a, b, c, d, e, 0);
	}
	while (r == STUB_NOT_MADE) {
		safepoint_run(t, THREAD_SP(), caller);
		if (t->kept)
			thread_set_kernel_mask(process_exec_mask(thread_block_all(t)));
		r = stub5(&t->fresh, nr, a, b, c, d, e);
	}
	process_exec_failed();
	TRACE(EXEC_FAILED, 0, .code = (int)-r);
	errno = (int)-r;
	return -1;
}

/* Another preload's, which calls libc's own: what comes on the way there is run or left pending in the kernel, never kept blocked. */
void on_exec_begins(struct exec_behind *e, const char *path, const void *caller) {
	struct thread *t = &self;
	struct record r = {.sp = (uintptr_t)e, .kind = thread_is_safe(t, (uintptr_t)e) ? RECORD_LIBC : RECORD_UNSAFE, .next = NEXT_execve, .unkept = true};
	e->begun = true;
	trace_exec(path);
	process_exec_prepare();
	safepoint_run(t, THREAD_SP(), caller);
	if (!t->vforked) /* else it would stay behind in the parent */
		e->records = thread_push(t, r);
	thread_set_kernel_mask(process_exec_mask(thread_block_all(t)));
}

void on_exec_failed(struct exec_behind *e) {
	int error = errno;
	if (!e->begun)
		return;
	if (!self.vforked)
		thread_pop(&self, e->records);
	process_exec_failed();
	TRACE(EXEC_FAILED, 0, .code = error);
	if (due_get(&self))
		safepoint_run(&self, THREAD_SP(), CALLER);
	errno = error;
}

int on_execve(const char *path, char *const argv[], char *const envp[]) {
	return exec(SYS_execve, (long)path, (long)argv, (long)envp, 0, 0, CALLER);
}
int on_execv(const char *path, char *const argv[]) { return on_execve(path, argv, next_environ()); }
int on_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags) {
	return exec(SYS_execveat, dirfd, (long)path, (long)argv, (long)envp, flags, CALLER);
}
int on_fexecve(int fd, char *const argv[], char *const envp[]) {
	if (fd < 0 || argv == NULL || envp == NULL) {
		errno = EINVAL;
		return -1;
	}
	return on_execveat(fd, "", argv, envp, AT_EMPTY_PATH);
}

/* What the kernel does not know is a script of the shell's. */
static void exec_script(const char *path, char *const argv[], char *const envp[]) {
	size_t n = 0;
	while (argv[n])
		n++;
	char *args[n + 3];
	args[0] = (char *)_PATH_BSHELL;
	args[1] = (char *)path;
	memcpy(&args[2], n > 0 ? &argv[1] : &argv[0], (n > 0 ? n : 1) * sizeof *args);
	on_execve(_PATH_BSHELL, args, envp);
}

static void exec_or_script(const char *path, char *const argv[], char *const envp[]) {
	on_execve(path, argv, envp);
	if (errno == ENOEXEC)
		exec_script(path, argv, envp);
}

static bool goes_on_searching(int error) {
	return error == EACCES || error == ENOENT || error == ESTALE || error == ENOTDIR || error == ENODEV || error == ETIMEDOUT;
}

static int search(const char *file, char *const argv[], char *const envp[], const char *path) {
	char name[PATH_MAX + NAME_MAX + 2];
	size_t length = NEXT(strnlen)(file, NAME_MAX + 1);
	bool denied = false;
	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (const char *p = path, *end;; p = end + 1) {
		end = NEXT(strchrnul)(p, ':');
		size_t n = (size_t)(end - p);
		if (n < PATH_MAX) {
			memcpy(name, p, n);
			name[n] = '/';
			memcpy(name + n + (n > 0), file, length + 1);
			exec_or_script(name, argv, envp);
			denied |= errno == EACCES;
			if (!goes_on_searching(errno))
				return -1;
		}
		if (*end == '\0')
			break;
	}
	if (denied)
		errno = EACCES;
	return -1;
}

int on_execvpe(const char *file, char *const argv[], char *const envp[]) {
	if (*file == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (strchr(file, '/')) {
		exec_or_script(file, argv, envp);
		return -1;
	}
	const char *path = NEXT(getenv)("PATH");
	return search(file, argv, envp, path ? path : "/bin:/usr/bin");
}
int on_execvp(const char *file, char *const argv[]) { return on_execvpe(file, argv, next_environ()); }

/* ---- posix_spawn ---- */

/* A private copy: the child's mask is the host's, said here, where a signal could still be kept before libc looks. */
static posix_spawnattr_t attributes(const posix_spawnattr_t *attr) {
	posix_spawnattr_t own;
	short flags = 0;
	if (attr)
		own = *attr;
	else
		NEXT(posix_spawnattr_init)(&own);
	NEXT(posix_spawnattr_getflags)(&own, &flags);
	if (!(flags & POSIX_SPAWN_SETSIGMASK)) {
		sigset_t mask;
		sigbits host = process_exec_mask(thread_host_mask(&self));
		NEXT(sigemptyset)(&mask);
		memcpy(&mask, &host, sizeof host);
		NEXT(posix_spawnattr_setsigmask)(&own, &mask);
		NEXT(posix_spawnattr_setflags)(&own, (short)(flags | POSIX_SPAWN_SETSIGMASK));
	}
	return own;
}

int on_spawn(__typeof__(posix_spawn) *next, pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attr, char *const argv[], char *const envp[]) {
	struct region g REGION_SCOPE;
	region_enter(&g, CALL_NAMED(NEXT_posix_spawn), CALLER);
	posix_spawnattr_t own = attributes(attr);
	int error = next(pid, path, actions, &own, argv, envp);
	if (error == 0)
		TRACE(FORK, 0, .sender = pid ? *pid : 0);
	return error;
}

int on_posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *actions,
                   const posix_spawnattr_t *restrict attr, char *const argv[restrict], char *const envp[restrict]) {
	return on_spawn(NEXT(posix_spawn), pid, path, actions, attr, argv, envp);
}

int on_posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                    char *const argv[], char *const envp[]) {
	return on_spawn(NEXT(posix_spawnp), pid, file, actions, attr, argv, envp);
}
