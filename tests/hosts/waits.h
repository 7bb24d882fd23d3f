/* waits.h: the calls that wait, one row each: how to set the stage, and the call.
 * Included by one source file each (race_wait.c, step_wait.c). */
#ifndef WAITS_H
#define WAITS_H

#include "pair.h"
#include <poll.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

/* What the waits wait for. In shared memory, so that the second process can end a wait. */
struct stage {
	sem_t sem;
	int in, out;   /* the host waits on in; what is written to out ends it */
	char name[32]; /* of the listening socket */
	pid_t child;
};

struct wait {
	const char *name;
	int (*call)(struct stage *);    /* -1 with EINTR: interrupted; >= 0: completed */
	int (*prepare)(struct stage *); /* -1: not on this system */
	int (*feed)(struct stage *);    /* makes the wait complete; from either process */
	void (*reset)(struct stage *);  /* undoes what a completed one left */
	bool restarts;                  /* signal(7) restarts it under SA_RESTART */
	bool keeps;                     /* completing it does not use up what was fed */
};

static int stage_pipe(struct stage *s) {
	int fd[2];
	if (pipe(fd))
		return -1;
	s->in = fd[0], s->out = fd[1];
	return 0;
}

static int stage_sockets(struct stage *s) {
	int fd[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -1;
	s->in = fd[0], s->out = fd[1];
	return 0;
}

static void fill(int fd) {
	static char block[4096];
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (size_t size = sizeof block; size; size /= 2)
		while (write(fd, block, size) > 0)
			;
	fcntl(fd, F_SETFL, 0);
}

static int stage_full_pipe(struct stage *s) {
	if (stage_pipe(s))
		return -1;
	fill(s->out);
	return 0;
}

static int stage_full_socket(struct stage *s) {
	if (stage_sockets(s))
		return -1;
	fill(s->out);
	return 0;
}

static int stage_sem(struct stage *s) {
	return sem_init(&s->sem, 1, 0);
}

static int stage_child(struct stage *s) {
	pid_t host = getpid(), child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == host)
			sleep(1000);
		_exit(0);
	}
	s->child = child;
	return child < 0 ? -1 : 0;
}

static socklen_t stage_address(const struct stage *s, struct sockaddr_un *address) {
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	strcpy(address->sun_path + 1, s->name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(s->name));
}

static int stage_listen_for(struct stage *s, int backlog) {
	struct sockaddr_un address;
	snprintf(s->name, sizeof s->name, "sigtame-wait-%d", (int)getpid());
	socklen_t size = stage_address(s, &address);
	s->in = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(s->in, (struct sockaddr *)&address, size) ? -1 : listen(s->in, backlog);
}

static int stage_listen(struct stage *s) {
	return stage_listen_for(s, 64);
}

static int stage_connect(const struct stage *s, int flags) {
	struct sockaddr_un address;
	socklen_t size = stage_address(s, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | flags, 0);
	if (!connect(fd, (struct sockaddr *)&address, size))
		return fd;
	close(fd);
	return -1;
}

static int stage_full_listen(struct stage *s) {
	if (stage_listen_for(s, 0))
		return -1;
	while (stage_connect(s, SOCK_NONBLOCK) >= 0)
		;
	return 0;
}

static int stage_epoll(struct stage *s) {
	struct epoll_event event = {.events = EPOLLIN};
	if (stage_pipe(s))
		return -1;
	int fd = epoll_create1(0);
	if (epoll_ctl(fd, EPOLL_CTL_ADD, s->in, &event))
		return -1;
	s->in = fd;
	return 0;
}

/* Two open file descriptions of one file: in is locked, out waits for it. */
static int stage_lock(struct stage *s) {
	char path[40];
	s->in = memfd_create("lock", 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", s->in);
	s->out = open(path, O_RDWR);
	struct flock lock = {.l_type = F_WRLCK};
	return s->out < 0 || flock(s->in, LOCK_EX) || fcntl(s->in, F_OFD_SETLK, &lock) ? -1 : 0;
}

static int stage_fifo(struct stage *s) {
	char path[] = "/tmp/sigtame-wait-XXXXXX", fifo[40];
	if (!mkdtemp(path))
		return -1;
	snprintf(fifo, sizeof fifo, "%s/f", path);
	s->in = mkfifo(fifo, 0600) ? -1 : open(fifo, O_PATH);
	unlink(fifo);
	rmdir(path);
	return s->in < 0 ? -1 : 0;
}

static int stage_stream(struct stage *s) {
	if (stage_pipe(s))
		return -1;
	return dup2(s->in, 0);
}

static int stage_other_signal(struct stage *s) {
	(void)s;
	sigset_t other;
	sigemptyset(&other);
	sigaddset(&other, SIGRTMIN + 5);
	return sigprocmask(SIG_BLOCK, &other, NULL);
}

static int stage_nothing(struct stage *s) {
	(void)s;
	return 0;
}

static int feed_byte(struct stage *s) {
	return write(s->out, "\n", 1) == 1 ? 0 : -1;
}
static int feed_sem(struct stage *s) {
	return sem_post(&s->sem);
}

static int feed_connection(struct stage *s) {
	int fd = stage_connect(s, 0);
	return close(fd);
}

/* A write to a pipe waits until a whole page of it is free. */
static int feed_room(struct stage *s) {
	static char block[4096];
	return read(s->in, block, sizeof block) > 0 ? 0 : -1;
}

static void reset_room(struct stage *s) {
	fill(s->out);
}

static const sigset_t no_signals;
static const struct timespec long_time = {.tv_sec = 1000};

static struct timespec long_deadline(clockid_t clock) {
	struct timespec deadline;
	clock_gettime(clock, &deadline);
	deadline.tv_sec += 1000;
	return deadline;
}

static struct pollfd pollfd_of(struct stage *s) {
	return (struct pollfd){.fd = s->in, .events = POLLIN};
}

static int wait_poll(struct stage *s) {
	struct pollfd one = pollfd_of(s);
	return poll(&one, 1, -1);
}

static int wait_ppoll(struct stage *s) {
	struct pollfd one = pollfd_of(s);
	return ppoll(&one, 1, NULL, &no_signals);
}

static int wait_select(struct stage *s) {
	fd_set set;
	FD_ZERO(&set);
	FD_SET(s->in, &set);
	return select(s->in + 1, &set, NULL, NULL, NULL);
}

static int wait_pselect(struct stage *s) {
	fd_set set;
	FD_ZERO(&set);
	FD_SET(s->in, &set);
	return pselect(s->in + 1, &set, NULL, NULL, NULL, &no_signals);
}

static int wait_epoll_wait(struct stage *s) {
	struct epoll_event event;
	return epoll_wait(s->in, &event, 1, -1);
}

static int wait_epoll_pwait(struct stage *s) {
	struct epoll_event event;
	return epoll_pwait(s->in, &event, 1, -1, &no_signals);
}

static int wait_pause(struct stage *s) {
	(void)s;
	return pause();
}

static int wait_sigsuspend(struct stage *s) {
	(void)s;
	return sigsuspend(&no_signals);
}

static int wait_sigwaitinfo(struct stage *s) {
	(void)s;
	sigset_t other;
	sigemptyset(&other);
	sigaddset(&other, SIGRTMIN + 5);
	return sigwaitinfo(&other, NULL);
}

static int wait_sigtimedwait(struct stage *s) {
	(void)s;
	sigset_t other;
	sigemptyset(&other);
	sigaddset(&other, SIGRTMIN + 5);
	return sigtimedwait(&other, NULL, &long_time);
}

static int wait_nanosleep(struct stage *s) {
	(void)s;
	return nanosleep(&long_time, NULL);
}

static int wait_clock_nanosleep(struct stage *s) {
	(void)s;
	errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
	return errno ? -1 : 0;
}

static int wait_sleep(struct stage *s) {
	(void)s;
	errno = EINTR;
	return sleep(1000) ? -1 : 0;
}

static int wait_usleep(struct stage *s) {
	(void)s;
	return usleep(900000000);
}

static int wait_read(struct stage *s) {
	char byte;
	return (int)read(s->in, &byte, 1);
}

static int wait_readv(struct stage *s) {
	char byte;
	struct iovec part = {&byte, 1};
	return (int)readv(s->in, &part, 1);
}

static int wait_recv(struct stage *s) {
	char byte;
	return (int)recv(s->in, &byte, 1, 0);
}

static int wait_recvfrom(struct stage *s) {
	char byte;
	return (int)recvfrom(s->in, &byte, 1, 0, NULL, NULL);
}

static int wait_recvmsg(struct stage *s) {
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return (int)recvmsg(s->in, &message, 0);
}

static int wait_fgets(struct stage *s) {
	(void)s;
	char line[4];
	if (fgets(line, sizeof line, stdin))
		return 1;
	int reason = errno;
	clearerr(stdin);
	errno = reason;
	return -1;
}

static int wait_write(struct stage *s) {
	return (int)write(s->out, "", 1);
}
static int wait_send(struct stage *s) {
	return (int)send(s->out, "", 1, 0);
}

static int close_if(int fd) {
	return fd < 0 ? -1 : close(fd);
}
static int wait_accept(struct stage *s) {
	return close_if(accept(s->in, NULL, NULL));
}
static int wait_accept4(struct stage *s) {
	return close_if(accept4(s->in, NULL, NULL, SOCK_CLOEXEC));
}

/* A socket for each try would be a call between the test of the flag and the wait. */
static int wait_connect(struct stage *s) {
	static struct sockaddr_un address;
	static socklen_t size;
	static int fd = -1;
	if (fd < 0) {
		size = stage_address(s, &address);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
	}
	return connect(fd, (struct sockaddr *)&address, size);
}

static int wait_open(struct stage *s) {
	static char path[40];
	if (!path[0])
		snprintf(path, sizeof path, "/proc/self/fd/%d", s->in);
	return open(path, O_RDONLY);
}

static int wait_flock(struct stage *s) {
	return flock(s->out, LOCK_EX);
}

static int wait_fcntl(struct stage *s) {
	struct flock lock = {.l_type = F_WRLCK};
	return fcntl(s->out, F_OFD_SETLKW, &lock);
}

static int wait_wait(struct stage *s) {
	(void)s;
	return wait(NULL);
}

static int wait_waitpid(struct stage *s) {
	return waitpid(s->child, NULL, 0);
}

static int wait_waitid(struct stage *s) {
	siginfo_t info;
	return waitid(P_PID, (id_t)s->child, &info, WEXITED);
}

static int wait_sem_wait(struct stage *s) {
	return sem_wait(&s->sem);
}

static int wait_sem_timedwait(struct stage *s) {
	static struct timespec deadline;
	if (!deadline.tv_sec)
		deadline = long_deadline(CLOCK_REALTIME);
	return sem_timedwait(&s->sem, &deadline);
}

static const struct wait waits[] = {
	{"poll", wait_poll, stage_pipe, feed_byte, NULL, false, true},
	{"read", wait_read, stage_pipe, feed_byte, NULL, true, false},
	{"pause", wait_pause, stage_nothing, NULL, NULL, false, false},
	{"sem_wait", wait_sem_wait, stage_sem, feed_sem, NULL, true, false},
	{"select", wait_select, stage_pipe, feed_byte, NULL, false, true},
	{"epoll_wait", wait_epoll_wait, stage_epoll, feed_byte, NULL, false, true},
	{"nanosleep", wait_nanosleep, stage_nothing, NULL, NULL, false, false},
	{"accept", wait_accept, stage_listen, feed_connection, NULL, true, false},
	{"sigsuspend", wait_sigsuspend, stage_nothing, NULL, NULL, false, false},
	{"ppoll", wait_ppoll, stage_pipe, feed_byte, NULL, false, true},
	{"pselect", wait_pselect, stage_pipe, feed_byte, NULL, false, true},
	{"epoll_pwait", wait_epoll_pwait, stage_epoll, feed_byte, NULL, false, true},
	{"readv", wait_readv, stage_pipe, feed_byte, NULL, true, false},
	{"recv", wait_recv, stage_sockets, feed_byte, NULL, true, false},
	{"recvfrom", wait_recvfrom, stage_sockets, feed_byte, NULL, true, false},
	{"recvmsg", wait_recvmsg, stage_sockets, feed_byte, NULL, true, false},
	{"accept4", wait_accept4, stage_listen, feed_connection, NULL, true, false},
	{"write", wait_write, stage_full_pipe, feed_room, reset_room, true, false},
	{"send", wait_send, stage_full_socket, NULL, NULL, true, false},
	{"connect", wait_connect, stage_full_listen, NULL, NULL, true, false},
	{"open", wait_open, stage_fifo, NULL, NULL, true, false},
	{"flock", wait_flock, stage_lock, NULL, NULL, true, false},
	{"fcntl", wait_fcntl, stage_lock, NULL, NULL, true, false},
	{"wait", wait_wait, stage_child, NULL, NULL, true, false},
	{"waitpid", wait_waitpid, stage_child, NULL, NULL, true, false},
	{"waitid", wait_waitid, stage_child, NULL, NULL, true, false},
	{"sem_timedwait", wait_sem_timedwait, stage_sem, feed_sem, NULL, false, false},
	{"sigwaitinfo", wait_sigwaitinfo, stage_other_signal, NULL, NULL, false, false},
	{"sigtimedwait", wait_sigtimedwait, stage_other_signal, NULL, NULL, false, false},
	{"clock_nanosleep", wait_clock_nanosleep, stage_nothing, NULL, NULL, false, false},
	{"sleep", wait_sleep, stage_nothing, NULL, NULL, false, false},
	{"usleep", wait_usleep, stage_nothing, NULL, NULL, false, false},
	{"fgets", wait_fgets, stage_stream, feed_byte, NULL, true, false},
};

static inline const struct wait *wait_named(const char *name) {
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
		if (!strcmp(waits[i].name, name))
			return &waits[i];
	return NULL;
}

#endif
