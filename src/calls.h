/* calls.h: the headers that declare what calls.def names: each row's prototype is checked by the system's own. */
#ifndef SIGTAME_CALLS_H
#define SIGTAME_CALLS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <aio.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <pwd.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <syslog.h>
#include <termios.h>
#include <threads.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <wchar.h>
#include <wordexp.h>

/* Macros of the same names. */
#undef fread_unlocked
#undef fwrite_unlocked
#undef sigmask
#undef sigpause

/* What the headers of an older C library lack. */
#if !__GLIBC_PREREQ(2, 34)
extern pid_t _Fork(void);
extern void closefrom(int first);
extern int close_range(unsigned first, unsigned last, int flags);
extern int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);
#endif
#if !__GLIBC_PREREQ(2, 35)
extern int epoll_pwait2(int fd, struct epoll_event *events, int n, const struct timespec *timeout, const sigset_t *mask);
#endif
#if !__GLIBC_PREREQ(2, 36)
extern int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned flags);
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4U
#endif
/* Numbers that are the same everywhere. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter 426
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* The header names the old variant only where it is still to be linked. */
struct sigvec;

#endif
