/* "For a signal in SIGTAME_DEFER, the handler that the kernel calls only records the arrival. The host's handler runs at its next safe point." */
#include "host.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

static volatile sig_atomic_t runs;
static int fds[2], pair[2], epoll;
static pthread_t other;

static void handler(int sig) { (void)sig, runs++; }

static void call_write(void) { check(write(fds[1], "x", 1) == 1); }
static void call_read(void) { char c; check(read(fds[0], &c, 1) == 1); }
static void call_writev(void) { struct iovec v = {"x", 1}; check(writev(fds[1], &v, 1) == 1); }
static void call_readv(void) { char c; struct iovec v = {&c, 1}; check(readv(fds[0], &v, 1) == 1); }
static void call_poll(void) { struct pollfd p = {fds[1], POLLOUT, 0}; check(poll(&p, 1, -1) == 1); }
static void call_select(void) { fd_set w; FD_ZERO(&w); FD_SET(fds[1], &w); check(select(fds[1] + 1, NULL, &w, NULL, NULL) == 1); }
static void call_epoll(void) { struct epoll_event e; check(epoll_wait(epoll, &e, 1, -1) == 1); }
static void call_send(void) { check(send(pair[0], "x", 1, 0) == 1); }
static void call_recv(void) { char c; check(recv(pair[1], &c, 1, 0) == 1); }
static void call_open(void) { int fd = open("/dev/null", O_RDONLY); check(fd >= 0); raw(SYS_close, fd, 0, 0, 0); }
static void call_close(void) { int fd = (int)raw(SYS_dup, 0, 0, 0, 0); check(close(fd) == 0); }
static void call_waitpid(void) { check(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD); }
static void call_kill(void) { check(kill(getpid(), 0) == 0); }
static void call_sigmask(void) { check(sigprocmask(SIG_BLOCK, NULL, NULL) == 0); }
static void call_sigaction(void) { on(SIGUSR2, handler, 0); }
static void call_signal(void) { check(signal(SIGUSR2, handler) != SIG_ERR); }
static void call_sigpending(void) { sigset_t s; check(sigpending(&s) == 0); check(!sigismember(&s, SIGUSR1)); }
static void call_nanosleep(void) { struct timespec t = {0, 300000000}; check(nanosleep(&t, NULL) == -1 && errno == EINTR); }
static void call_usleep(void) { check(usleep(300000) == -1 && errno == EINTR); }
static void call_sleep(void) { check(sleep(2) > 0); }
static void call_flock(void) { check(fcntl(fds[0], F_GETFD) >= 0); struct flock l = {.l_type = F_WRLCK}; fcntl(1, F_SETLKW, &l); }
static void call_alarm(void) { alarm(0); }
static void call_look(void) { struct sigaction old; check(sigaction(SIGUSR2, NULL, &old) == 0); }
static void call_siginterrupt(void) { check(siginterrupt(SIGUSR2, 1) == 0); }
static void call_raise(void) { check(raise(0) == 0); }
static void call_pthread_kill(void) { check(pthread_kill(other, 0) == 0); }
static void call_setcancelstate(void) { check(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL) == 0); }
static void call_pthread_cancel(void) { check(pthread_cancel(other) == 0); }
static void call_pthread_join(void) { check(pthread_join(other, NULL) == 0); }

static const struct { const char *name; void (*make)(void); } calls[] = {
	{"write", call_write}, {"read", call_read}, {"writev", call_writev}, {"readv", call_readv}, {"poll", call_poll}, {"select", call_select},
	{"epoll_wait", call_epoll}, {"send", call_send}, {"recv", call_recv}, {"open", call_open}, {"close", call_close}, {"waitpid", call_waitpid},
	{"kill", call_kill}, {"sigprocmask", call_sigmask}, {"sigaction", call_sigaction}, {"signal", call_signal}, {"sigpending", call_sigpending},
	{"nanosleep", call_nanosleep}, {"usleep", call_usleep}, {"sleep", call_sleep}, {"fcntl", call_flock}, {"alarm", call_alarm},
	{"sigaction for a look", call_look}, {"siginterrupt", call_siginterrupt}, {"raise", call_raise}, {"pthread_kill", call_pthread_kill},
	{"pthread_setcancelstate", call_setcancelstate}, {"pthread_cancel", call_pthread_cancel}, {"pthread_join", call_pthread_join},
};

static void *waits(void *unused) {
	mask_one(SIG_BLOCK, SIGUSR1);
	poll(NULL, 0, -1);
	return unused;
}

int main(void) {
	struct epoll_event ready = {EPOLLOUT, {0}};
	check(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && (epoll = epoll_create1(0)) >= 0);
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &ready) == 0);
	on(SIGUSR1, handler, 0);
	other = thread(waits, NULL);
	for (size_t i = 0; i < COUNT(calls); i++) {
		runs = 0;
		raw_raise(SIGUSR1);
		check_case(calls[i].name, runs == 0);
		calls[i].make();
		check_case(calls[i].name, runs == 1);
		check_case(calls[i].name, is(kernel_mask_text(), ""));
	}
	return verdict();
}
