/* "While a thread waits in a system call that libc makes for it, a handler runs in that wait": every other wait inside libc, each for what only the handler brings. */
#include "host.h"
#include <aio.h>
#include <arpa/nameser.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <pty.h>
#include <resolv.h>
#include <semaphore.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <termios.h>
#include <threads.h>
#include <wchar.h>
#include <wordexp.h>

static int fds[2], tty[2], lock_fd, queue, sems, server;
static mqd_t mq;
static char fifo[64], line[4096];
static volatile sig_atomic_t brought;
static volatile uint32_t word;
static pthread_t main_thread;
static FILE *stream;

/* ---- What the handler brings; libc is in a wait, so it makes calls that are async-signal-safe only. ---- */

struct message {
	long type;
	char text[8];
};

static void b_line(void) { raw(SYS_write, fds[1], (long)"line 1\n", 7, 0); }
static void b_tty(void) { raw(SYS_write, tty[0], (long)"line 1\n", 7, 0); }
static void b_flag(void) { brought = 1; }
static void b_message(void) { struct message m = {1, "x"}; msgsnd(queue, &m, 8, IPC_NOWAIT); }
static void b_room(void) { struct message m; msgrcv(queue, &m, 8, 0, IPC_NOWAIT); }
static void b_sem(void) { struct sembuf b = {0, 1, 0}; semop(sems, &b, 1); }
static void b_mq(void) { mq_send(mq, "x", 1, 0); }
static void b_mq_room(void) { char text[8]; mq_receive(mq, text, 8, NULL); }
static void b_unlock(void) { flock(lock_fd, LOCK_UN); }
static void b_drain(void) { raw(SYS_read, fds[0], (long)line, sizeof line, 0); }
static void b_wake(void) { word = 1; raw(SYS_futex, (long)&word, FUTEX_WAKE, 1, 0); }
static void b_foreground(void) { pid_t own = raw_getpid(); raw(SYS_ioctl, tty[1], TIOCSPGRP, (long)&own, 0); }
static void b_writer(void) { raw(SYS_openat, AT_FDCWD, (long)fifo, O_RDWR, 0); }
static void b_fifo(void) {
	long fd = raw(SYS_openat, AT_FDCWD, (long)fifo, O_WRONLY, 0);
	raw(SYS_write, fd, (long)"word\n", 5, 0);
	raw(SYS_close, fd, 0, 0, 0);
}

/* The name server says that there is no such name. */
static void b_answer(void) {
	unsigned char packet[512];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	for (long n; (n = recvfrom(server, packet, sizeof packet, MSG_DONTWAIT, (void *)&from, &size)) >= 12; size = sizeof from) {
		packet[2] |= 0x80, packet[3] = 0x83;
		sendto(server, packet, (size_t)n, 0, (void *)&from, size);
	}
	brought = 1;
}

/* ---- The stage. ---- */

static void s_pipe(void) { check(pipe(fds) == 0 && (stream = fdopen(fds[0], "r"))); }
static void s_stdin(void) { s_pipe(); dup2(fds[0], 0); }
static void s_tty(void) {
	check(openpty(&tty[0], &tty[1], NULL, NULL, NULL) == 0 && (stream = fdopen(tty[1], "r")));
	setsid();
	ioctl(tty[1], TIOCSCTTY, 0);
}
/* Another process group of the session has the terminal. */
static void s_background(void) {
	int status;
	s_tty();
	pid_t own = fork();
	if (own > 0) {
		waitpid(own, &status, 0);
		_exit(!is(status_text(status), "exit 0"));
	}
	setpgid(0, 0);
	alarm(20);
}
static void s_full(void) {
	check(pipe(fds) == 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], line, sizeof line) > 0)
		;
	fcntl(fds[1], F_SETFL, 0);
	dup2(fds[1], 2);
}
static void s_queue(void) { check((queue = msgget(IPC_PRIVATE, 0600)) >= 0); }
static void s_full_queue(void) {
	struct message m = {1, ""};
	s_queue();
	struct msqid_ds limits;
	msgctl(queue, IPC_STAT, &limits), limits.msg_qbytes = 64, msgctl(queue, IPC_SET, &limits);
	while (msgsnd(queue, &m, 8, IPC_NOWAIT) == 0)
		;
}
static void s_sems(void) { check((sems = semget(IPC_PRIVATE, 1, 0600)) >= 0); }
static void s_mq(void) {
	char name[32];
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	sprintf(name, "/inside-%d", (int)getpid());
	mq = mq_open(name, O_RDWR | O_CREAT, 0600, &attr);
	check(mq != (mqd_t)-1);
	mq_unlink(name);
}
static void s_full_mq(void) { s_mq(); check(mq_send(mq, "x", 1, 0) == 0); }
static void s_lock(void) {
	char path[64];
	lock_fd = fileno(tmpfile());
	check(flock(lock_fd, LOCK_EX) == 0);
	sprintf(path, "/proc/self/fd/%d", lock_fd);
	fds[0] = open(path, O_RDWR);
}
static void s_fifo(void) {
	sprintf(fifo, "/tmp/inside-%d", (int)getpid());
	unlink(fifo); /* of one that was killed */
	check(mkfifo(fifo, 0600) == 0);
}
static void s_server(void) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	server = socket(AF_INET, SOCK_DGRAM, 0);
	check(bind(server, (void *)&address, size) == 0 && getsockname(server, (void *)&address, &size) == 0);
	res_init();
	_res.nscount = 1;
	_res.nsaddr_list[0] = address;
	_res.retrans = 20, _res.retry = 1;
	__nss_configure_lookup("hosts", "dns");
}

/* ---- The waits. ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t inheriting, robust;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static mtx_t mtx;
static volatile sig_atomic_t held;

static void s_kinds(void) {
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&inheriting, &attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_NONE);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attr);
	mtx_init(&mtx, mtx_timed);
}

static void waits_for_handler(void) {
	held = 1;
	while (!brought)
		raw_sleep(1);
}
static void *holds_mutex(void *m) { pthread_mutex_lock(m), waits_for_handler(), pthread_mutex_unlock(m); return NULL; }
static void *dies_with(void *m) { pthread_mutex_lock(m), waits_for_handler(); return NULL; }
static void *holds_rwlock(void *l) { pthread_rwlock_wrlock(l), waits_for_handler(), pthread_rwlock_unlock(l); return NULL; }
static void *holds_for_reading(void *l) { pthread_rwlock_rdlock(l), waits_for_handler(), pthread_rwlock_unlock(l); return NULL; }
static void *holds_mtx(void *m) { mtx_lock(m), waits_for_handler(), mtx_unlock(m); return NULL; }
static void *comes(void *b) { waits_for_handler(), pthread_barrier_wait(b); return NULL; }

static pthread_t other;
static void holder(void *(*run)(void *), void *lock) {
	held = 0;
	other = thread(run, lock);
	while (!held)
		raw_sleep(1);
}
static struct timespec soon(clockid_t clock) {
	struct timespec t;
	clock_gettime(clock, &t), t.tv_sec += 10;
	return t;
}
static int locked(pthread_mutex_t *m) {
	holder(holds_mutex, m);
	int r = pthread_mutex_lock(m);
	pthread_mutex_unlock(m);
	pthread_join(other, NULL);
	return r;
}

static int w_fgets(void) { return fgets(line, 32, stream) && is(line, "line 1\n"); }
static int w_fgets_unlocked(void) { return fgets_unlocked(line, 32, stream) && is(line, "line 1\n"); }
static int w_getline(void) { char *text = NULL; size_t n = 0; return getline(&text, &n, stream) == 7 && is(text, "line 1\n"); }
static int w_fread(void) { return fread(line, 1, 7, stream) == 7; }
static int w_fscanf(void) { return fscanf(stream, "%31s", line) == 1 && is(line, "line"); }
static int w_scanf(void) { return scanf("%31s", line) == 1 && is(line, "line"); }
static int w_getchar(void) { return getchar() == 'l'; }
static int w_getwc(void) { return getwc(stream) == 'l'; }
static int w_getpass(void) { char *text = getpass("? "); return is(text, "line 1"); }
static int w_getaddrinfo(void) { struct addrinfo *found; return getaddrinfo("nobody.invalid.", NULL, NULL, &found) == EAI_NONAME; }
static int w_gethostbyname(void) { return gethostbyname("nobody.invalid.") == NULL && h_errno == HOST_NOT_FOUND; }
static int w_system(void) { sprintf(line, "read x < %s", fifo); return system(line) == 0; }
static int w_popen(void) {
	sprintf(line, "cat %s", fifo);
	FILE *f = popen(line, "r");
	return f && fgets(line, 32, f) && is(line, "word\n") && pclose(f) == 0;
}
static int w_pclose(void) { sprintf(line, "read x < %s", fifo); FILE *f = popen(line, "r"); return f && pclose(f) == 0; }
static int w_wordexp(void) {
	wordexp_t words;
	sprintf(line, "$(cat %s)", fifo);
	return wordexp(line, &words, 0) == 0 && words.we_wordc == 1 && is(words.we_wordv[0], "word");
}
static int w_syslog(void) { openlog(NULL, LOG_PERROR, LOG_USER); syslog(LOG_DEBUG, "more than fits"); return 1; }
static int w_mutex(void) { return locked(&mutex) == 0; }
static int w_recursive(void) { return locked(&recursive) == 0; }
static int w_checked(void) { return locked(&checked) == 0 && pthread_mutex_lock(&checked) == 0 && pthread_mutex_lock(&checked) == EDEADLK && pthread_mutex_unlock(&checked) == 0; }
static int w_inheriting(void) { return locked(&inheriting) == 0; }
static int w_robust(void) {
	holder(dies_with, &robust);
	int r = pthread_mutex_lock(&robust);
	return r == EOWNERDEAD && pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0 && pthread_join(other, NULL) == 0;
}
static int w_timedlock(void) {
	struct timespec t = soon(CLOCK_REALTIME), past = {1, 0};
	holder(holds_mutex, &mutex);
	check(pthread_mutex_timedlock(&mutex, &past) == ETIMEDOUT);
	return pthread_mutex_timedlock(&mutex, &t) == 0 && pthread_mutex_unlock(&mutex) == 0 && pthread_join(other, NULL) == 0;
}
static int w_clocklock(void) {
	struct timespec t = soon(CLOCK_MONOTONIC);
	holder(holds_mutex, &mutex);
	return pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t) == 0 && pthread_mutex_unlock(&mutex) == 0 && pthread_join(other, NULL) == 0;
}
static int w_rdlock(void) { holder(holds_rwlock, &rwlock); return pthread_rwlock_rdlock(&rwlock) == 0 && pthread_rwlock_unlock(&rwlock) == 0 && pthread_join(other, NULL) == 0; }
static int w_wrlock(void) { holder(holds_for_reading, &rwlock); return pthread_rwlock_wrlock(&rwlock) == 0 && pthread_rwlock_unlock(&rwlock) == 0 && pthread_join(other, NULL) == 0; }
static int w_timedwrlock(void) {
	struct timespec t = soon(CLOCK_REALTIME);
	holder(holds_rwlock, &rwlock);
	return pthread_rwlock_timedwrlock(&rwlock, &t) == 0 && pthread_rwlock_unlock(&rwlock) == 0 && pthread_join(other, NULL) == 0;
}
static int w_mtx(void) { holder(holds_mtx, &mtx); return mtx_lock(&mtx) == thrd_success && mtx_unlock(&mtx) == thrd_success && pthread_join(other, NULL) == 0; }
static int w_barrier(void) {
	pthread_barrier_init(&barrier, NULL, 2);
	holder(comes, &barrier);
	pthread_barrier_wait(&barrier);
	return pthread_join(other, NULL) == 0;
}
static int w_mq_receive(void) { char text[8]; return mq_receive(mq, text, 8, NULL) == 1; }
static int w_mq_send(void) { return mq_send(mq, "y", 1, 0) == 0; }
static int w_msgrcv(void) { struct message m; return msgrcv(queue, &m, 8, 0, 0) == -1 && errno == EINTR; }
static int w_msgsnd(void) { struct message m = {1, ""}; return msgsnd(queue, &m, 8, 0) == -1 && errno == EINTR; }
static int w_semop(void) { struct sembuf b = {0, -1, 0}; return semop(sems, &b, 1) == -1 && errno == EINTR; }
static int w_semtimedop(void) { struct sembuf b = {0, -1, 0}; struct timespec t = {10, 0}; return semtimedop(sems, &b, 1, &t) == -1 && errno == EINTR; }
static int suspended(const struct timespec *t) {
	char byte;
	struct aiocb one = {.aio_fildes = fds[0], .aio_buf = &byte, .aio_nbytes = 1};
	const struct aiocb *list[] = {&one};
	check(aio_read(&one) == 0);
	int r = aio_suspend(list, 1, t), error = r ? errno : 0;
	for (int64_t end = now_ms() + 10000; aio_error(&one) == EINPROGRESS && now_ms() < end;)
		raw_sleep(1);
	return aio_return(&one) == 1 ? error : -1;
}
static int w_aio_suspend(void) { return suspended(NULL) == 0; }
static int w_aio_suspend_timed(void) { struct timespec t = {10, 0}; return suspended(&t) == EINTR; }
static int w_io_getevents(void) {
	aio_context_t context = 0;
	struct io_event event;
	check(syscall(SYS_io_setup, 1, &context) == 0);
	return syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL) == -1 && errno == EINTR;
}
static int w_io_getevents_raw(void) { /* as libaio has it */
	aio_context_t context = 0;
	struct io_event event;
	long result;
	struct timespec t = {10, 0};
	check(raw(SYS_io_setup, 1, (long)&context, 0, 0) == 0);
#if defined __x86_64__
	register long r10 __asm__("r10") = (long)&event, r8 __asm__("r8") = (long)&t;
	__asm__ volatile("syscall" : "=a"(result) : "0"(SYS_io_getevents), "D"(context), "S"(1L), "d"(1L), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
#else
	result = syscall(SYS_io_getevents, context, 1L, 1L, &event, &t) < 0 ? -errno : 0;
#endif
	return result == -EINTR;
}
static int w_futex(void) { return (syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 || errno == EAGAIN) && word == 1; }
static int w_futex_timed(void) { struct timespec t = {10, 0}; return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &t, NULL, 0) == -1 && (errno == EINTR || errno == EAGAIN); }
static int w_flock(void) { return flock(fds[0], LOCK_EX) == 0; }
static int w_fopen(void) { FILE *f = fopen(fifo, "r"); return f != NULL; }
static int w_tcdrain(void) { return tcdrain(tty[1]) == 0; }
static int w_tcsetattr(void) { struct termios t; tcgetattr(tty[1], &t); return tcsetattr(tty[1], TCSADRAIN, &t) == 0; }

static const struct { const char *name; void (*stage)(void); int (*wait)(void); void (*bring)(void); } cases[] = {
	{"fgets", s_pipe, w_fgets, b_line}, {"fgets_unlocked", s_pipe, w_fgets_unlocked, b_line}, {"getline", s_pipe, w_getline, b_line}, {"fread", s_pipe, w_fread, b_line}, {"fscanf", s_pipe, w_fscanf, b_line},
	{"scanf", s_stdin, w_scanf, b_line}, {"getchar", s_stdin, w_getchar, b_line}, {"getwc", s_pipe, w_getwc, b_line},
	{"fgets-tty", s_tty, w_fgets, b_tty}, {"getline-tty", s_tty, w_getline, b_tty}, {"fread-tty", s_tty, w_fread, b_tty}, {"fscanf-tty", s_tty, w_fscanf, b_tty}, {"getpass", s_tty, w_getpass, b_tty},
	{"getaddrinfo", s_server, w_getaddrinfo, b_answer}, {"gethostbyname", s_server, w_gethostbyname, b_answer},
	{"system", s_fifo, w_system, b_fifo}, {"popen", s_fifo, w_popen, b_fifo}, {"pclose", s_fifo, w_pclose, b_fifo}, {"wordexp", s_fifo, w_wordexp, b_fifo}, {"syslog", s_full, w_syslog, b_drain},
	{"mutex", s_kinds, w_mutex, b_flag}, {"mutex-recursive", s_kinds, w_recursive, b_flag}, {"mutex-errorcheck", s_kinds, w_checked, b_flag}, {"mutex-inherit", s_kinds, w_inheriting, b_flag},
	{"mutex-robust", s_kinds, w_robust, b_flag}, {"mutex-timedlock", s_kinds, w_timedlock, b_flag}, {"mutex-clocklock", s_kinds, w_clocklock, b_flag}, {"rdlock", s_kinds, w_rdlock, b_flag},
	{"wrlock", s_kinds, w_wrlock, b_flag}, {"timedwrlock", s_kinds, w_timedwrlock, b_flag}, {"mtx_lock", s_kinds, w_mtx, b_flag}, {"barrier", s_kinds, w_barrier, b_flag},
	{"mq_receive", s_mq, w_mq_receive, b_mq}, {"mq_send", s_full_mq, w_mq_send, b_mq_room}, {"msgrcv", s_queue, w_msgrcv, b_message}, {"msgsnd", s_full_queue, w_msgsnd, b_room},
	{"semop", s_sems, w_semop, b_sem}, {"semtimedop", s_sems, w_semtimedop, b_sem}, {"aio_suspend", s_pipe, w_aio_suspend, b_line}, {"aio_suspend-timed", s_pipe, w_aio_suspend_timed, b_line},
	{"io_getevents", s_pipe, w_io_getevents, b_flag}, {"io_getevents-raw", s_pipe, w_io_getevents_raw, b_flag}, {"futex", s_pipe, w_futex, b_wake}, {"futex-timed", s_pipe, w_futex_timed, b_wake},
	{"flock", s_lock, w_flock, b_unlock}, {"fopen", s_fifo, w_fopen, b_writer}, {"tcdrain", s_background, w_tcdrain, b_foreground}, {"tcsetattr", s_background, w_tcsetattr, b_foreground},
};

static void (*bring)(void);
static volatile sig_atomic_t runs;
static void handler(int sig) {
	(void)sig, runs++;
	int saved = errno;
	bring();
	errno = saved;
}
static void ignores(int sig) { (void)sig; }

/* Once it waits: a question that is asked after the signal has no answer. */
static void *hits(void *sig) {
	await_asleep(raw_getpid());
	pthread_kill(main_thread, (int)(long)sig);
	return NULL;
}

/* Each in a process of its own. */
static void run_case(size_t i) {
	int sig = is(cases[i].name, "tcdrain") || is(cases[i].name, "tcsetattr") ? SIGTTOU : SIGUSR1;
	main_thread = pthread_self();
	bring = cases[i].bring;
	cases[i].stage();
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	sigaddset(&action.sa_mask, SIGTTOU);
	sigaction(sig, &action, NULL);
	pthread_t hitter = pthread_self();
	if (sig != SIGTTOU) /* the terminal's is sent by the call itself; another thread might take it, and the call send a second */
		hitter = thread(hits, (void *)(long)sig);
	check_case(cases[i].name, cases[i].wait());
	check_case(cases[i].name, runs == 1);
	if (sig != SIGTTOU)
		pthread_join(hitter, NULL);
	check_case(cases[i].name, is(kernel_mask_text(), ""));
	if (fifo[0])
		unlink(fifo);
	msgctl(queue, IPC_RMID, NULL), semctl(sems, 0, IPC_RMID);
	_exit(failures != 0);
}

int main(int argc, char **argv) {
	int status;
	on(SIGWINCH, ignores, SA_RESTART);
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (argc > 1 ? !is(argv[1], cases[i].name) : is("syslog", cases[i].name))
			continue;
		pid_t child = fork();
		if (child == 0) {
			failures = 0;
			alarm(20);
			run_case(i);
		}
		waitpid(child, &status, 0);
		if (!is(status_text(status), "exit 0"))
			failures++, say("%s: %s", cases[i].name, status_text(status));
	}
	return verdict();
}
