/* "A handler that runs on entry makes the call act as if it had been interrupted while waiting: it completes if it can without waiting; else it is restarted, if all handlers that ran have SA_RESTART and signal(7) says that it restarts; else EINTR." */
#include "host.h"
#include <netinet/in.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

/* What ends a wait that nothing else ends: SIGALRM, which lacks SA_RESTART. */
static volatile sig_atomic_t runs, fused;
static int full[2], empty[2], pair[2], listener, epoll, queue, sems, lock_fd;
static char file[64], fifo[64], socket_path[64];
static pid_t holder;

static void handler(int sig) { (void)sig, runs++; }
static void fuse(int sig) { (void)sig, fused = 1; }

/* Again and again: without sigtame one that comes before the call does not end it. */
static void set_fuse(int ms) {
	struct timeval every = {ms / 1000, ms % 1000 * 1000};
	struct itimerval t = {every, every};
	raw(SYS_setitimer, ITIMER_REAL, (long)&t, 0, 0);
}

/* 0 or what errno says */
static int of(long result) { return result < 0 ? errno : 0; }

static char buffer[1 << 17];
static int wait_read(void) { return of(read(empty[0], buffer, 1)); }
static int wait_readv(void) { struct iovec v = {buffer, 1}; return of(readv(empty[0], &v, 1)); }
static int wait_write(void) { return of(write(full[1], buffer, 4096)); }
static int wait_recv(void) { return of(recv(pair[0], buffer, 1, 0)); }
static int wait_recvfrom(void) { return of(recvfrom(pair[0], buffer, 1, 0, NULL, NULL)); }
static int wait_recvmsg(void) { struct iovec v = {buffer, 1}; struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1}; return of(recvmsg(pair[0], &m, 0)); }
static int wait_recv_timeout(void) {
	struct timeval t = {20, 0}, none = {0, 0};
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	int error = of(recv(pair[0], buffer, 1, 0));
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
	return error;
}
static int wait_accept(void) { return of(accept(listener, NULL, NULL)); }
static int wait_waitpid(void) { return of(waitpid(holder, NULL, 0)); }
static int wait_wait(void) { return of(wait(NULL)); }
static int wait_waitid(void) { siginfo_t i; return of(waitid(P_PID, holder, &i, WEXITED)); }
static int wait_flock(void) { return of(flock(lock_fd, LOCK_EX)); }
static int wait_setlkw(void) { struct flock l = {.l_type = F_WRLCK}; return of(fcntl(lock_fd, F_SETLKW, &l)); }
static int wait_open(void) { return of(open(fifo, O_RDONLY)); }
static int wait_sem_wait(void) { sem_t s; sem_init(&s, 0, 0); return of(sem_wait(&s)); }
static int wait_sem_timedwait(void) {
	sem_t s;
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t), t.tv_sec += 20;
	sem_init(&s, 0, 0);
	return of(sem_timedwait(&s, &t));
}
static int wait_poll(void) { struct pollfd p = {empty[0], POLLIN, 0}; return of(poll(&p, 1, 20000)); }
static int wait_ppoll(void) { struct pollfd p = {empty[0], POLLIN, 0}; return of(ppoll(&p, 1, NULL, NULL)); }
static int wait_select(void) { fd_set r; FD_ZERO(&r); FD_SET(empty[0], &r); return of(select(empty[0] + 1, &r, NULL, NULL, NULL)); }
static int wait_pselect(void) { fd_set r; FD_ZERO(&r); FD_SET(empty[0], &r); return of(pselect(empty[0] + 1, &r, NULL, NULL, NULL, NULL)); }
static int wait_epoll(void) { struct epoll_event e; return of(epoll_wait(epoll, &e, 1, -1)); }
static int wait_epoll_pwait(void) { struct epoll_event e; return of(epoll_pwait(epoll, &e, 1, -1, NULL)); }
static int wait_pause(void) { return of(pause()); }
static int wait_sigtimedwait(void) { sigset_t s = set_of(SIGURG, 0); struct timespec t = {20, 0}; return of(sigtimedwait(&s, NULL, &t)); }
static int wait_sigwaitinfo(void) { sigset_t s = set_of(SIGURG, 0); return of(sigwaitinfo(&s, NULL)); }
static int wait_nanosleep(void) { struct timespec t = {20, 0}; return of(nanosleep(&t, &t)); }
static int wait_clock_nanosleep(void) { struct timespec t = {20, 0}; return clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL); }
static int wait_usleep(void) { return of(usleep(20000000)); }
static int wait_sleep(void) { return sleep(20) ? EINTR : 0; }
static int wait_msgrcv(void) { struct { long type; char text[8]; } m; return of(msgrcv(queue, &m, 8, 0, 0)); }
static int wait_semop(void) { struct sembuf b = {0, -1, 0}; return of(semop(sems, &b, 1)); }

static const struct call { const char *name; int (*wait)(void); bool restarts; } calls[] = {
	{"read", wait_read, true}, {"readv", wait_readv, true}, {"write", wait_write, true}, {"recv", wait_recv, true}, {"recvfrom", wait_recvfrom, true},
	{"recvmsg", wait_recvmsg, true}, {"accept", wait_accept, true}, {"waitpid", wait_waitpid, true}, {"wait", wait_wait, true},
	{"waitid", wait_waitid, true}, {"flock", wait_flock, true}, {"fcntl", wait_setlkw, true}, {"open", wait_open, true}, {"sem_wait", wait_sem_wait, true},
	{"sem_timedwait", wait_sem_timedwait, false}, {"recv-timeout", wait_recv_timeout, false}, {"poll", wait_poll, false}, {"ppoll", wait_ppoll, false},
	{"select", wait_select, false}, {"pselect", wait_pselect, false}, {"epoll_wait", wait_epoll, false}, {"epoll_pwait", wait_epoll_pwait, false},
	{"pause", wait_pause, false}, {"sigtimedwait", wait_sigtimedwait, false}, {"sigwaitinfo", wait_sigwaitinfo, false},
	{"nanosleep", wait_nanosleep, false}, {"clock_nanosleep", wait_clock_nanosleep, false}, {"usleep", wait_usleep, false},
	{"sleep", wait_sleep, false}, {"msgrcv", wait_msgrcv, false}, {"semop", wait_semop, false},
};

static void remove_files(void) {
	unlink(file), unlink(fifo), unlink(socket_path);
	msgctl(queue, IPC_RMID, NULL);
	semctl(sems, 0, IPC_RMID);
}

static void prepare(void) {
	sprintf(file, "/tmp/entry-%d.lock", (int)getpid());
	sprintf(fifo, "/tmp/entry-%d.fifo", (int)getpid());
	sprintf(socket_path, "/tmp/entry-%d.sock", (int)getpid());
	check(pipe(full) == 0 && pipe(empty) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	fcntl(full[1], F_SETFL, O_NONBLOCK);
	while (write(full[1], buffer, 4096) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, socket_path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	check(bind(listener, (void *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
	epoll = epoll_create1(0);
	queue = msgget(IPC_PRIVATE, 0600);
	sems = semget(IPC_PRIVATE, 1, 0600);
	unlink(fifo); /* of one that was killed */
	check(mkfifo(fifo, 0600) == 0);
	lock_fd = open(file, O_CREAT | O_RDWR, 0600);
	int held[2];
	char c;
	check(pipe(held) == 0);
	if ((holder = fork()) == 0) { /* holds both locks, and is waited for */
		struct flock l = {.l_type = F_WRLCK};
		int fd = open(file, O_RDWR);
		flock(fd, LOCK_EX);
		fcntl(fd, F_SETLK, &l);
		raw(SYS_write, held[1], (long)"x", 1, 0);
		for (int64_t end = now_ms() + 60000; now_ms() < end && getppid() != 1;)
			raw_sleep(50);
		_exit(0);
	}
	check(read(held[0], &c, 1) == 1);
}

/* Has a handler run, or due, before the call. */
static void arrive(const char *how) {
	runs = fused = 0;
	raw_raise(SIGUSR1);
	if (is(how, "rung")) {
		check(spin(&runs, 10000));
		spin(NULL, 5);
	}
}

static void interrupted(const struct call *call, bool restart, const char *how) {
	bool goes_on = restart && call->restarts;
	arrive(how);
	set_fuse(goes_on ? 200 : 2000);
	int error = call->wait();
	set_fuse(0);
	say("%s: %s%s", call->name, error == EINTR ? "EINTR" : strerror(error), fused ? " after waiting" : runs == 1 ? " at once" : " without the handler");
}

/* All of these can do without waiting what they are asked for. */
static void completing(void) {
	int p[2], s[2];
	char c[4];
	struct pollfd readable, writable;
	struct timespec zero = {0, 0};
	struct epoll_event e = {EPOLLIN, {0}};
	check(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	check(write(p[1], "abcdef", 6) == 6 && write(s[1], "abcdef", 6) == 6);
	readable = (struct pollfd){p[0], POLLIN, 0}, writable = (struct pollfd){p[1], POLLOUT, 0};
	epoll_ctl(epoll, EPOLL_CTL_ADD, p[0], &e);
#define COMPLETES(call) (arrive(NULL), set_fuse(4000), check(call), check(!fused && runs == 1), set_fuse(0))
	COMPLETES(read(p[0], c, 2) == 2 && c[0] == 'a' && c[1] == 'b');
	COMPLETES(write(p[1], "gh", 2) == 2);
	COMPLETES(recv(s[0], c, 3, 0) == 3 && c[2] == 'c');
	COMPLETES(send(s[0], c, 3, 0) == 3);
	COMPLETES(poll(&readable, 1, -1) == 1);
	COMPLETES(poll(&writable, 1, -1) == 1);
	COMPLETES(poll(&writable, 0, 0) == 0);
	COMPLETES(ppoll(&readable, 1, NULL, NULL) == 1);
	COMPLETES(epoll_wait(epoll, &e, 1, -1) == 1);
	fd_set r;
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	COMPLETES(select(p[0] + 1, &r, NULL, NULL, NULL) == 1);
	COMPLETES(nanosleep(&zero, NULL) == 0);
	sem_t sem;
	sem_init(&sem, 0, 2);
	struct timespec past = {1, 0};
	COMPLETES(sem_wait(&sem) == 0);
	COMPLETES(sem_timedwait(&sem, &past) == 0);
	pid_t child = fork();
	if (child == 0)
		_exit(7);
	siginfo_t info;
	int status = 0;
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
	COMPLETES(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
	int client = socket(AF_UNIX, SOCK_STREAM, 0), served = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, socket_path);
	COMPLETES(connect(client, (void *)&address, sizeof address) == 0);
	COMPLETES((served = accept(listener, NULL, NULL)) >= 0);
	COMPLETES(send(client, "x", 1, 0) == 1);
	sigset_t urgent = set_of(SIGURG, 0);
	sigprocmask(SIG_BLOCK, &urgent, NULL);
	raise(SIGURG);
	COMPLETES(sigwaitinfo(&urgent, NULL) == SIGURG);
	int other = fileno(tmpfile());
	struct flock unlocked = {.l_type = F_WRLCK};
	COMPLETES(fcntl(other, F_SETLKW, &unlocked) == 0);
	COMPLETES(open("/dev/null", O_RDONLY) >= 0);
}

/* More than the pipe takes: what went in is reported, as to a write that is interrupted. */
static void partial(void) {
	int p[2];
	check(pipe(p) == 0);
	arrive(NULL);
	set_fuse(4000);
	long n = write(p[1], buffer, sizeof buffer);
	set_fuse(0);
	check(n == 65536);
	check(!fused && runs == 1);
}

/* TCP: whatever connect says, the host can find out what became of it. */
static void tcp(void) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), error = 0;
	check(bind(server, (void *)&address, size) == 0 && listen(server, 5) == 0 && getsockname(server, (void *)&address, &size) == 0);
	arrive(NULL);
	if (connect(client, (void *)&address, size)) {
		check(errno == EINTR);
		struct pollfd p = {client, POLLOUT, 0};
		check(poll(&p, 1, 5000) == 1);
		size = sizeof error;
		check(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0);
	}
	check(runs == 1);
	check(send(client, "x", 1, MSG_NOSIGNAL) == 1);
}

int main(int argc, char **argv) {
	const char *name = argc > 1 ? argv[1] : "", *how = argc > 3 ? argv[3] : "";
	bool restart = argc > 2 && is(argv[2], "restart");
	prepare();
	on(SIGUSR1, handler, restart ? SA_RESTART : 0);
	on(SIGALRM, fuse, 0);
	if (is(name, "completes"))
		completing();
	else if (is(name, "partial"))
		partial();
	else if (is(name, "tcp"))
		tcp();
	else
		for (size_t i = 0; i < COUNT(calls); i++)
			if (is(name, "all") || is(name, calls[i].name))
				interrupted(&calls[i], restart, how);
	remove_files();
	raw_kill(holder, SIGKILL);
	return failures ? 1 : is(name, "completes") || is(name, "partial") || is(name, "tcp") ? verdict() : 0;
}
