/* on_process.c: what starts programs, processes and threads, and what jumps: no bit of ours goes along.
 * Called by interpose. Async-signal-safe where POSIX says so, but for on_start_main, run_thread, on_pthread_create. */
#include "on.h"

#include "arch/arch.h"
#include "deadline.h"
#include "next.h"
#include "pending.h"
#include "process.h"
#include "safepoint.h"
#include <errno.h>
#include <limits.h>
#include <paths.h>

/* ---- fork ---- */

/* libc's atfork handlers are not run here, ours are needed all the same. */
pid_t on__Fork(void) {
	safepoint_run(&self, THREAD_SP(), CALLER);
	process_fork_prepare();
	pid_t pid = NEXT(_Fork)();
	if (pid == 0)
		process_fork_child();
	else
		process_fork_parent();
	return pid;
}

/* ---- exec ---- */

/* The image goes and takes what is kept with it: look until nothing is due at the system call itself. The mask that
 * goes along is the host's. */
static int exec(long nr, long a, long b, long c, long d, long e, const void *caller) {
	struct thread *t = &self;
	long r = STUB_NOT_MADE;
	process_exec_prepare();
	if (t->vforked) { /* what is due is the parent's */
		thread_set_kernel_mask(process_exec_mask(thread_mask_host(t, thread_kernel_mask())));
		r = raw6(nr, a, b, c, d, e, 0);
	}
	while (r == STUB_NOT_MADE) {
		safepoint_run(t, THREAD_SP(), caller);
		if (t->kept)
			thread_set_kernel_mask(process_exec_mask(thread_mask_host(t, thread_kernel_mask())));
		r = stub5(&t->fresh, nr, a, b, c, d, e);
	}
	process_exec_failed();
	errno = (int)-r;
	return -1;
}

int on_execve(const char *path, char *const argv[], char *const envp[]) {
	return exec(SYS_execve, (long)path, (long)argv, (long)envp, 0, 0, CALLER);
}
int on_execv(const char *path, char *const argv[]) { return on_execve(path, argv, environ); }
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
	size_t length = strnlen(file, NAME_MAX + 1);
	bool denied = false;
	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (const char *p = path, *end;; p = end + 1) {
		end = strchrnul(p, ':');
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
	const char *path = getenv("PATH");
	return search(file, argv, envp, path ? path : "/bin:/usr/bin");
}
int on_execvp(const char *file, char *const argv[]) { return on_execvpe(file, argv, environ); }

/* ---- posix_spawn ---- */

/* A private copy: the child's mask is the host's, said here, where a signal could still be kept before libc looks. */
static posix_spawnattr_t attributes(const posix_spawnattr_t *attr) {
	posix_spawnattr_t own;
	short flags = 0;
	if (attr)
		own = *attr;
	else
		posix_spawnattr_init(&own);
	posix_spawnattr_getflags(&own, &flags);
	if (!(flags & POSIX_SPAWN_SETSIGMASK)) {
		sigset_t mask;
		sigbits host = thread_mask_host(&self, thread_kernel_mask());
		sigemptyset(&mask);
		memcpy(&mask, &host, sizeof host);
		posix_spawnattr_setsigmask(&own, &mask);
		posix_spawnattr_setflags(&own, (short)(flags | POSIX_SPAWN_SETSIGMASK));
	}
	return own;
}

int on_posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *actions,
                   const posix_spawnattr_t *restrict attr, char *const argv[restrict], char *const envp[restrict]) {
	struct region g REGION_SCOPE;
	region_enter(&g, 0, CALLER);
	posix_spawnattr_t own = attributes(attr);
	return NEXT(posix_spawn)(pid, path, actions, &own, argv, envp);
}

int on_posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                    char *const argv[], char *const envp[]) {
	struct region g REGION_SCOPE;
	region_enter(&g, 0, CALLER);
	posix_spawnattr_t own = attributes(attr);
	return NEXT(posix_spawnp)(pid, file, actions, &own, argv, envp);
}

/* ---- Jumps. ---- */

static void jumped(struct thread *t, uintptr_t sp) {
	t->waiting_mask = NULL;
	t->no_wait = t->rung = false;
	t->ran = 0;
	thread_unwind(t, sp);
}

/* The mask to arrive with: the buffer's, and what we keep besides. */
static void take_mask(struct thread *t, sigset_t *saved) {
	sigbits host = sigbits_of(saved);
	on_mask_published(host);
	sigbits kernel = thread_mask_enter(t, host);
	memcpy(saved, &kernel, sizeof kernel);
}

void on_longjmp(jmp_buf env, int value, void (*next)(jmp_buf, int)) {
	struct thread *t = &self;
	safepoint_run(t, THREAD_SP(), CALLER);
#if REGS_KNOWN
	jumped(t, t->vforked ? 0 : regs_jump_sp(env[0].__jmpbuf));
#else
	jumped(t, THREAD_SP());
#endif
	if (env[0].__mask_was_saved && !t->vforked) {
		struct __jmp_buf_tag copy = env[0];
		take_mask(t, (sigset_t *)&copy.__saved_mask);
		next(&copy, value);
	}
	next(env, value);
	__builtin_unreachable();
}

/* libc is about to write the mask down: run what is due, and leave nothing of ours in it. */
void on_prepare_jump(void) {
	struct thread *t = &self;
	int saved_errno = errno;
	safepoint_run(t, THREAD_SP(), CALLER);
	t->unkept = 1; /* first: what the unblocking lets in would be left blocked again */
	if ((t->kept & ~t->kept_blocked) && !t->vforked)
		thread_set_kernel_mask(thread_mask_host(t, thread_set_kernel_mask(SIGBITS_FULL)));
	errno = saved_errno;
}

int on_setcontext(const ucontext_t *uc) {
	struct thread *t = &self;
	ucontext_t copy = *uc;
	safepoint_run(t, THREAD_SP(), CALLER);
	jumped(t, 0);
	t->records = 0;
	if (uc->uc_mcontext.fpregs == &uc->__fpregs_mem)
		copy.uc_mcontext.fpregs = &copy.__fpregs_mem;
	take_mask(t, &copy.uc_sigmask);
	return NEXT(setcontext)(&copy);
}

/* What lies on this stack stays with it until somebody swaps back. */
int on_swapcontext(ucontext_t *restrict out, const ucontext_t *restrict in) {
	struct thread *t = &self;
	struct record records[RECORDS];
	unsigned n = t->records;
	on_prepare_jump();
	memcpy(records, t->record, n * sizeof *records);
	t->records = 0;
	on_mask_published(sigbits_of(&in->uc_sigmask));
	t->unkept = 1;
	int r = NEXT(swapcontext)(out, in);
	t = &self; /* another thread may have resumed us */
	t->unkept = 0;
	memcpy(t->record, records, n * sizeof *records);
	t->records = (uint8_t)n;
	return r;
}

/* ---- Threads. ---- */

struct birth {
	void *(*start)(void *);
	void *arg;
	sigbits mask;
};
_Static_assert(sizeof(struct birth) <= sizeof(siginfo_t), "a slot holds a thread's birth");

static void ended(void *unused) {
	(void)unused;
	safepoint_thread_ends(&self);
}

static void *run_thread(void *arg) {
	struct slot *s = arg;
	struct birth b;
	memcpy(&b, &s->info, sizeof b);
	slot_put(s);
	thread_attach(&self);
	thread_set_kernel_mask(b.mask);
	void *result;
	pthread_cleanup_push(ended, NULL);
	result = b.start(b.arg);
	pthread_cleanup_pop(1);
	return result;
}

static sigbits mask_of(const pthread_attr_t *attr) {
	sigset_t mask;
	int (*get)(const pthread_attr_t *, sigset_t *) = next_get(NEXT_pthread_attr_getsigmask_np);
	if (attr && get && get(attr, &mask) == 0)
		return sigbits_of(&mask);
	return thread_mask_host(&self, thread_kernel_mask());
}

int on_pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr, void *(*run)(void *), void *restrict arg) {
	struct region g REGION_SCOPE;
	region_enter(&g, 0, CALLER);
	struct slot *s = slot_get();
	if (s == NULL)
		return NEXT(pthread_create)(thread, attr, run, arg);
	struct birth b = {run, arg, mask_of(attr)};
	memcpy(&s->info, &b, sizeof b);
	int r = NEXT(pthread_create)(thread, attr, run_thread, s);
	if (r != 0)
		slot_put(s);
	return r;
}

int on_pthread_cancel(pthread_t to) {
	struct thread *t = thread_of(to);
	int r = NEXT(pthread_cancel)(to);
	if (r != 0)
		return r;
	due_set(t, DUE_CANCEL);
	if (t != &self && t->tid && deadline_signal)
		deadline_ring(t->tid);
	return 0;
}

int (*on_main)(int, char **, char **);

void on_main_ended(void *unused) {
	(void)unused;
	safepoint_main_ends(&self);
}

/* main's return is a safe point; its end by pthread_exit or cancellation hands over what is due. */
int on_start_main(int argc, char **argv, char **envp) {
	int r;
	pthread_cleanup_push(on_main_ended, NULL);
	r = on_main(argc, argv, envp);
	safepoint_run(&self, THREAD_SP(), NULL);
	pthread_cleanup_pop(0);
	return r;
}
