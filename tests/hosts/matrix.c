/* matrix CALL restart|plain before|wait: one call that waits, and one signal: "before" is sent when the call is about to be made,
 * other ones by who watches (tests/watch.c). A second process, or thread, supplies what is waited for when it is told to.
 * matrix list: the calls, "name<tab>as shown". */
#include "host.h"
#include "matrix.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigpause */
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <threads.h>

enum { LONG_MS = 30000 };

static struct page *page;
static pid_t second;
static int in = -1, out = -1, file = -1, epoll = -1, other[2], queue_id, semaphore_id, number;
static char buffer[1 << 20], path[64], command[128], *line;
static size_t line_size;
static FILE *stream;
static mqd_t mq;
static pthread_t joined;
static struct iovec one = {buffer, 1}, page_of = {buffer, 4096}, much = {buffer, 100000};
static struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};
static struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &one, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = &one, .msg_iovlen = 1}}};
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct sockaddr_in tcp_address = {.sin_family = AF_INET};
static struct flock whole = {.l_type = F_WRLCK};
static struct pollfd readable;
static struct epoll_event event = {EPOLLIN, {0}};
static struct sembuf take = {0, -1, 0};
static struct timespec long_time = {LONG_MS / 1000, 0}, left;
static struct timeval long_timeval = {LONG_MS / 1000, 0};
static sigset_t no_signals, urgent_set;
static fd_set reads;
static struct { long type; char text[8]; } text = {1, "text"};

/* An error number as errno tells it. */
static int failed(int error) {
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* A result that cannot be known beforehand. */
static int of_result(long result) { return result > 0 ? 1 : -1; }

/* What stdio counts. */
static long or_failed(size_t count) { return count ? (long)count : -1; }

static const struct timespec *until(clockid_t clock) {
	static struct timespec t;
	clock_gettime(clock, &t);
	t.tv_sec += LONG_MS / 1000;
	return &t;
}

/* ---- What is prepared. False: not on this system. ---- */

static bool use(const int fds[2]) {
	in = fds[0], out = fds[1];
	readable = (struct pollfd){in, POLLIN, 0};
	FD_SET(in, &reads);
	return true;
}
static void fill(int fd, size_t size) {
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, buffer, size) > 0)
		;
	fcntl(fd, F_SETFL, 0);
}
static bool give_time(int fd) {
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &long_timeval, sizeof long_timeval);
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &long_timeval, sizeof long_timeval) == 0;
}

static bool empty_pipe(void) { int fds[2]; return pipe(fds) == 0 && use(fds); }
static bool full_pipe(void) { return empty_pipe() && (fill(out, 4096), true); }
static bool two_pipes(void) { return empty_pipe() && pipe(other) == 0; }
static bool full_pipe_file(void) { return full_pipe() && (file = open(path, O_CREAT | O_RDWR, 0600)) >= 0 && ftruncate(file, 4096) == 0; }
static bool terminal(void) {
	int fds[2];
	fds[1] = posix_openpt(O_RDWR | O_NOCTTY);
	if (fds[1] < 0 || grantpt(fds[1]) || unlockpt(fds[1]))
		return false;
	fds[0] = open(ptsname(fds[1]), O_RDWR | O_NOCTTY);
	return fds[0] >= 0 && use(fds);
}
static eventfd_t counted;
static bool event_fd(void) { return (in = eventfd(0, 0)) >= 0; }
static bool full_event_fd(void) { return event_fd() && (out = in) >= 0 && eventfd_write(out, UINT64_MAX - 1) == 0; }
static bool timer_fd(void) { return (in = timerfd_create(CLOCK_MONOTONIC, 0)) >= 0; }
static bool inotify_fd(void) { return (in = inotify_init1(0)) >= 0 && mkdir(path, 0700) == 0 && inotify_add_watch(in, path, IN_ATTRIB) >= 0; }
static bool urgent(void) { return sigprocmask(SIG_BLOCK, &urgent_set, NULL) == 0; }
static bool signal_fd(void) { return urgent() && (in = signalfd(-1, &urgent_set, 0)) >= 0; }
static bool blocked(void) { return mask_one(SIG_BLOCK, SIGUSR1), true; }
static bool blocked_pipe(void) { return empty_pipe() && blocked(); }
static bool empty_epoll(void) { return empty_pipe() && (epoll = epoll_create1(0)) >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, in, &event) == 0; }
static bool blocked_epoll(void) { return empty_epoll() && blocked(); }
static bool fifo(void) { return (unlink(path), mkfifo(path, 0600)) == 0; }
static bool fifo_command(void) { return sprintf(command, "exec cat %s", path), fifo(); }
static bool fifo_popen(void) { return fifo_command() && (stream = popen(command, "r")) != NULL; }
static bool lock_file(void) { return (file = open(path, O_CREAT | O_RDWR, 0600)) >= 0; }

static bool sockets(void) { int fds[2]; return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 && use(fds); }
static bool sockets_timeout(void) { return sockets() && give_time(in) && give_time(out); }
static bool sockets_with_data(void) { return sockets() && write(out, "ab", 2) == 2; }
static bool sockets_with_data_timeout(void) { return sockets_timeout() && write(out, "ab", 2) == 2; }
static bool datagrams(void) { int fds[2]; return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0 && use(fds); }
static bool datagrams_with_data(void) { return datagrams() && write(out, "ab", 2) == 2; }
static bool full_sockets(void) { return sockets() && (fill(out, 4096), fill(out, 1), true); }
static bool full_sockets_timeout(void) { return full_sockets() && give_time(out); }
static bool listener(void) {
	in = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(in, (void *)&address, sizeof address) == 0 && listen(in, 0) == 0;
}
static bool listener_timeout(void) { return listener() && give_time(in); }
static bool full_listener(void) {
	int last;
	if (!listener())
		return false;
	do
		last = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	while (connect(last, (void *)&address, sizeof address) == 0);
	fcntl(out = last, F_SETFL, 0);
	return errno == EAGAIN;
}
static bool full_listener_timeout(void) { return full_listener() && give_time(out); }

/* Where none accepts, the connection after the last that is queued stays under way. */
static bool tcp_listener(int queued) {
	socklen_t size = sizeof tcp_address;
	tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in = socket(AF_INET, SOCK_STREAM, 0);
	return bind(in, (void *)&tcp_address, size) == 0 && listen(in, queued) == 0 && getsockname(in, (void *)&tcp_address, &size) == 0;
}
static bool full_tcp(void) {
	if (!tcp_listener(0))
		return false;
	for (int i = 0; i < 8; i++) {
		int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		struct pollfd p = {s, POLLOUT, 0};
		connect(s, (void *)&tcp_address, sizeof tcp_address);
		if (poll(&p, 1, 200) == 0) {
			out = socket(AF_INET, SOCK_STREAM, 0);
			return true;
		}
	}
	return false;
}
static bool lingering(void) {
	struct linger linger = {1, LONG_MS / 1000};
	if (!tcp_listener(1))
		return false;
	out = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(out, (void *)&tcp_address, sizeof tcp_address))
		return false;
	fill(out, sizeof buffer);
	return setsockopt(out, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0;
}

static bool semaphores(void) { semaphore_id = semget(IPC_PRIVATE, 1, 0600); page->semaphores = semaphore_id + 1; return semaphore_id >= 0; }
static bool queue(void) { queue_id = msgget(IPC_PRIVATE, 0600); page->queue = queue_id + 1; return queue_id >= 0; }
static bool full_queue(void) {
	if (!queue())
		return false;
	while (msgsnd(queue_id, &text, 8, IPC_NOWAIT) == 0)
		;
	return errno == EAGAIN;
}
static bool mqueue(void) {
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
	char name[64];
	sprintf(name, "/matrix-%d", (int)getpid());
	mq = mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
	mq_unlink(name);
	return mq != (mqd_t)-1;
}
static bool full_mqueue(void) { return mqueue() && mq_send(mq, buffer, 8, 0) == 0; }

static bool locked(void) { return pthread_mutex_lock(&page->mutex) == 0; }
static bool reading_stream(void) { return empty_pipe() && (stream = fdopen(in, "r")) != NULL; }
static bool reading_stream_with_data(void) { return reading_stream() && write(out, "ab", 2) == 2; }
static bool writing_stream(void) { return full_pipe() && (stream = fdopen(out, "w")) != NULL && setvbuf(stream, NULL, _IONBF, 0) == 0; }
static bool buffered_stream(void) { return full_pipe() && (stream = fdopen(out, "w")) != NULL && fputs("text", stream) > 0; }

static void await(volatile int *word) {
	while (!*word)
		raw(SYS_futex, (long)word, FUTEX_WAIT, 0, 0);
}
static void tell(volatile int *word) {
	*word = 1;
	raw(SYS_futex, (long)word, FUTEX_WAKE, INT_MAX, 0);
}

static void *ends_when_released(void *unused) {
	await(&page->released);
	return unused;
}
static bool other_thread(void) {
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	joined = thread(ends_when_released, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return true;
}

/* ---- What the second process does: it holds, and later supplies. ---- */

static void hold_flock(void) { flock(open(path, O_RDWR), LOCK_EX); }
static void hold_lock(void) { fcntl(open(path, O_RDWR), F_SETLK, &whole); }
static void put(void) { (void)!write(out, "x\n", 2); }
static void put_event(void) { eventfd_write(in, 1); }
static void take_event(void) { eventfd_read(in, &counted); }
static void set_timer(void) { struct itimerspec now = {.it_value.tv_nsec = 1}; timerfd_settime(in, 0, &now, NULL); }
static void touch(void) { chmod(path, 0755); }
static void send_urgent(void) { kill(getppid(), SIGURG); }
static void drain(void) {
	close(out);
	while (read(in, buffer, sizeof buffer) > 0)
		;
}
static void open_fifo(void) { close(open(path, O_WRONLY)); }
static void read_fifo(void) { close(open(path, O_RDONLY)); }
static void connect_to(void) { connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof address); }
static void accept_all(void) {
	while (accept(in, NULL, NULL) >= 0)
		;
}
static void post(void) { sem_post(&page->sem); }
static void give(void) { struct sembuf b = {0, 1, 0}; semop(semaphore_id, &b, 1); }
static void put_text(void) { msgsnd(queue_id, &text, 8, 0); }
static void get_texts(void) { msgrcv(queue_id, &text, 8, 0, 0); }
static void put_mq(void) { mq_send(mq, buffer, 8, 0); }
static void get_mq(void) { mq_receive(mq, buffer, 8, NULL); }
static void signal_cond(void) {
	pthread_mutex_lock(&page->mutex);
	pthread_cond_signal(&page->cond);
	pthread_mutex_unlock(&page->mutex);
}
static void reach_barrier(void) { pthread_barrier_wait(&page->barrier); }
static void nothing_more(void) {}

/* ---- The table. ---- */

#define NOTHING NULL
#define NOTHING_MORE nothing_more
#define CELL(name, shown, prepare, call, hold, supply, result) static long call_##name(void) { return call; }
#include "matrix.def"

static const struct cell {
	const char *name, *shown;
	bool (*prepare)(void);
	long (*call)(void);
	void (*hold)(void);
	void (*supply)(void);
	long result;
} cells[] = {
#define CELL(name, shown, prepare, call, hold, supply, result) {#name, shown, prepare, call_##name, hold, supply, result},
#include "matrix.def"
};

static void handler(int sig) { (void)sig, page->runs++; }

static void start_second(const struct cell *cell) {
	second = fork();
	if (second) {
		await(&page->holds);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (cell->hold)
		cell->hold();
	tell(&page->holds);
	await(&page->released);
	cell->supply();
	_exit(0);
}

static void share(void) {
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;
	pthread_barrierattr_t barrier;
	page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE_FD, 0);
	if (page == MAP_FAILED)
		exit(125);
	sem_init(&page->sem, 1, 0);
	pthread_mutexattr_init(&mutex), pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED), pthread_mutex_init(&page->mutex, &mutex);
	pthread_condattr_init(&cond), pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED), pthread_cond_init(&page->cond, &cond);
	pthread_barrierattr_init(&barrier), pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED), pthread_barrier_init(&page->barrier, &barrier, 2);
}

static void run(const struct cell *cell, bool restart, bool before) {
	share();
	sprintf(path, "matrix-%d", (int)getpid());
	sprintf(address.sun_path, "matrix-%d", (int)getpid());
	sigemptyset(&no_signals);
	urgent_set = set_of(SIGURG, 0);
	page->wanted = cell->result;
	page->cannot_supply = !cell->supply;
	on(SIGUSR1, handler, restart ? SA_RESTART : 0);
	if (cell->prepare && !cell->prepare()) {
		page->stage = CANNOT;
		return;
	}
	if (cell->supply)
		start_second(cell);
	page->stage = CALLING;
	if (page->stops)
		raw_kill(raw_getpid(), SIGSTOP);
	if (before)
		raw_kill(raw_getpid(), SIGUSR1);
	errno = 0;
	long result = cell->call();
	page->error = result == -1 ? errno : 0;
	page->result = result;
	page->stage = CALLED;
}

int main(int argc, char **argv) {
	for (size_t i = 0; i < COUNT(cells); i++)
		if (argc == 2 && is(argv[1], "list"))
			printf("%s\t%s\n", cells[i].name, cells[i].shown);
		else if (argc == 4 && is(argv[1], cells[i].name))
			run(&cells[i], is(argv[2], "restart"), is(argv[3], "before"));
	return 0;
}
