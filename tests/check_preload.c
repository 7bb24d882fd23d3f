/* check_preload.c: what the contract says, host by host: each row of the table is a test case of that name.
 *
 * Each row runs a program of tests/hosts with the library, and compares its output, its end and sigtame's own lines with what is
 * expected; a second test runs it with SIGTAME_PROFILE=posix, which must make no difference to running it without the library.
 * Arguments: parts of names; only those rows are run then, one by one. Reads LIBSIGTAME and HOSTS. */
#include "harness.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum native {
	SAME,    /* output and end are those without the library */
	DIFFERS, /* they are as given here, and without the library they are not */
	ALONE,   /* they are as given here; without the library nothing can be said */
};

struct row {
	const char *name, *command, *environment;
	enum native native;
	const char *out;
	int status;
	const char *err; /* one line for each line of sigtame's, with the parts to find there between bars; NULL: it says nothing */
	int state;
	bool not_posix; /* without the library it waits long, or its output is chance */
};

#define ROW(n, c, e, how, o, s, ...) {.name = n, .command = c, .environment = e, .native = how, .out = o, .status = s, __VA_ARGS__}
#define SAME(name, command, environment, ...) ROW(name, command, environment, SAME, NULL, 0, __VA_ARGS__)
#define DIFFERS(name, command, environment, out, status, ...) ROW(name, command, environment, DIFFERS, out, status, __VA_ARGS__)
#define ALONE(name, command, environment, out, status, ...) ROW(name, command, environment, ALONE, out, status, .not_posix = true, __VA_ARGS__)
#define OK "ok\n"
#define DIED(sig) (-(sig))

/* No rung: what is held stays held. */
#define HELD "SIGTAME_TEXT_AFTER=never SIGTAME_FORCE_AFTER=never"
#define LEAVE " SIGTAME_CHILDREN=leave"
#define WAKEUP HELD " SIGTAME_WAKEUP_FD=7"
#define PYTHON "SIGTAME_PROFILE=python"

/* entry.c: all calls, with what each row of it expects. */
#define NEVER_RESTARTED \
	"sem_timedwait: EINTR at once\nrecv-timeout: EINTR at once\npoll: EINTR at once\nppoll: EINTR at once\nselect: EINTR at once\n" \
	"pselect: EINTR at once\nepoll_wait: EINTR at once\nepoll_pwait: EINTR at once\npause: EINTR at once\nsigtimedwait: EINTR at once\n" \
	"sigwaitinfo: EINTR at once\nnanosleep: EINTR at once\nclock_nanosleep: EINTR at once\nusleep: EINTR at once\n" \
	"sleep: EINTR at once\nmsgrcv: EINTR at once\nsemop: EINTR at once\n"
#define ALL_INTERRUPTED \
	"read: EINTR at once\nreadv: EINTR at once\nwrite: EINTR at once\nrecv: EINTR at once\nrecvfrom: EINTR at once\n" \
	"recvmsg: EINTR at once\naccept: EINTR at once\nwaitpid: EINTR at once\nwait: EINTR at once\nwaitid: EINTR at once\n" \
	"flock: EINTR at once\nfcntl: EINTR at once\nopen: EINTR at once\nsem_wait: EINTR at once\n" NEVER_RESTARTED
#define SOME_RESTARTED \
	"read: EINTR after waiting\nreadv: EINTR after waiting\nwrite: EINTR after waiting\nrecv: EINTR after waiting\n" \
	"recvfrom: EINTR after waiting\nrecvmsg: EINTR after waiting\naccept: EINTR after waiting\nwaitpid: EINTR after waiting\n" \
	"wait: EINTR after waiting\nwaitid: EINTR after waiting\nflock: EINTR after waiting\nfcntl: EINTR after waiting\n" \
	"open: EINTR after waiting\nsem_wait: EINTR after waiting\n" NEVER_RESTARTED

static const struct row rows[] = {
	/* Deferral */
	DIFFERS("held-until-a-call", "held", HELD, OK, 0),
	DIFFERS("held-fortified", "hello 10 12 34", HELD, "active\n10 held\n12 held\n34 held\n", 0),
	SAME("fortified-calls", "fortify", HELD),
	SAME("siginfo-held", "siginfo", HELD),
	SAME("siginfo", "siginfo", NULL),
	SAME("siginfo-python", "siginfo", PYTHON),
	SAME("context-held", "context", HELD),
	SAME("context", "context", "SIGTAME_TEXT_AFTER=0"),
	SAME("context-edited", "context edit", HELD),
	SAME("context-autodisarm", "context autodisarm", HELD),
	DIFFERS("errno-kept", "context errno", HELD, OK, 0),
	SAME("handler-siglongjmp", "handlers jump", HELD),
	SAME("handler-siglongjmp-text", "handlers jump", "SIGTAME_TEXT_AFTER=0"),
	SAME("handler-siglongjmp-wait", "handlers jump-wait", HELD),
	SAME("handler-exit", "handlers exit", HELD),
	SAME("handler-_exit", "handlers _exit", HELD),
	SAME("handler-dies", "handlers die", HELD),
	SAME("handler-aborts", "handlers abort", HELD),
	SAME("handler-fork", "handlers fork", HELD),
	SAME("handler-fork-returns", "handlers fork-return", HELD),
	SAME("handler-installs", "handlers install", HELD),
	SAME("handler-ignores", "handlers ignore", HELD),
	SAME("handler-exec", "handlers exec", HELD),
	SAME("handler-exec-leave", "handlers exec", HELD LEAVE),
	SAME("handler-popen", "handlers spawn", HELD),
	SAME("handler-prints", "handlers print", HELD),
	DIFFERS("reenter-wait", "reenter_wait", HELD, "inside: 0\n", 0, .not_posix = true),
	SAME("reenter-handler-exit-thread", "handlers print", "SIGTAME_TEXT_AFTER=0 SIGTAME_THREAD=receiver"),

	/* Coalescing and queues */
	DIFFERS("standard-coalesce", "queue coalesce", HELD, OK, 0),
	SAME("queued-10000", "queue outside", HELD),
	SAME("queued-10000-rungs", "queue outside", NULL),
	SAME("queued-10000-python", "queue outside", PYTHON),
	SAME("lowest-first-blocked", "queue lowest-blocked", HELD),
	DIFFERS("lowest-first-held", "queue lowest-held", HELD, OK, 0),
	DIFFERS("one-ends-before-the-next", "queue lowest-nested", HELD, OK, 0),
	DIFFERS("one-ends-before-the-next-slow", "queue lowest-slow", NULL, OK, 0),
	DIFFERS("one-ends-before-the-next-slow-python", "queue lowest-slow", PYTHON, OK, 0),
	SAME("standard-within-queued", "queue standard-within", PYTHON),
	SAME("queued-storm", "queue storm", NULL, .not_posix = true),
	SAME("queued-storm-text", "queue storm", "SIGTAME_TEXT_AFTER=0", .not_posix = true),
	ALONE("queue-full", "queue full", HELD, "refused: some\nok\n", 0), /* the limit is the user's: natively others decide */
	SAME("queue-full-blocked", "queue full-blocked", HELD),

	/* A call with a handler due */
	DIFFERS("entry-read", "entry read norestart", HELD, "read: EINTR at once\n", 0),
	DIFFERS("entry-poll-restart", "entry poll restart", HELD, "poll: EINTR at once\n", 0, .not_posix = true),
	ALONE("entry-all", "entry all norestart", HELD, ALL_INTERRUPTED, 0),
	ALONE("entry-all-restart", "entry all restart", HELD, SOME_RESTARTED, 0),
	ALONE("entry-after-rung", "entry all norestart rung", "SIGTAME_TEXT_AFTER=0", ALL_INTERRUPTED, 0),
	ALONE("entry-after-late-rung", "entry all norestart rung", "SIGTAME_TEXT_AFTER=10ms", ALL_INTERRUPTED, 0),
	ALONE("entry-after-rung-restart", "entry all restart rung", "SIGTAME_TEXT_AFTER=0", SOME_RESTARTED, 0),
	SAME("entry-completes", "entry completes norestart", HELD),
	SAME("entry-completes-restart", "entry completes restart", HELD),
	SAME("entry-completes-rung", "entry completes norestart", "SIGTAME_TEXT_AFTER=0"),
	DIFFERS("entry-partial-write", "entry partial norestart", HELD, OK, 0, .not_posix = true),
	SAME("entry-connect", "entry tcp norestart", HELD),
	SAME("entry-connect-restart", "entry tcp restart", HELD),
	DIFFERS("window-read", "window read", NULL, "slept over: 0\n", 0, .not_posix = true),
	DIFFERS("window-poll", "window poll", NULL, "slept over: 0\n", 0, .not_posix = true),
	DIFFERS("window-pause", "window pause", NULL, "slept over: 0\n", 0, .not_posix = true),
	DIFFERS("window-select", "window select", NULL, "slept over: 0\n", 0, .not_posix = true),
	DIFFERS("window-nanosleep", "window nanosleep", NULL, "slept over: 0\n", 0, .not_posix = true),
	ALONE("window-pause-python", "window pause", PYTHON, "slept over: 0\n", 0),
	SAME("to-itself", "toself", HELD),
	SAME("to-itself-real-time", "toself rt", HELD),
	SAME("to-itself-thread", "toself thread", HELD),
	SAME("to-itself-from-faults", "toself faults", HELD),
	SAME("to-itself-from-faults-python", "toself faults", PYTHON),
	SAME("to-itself-receiver", "toself thread", "SIGTAME_THREAD=receiver"),
	SAME("before-the-end-return", "ending return", HELD),
	SAME("before-the-end-exit", "ending exit", HELD),
	SAME("before-the-end-_exit", "ending _exit", HELD),
	SAME("before-the-end-_Exit", "ending _Exit", HELD),
	SAME("before-the-end-quick_exit", "ending quick_exit", HELD),
	SAME("before-the-end-abort", "ending abort", HELD),
	SAME("before-the-end-pthread_exit", "ending pthread_exit", HELD),
	SAME("before-the-end-exec", "ending exec", HELD),
	SAME("before-the-end-strict", "ending strict", ""),

	/* Dispositions */
	DIFFERS("disposition-new", "disposition new", HELD, "new: old - new ran mask []\nok\n", 0),
	DIFFERS("disposition-ignore", "disposition ignore", HELD, "ignore: old - new - mask []\nok\n", 0),
	DIFFERS("disposition-default", "disposition default", HELD, "default: old - new - mask []\nok\n", 0),
	SAME("disposition-set-runs-first", "disposition main", HELD),
	SAME("disposition-blocked-default", "disposition blocked-default", HELD),
	SAME("disposition-blocked-ignore", "disposition blocked-ignore", HELD),
	SAME("disposition-blocked-new", "disposition blocked-new", HELD),
	SAME("disposition-in-handler-ignore", "disposition handler-ignore", HELD),
	SAME("disposition-in-handler-default", "disposition handler-default", HELD),

	/* Every entry point */
	DIFFERS("names-setters", "names setters", HELD,
		"__sigaction: held, runs 1 mask []\nsignal: held, runs 1 mask []\nbsd_signal: held, runs 1 mask []\nssignal: held, runs 1 mask []\n"
		"sysv_signal: held, runs 1 mask []\n__sysv_signal: held, runs 1 mask []\nsigset: held, runs 1 mask []\n"
		"sigset after SIG_HOLD: held, runs 1 mask []\nsigignore: held, runs 0 mask []\nok\n", 0),
	DIFFERS("names-masks", "names masks", HELD, "sigblock: held, runs 0 mask [10]\nsigsetmask: held, runs 1 mask [12]\n"
		"sighold: held, runs 0 mask [10]\nsigrelse: held, runs 1 mask []\nok\n", 0),
	SAME("names-pauses", "names pauses", HELD),
#if defined __x86_64__ && !defined __ILP32__
	DIFFERS("names-versions", "names versions", HELD, "sigvec: held, runs 1 mask []\npthread_sigmask: held, runs 0 mask [10]\n"
		"timer: Interrupted system call, runs 1\ntimer, old: Interrupted system call, runs 1\ntimer, oldest: Interrupted system call, runs 1\n"
		"posix_spawn: Exec format error\nposix_spawn, old: exit 5\nok\n", 0),
#endif
	DIFFERS("by-number-dispositions", "bynumber dispositions", HELD, "rt_sigaction: held\nok\n", 0),
	SAME("by-number-masks", "bynumber masks", HELD),
	SAME("by-number-sends", "bynumber sends", HELD),
	SAME("by-number-waits", "bynumber waits", HELD),
	SAME("by-number-processes", "bynumber processes", HELD),
	ALONE("by-number-vfork", "bynumber processes before", HELD, OK, 0),
	SAME("by-number-execve", "bynumber execve", HELD),
	SAME("by-number-exit", "bynumber exit_group", HELD),

	/* Single calls */
	SAME("single-owner", "single owner", HELD),
	SAME("single-open", "single open", HELD),
	SAME("single-close-cancelled", "single close-cancelled", HELD),
	SAME("single-locks", "single locks", HELD),
	SAME("single-nowhere", "single nowhere", HELD),
	SAME("single-nowhere-traced", "single nowhere", HELD " SIGTAME_TRACE=/tmp/sigtame-check-trace-single"),
	SAME("single-close-cancelled-not-deferred", "single close-cancelled", "SIGTAME_DEFER=none"),

	/* Never deferred */
	SAME("fault-sent", "faults sent", HELD),
	SAME("fault-sent-python", "faults sent", PYTHON),
	SAME("fault-repaired", "faults repair", HELD),
	SAME("fault-siglongjmp", "faults jump", HELD),
	SAME("fault-stack-overflow", "faults overflow", HELD),
	SAME("fault-bus", "faults bus", HELD),
	SAME("abort-siglongjmp", "faults abort", HELD),
	SAME("abort-dies", "faults abort-dies", HELD),
	SAME("crash-handler", "faults crash", HELD),
	SAME("crash", "faults crash-default", HELD),
	SAME("libc-signals", "faults libc", HELD),
	SAME("libc-signals-python", "faults libc", PYTHON),
	DIFFERS("reenter", "reenter", HELD, OK, 0),
	DIFFERS("reenter-stdio", "reenter stdio", HELD, OK, 0),

	/* Lateness is bounded */
	SAME("rung-text", "rungs text", "SIGTAME_FORCE_AFTER=never"),
	SAME("rung-text-0", "rungs text", "SIGTAME_TEXT_AFTER=0 SIGTAME_FORCE_AFTER=never"),
	DIFFERS("rung-text-late", "rungs late", "SIGTAME_TEXT_AFTER=200ms SIGTAME_FORCE_AFTER=never", OK, 0),
	DIFFERS("rung-force-late", "rungs late", "SIGTAME_TEXT_AFTER=never SIGTAME_FORCE_AFTER=200ms", OK, 0),
	DIFFERS("rung-never", "rungs held", HELD, OK, 0),
	SAME("rung-text-no-pie", "rungs_nopie text", "SIGTAME_FORCE_AFTER=never"),
	DIFFERS("rung-own-malloc", "rungs_malloc held", "SIGTAME_TEXT_AFTER=0 SIGTAME_FORCE_AFTER=never", OK, 0),
	DIFFERS("malloc-that-waits", "starts slow_malloc - malloc_waits", HELD, OK, 0),
	SAME("rung-own-malloc-force", "rungs_malloc text", "SIGTAME_TEXT_AFTER=0 SIGTAME_FORCE_AFTER=50ms"),
	DIFFERS("rung-text-not-in-library", "rungs not-library", "SIGTAME_TEXT_AFTER=0 SIGTAME_FORCE_AFTER=never", OK, 0),
	SAME("rung-text-callback", "rungs callback", "SIGTAME_TEXT_AFTER=50ms SIGTAME_FORCE_AFTER=never"),
	SAME("rung-text-between-calls", "rungs mixed", "SIGTAME_TEXT_AFTER=10ms SIGTAME_FORCE_AFTER=never"),
	SAME("rung-force-library", "rungs library", "SIGTAME_TEXT_AFTER=never SIGTAME_FORCE_AFTER=50ms"),
	SAME("rung-force-default", "rungs library", NULL),
	SAME("rung-thread-text", "rungs thread-text", "SIGTAME_FORCE_AFTER=never"),
	SAME("rung-thread-force", "rungs thread-library", "SIGTAME_TEXT_AFTER=never SIGTAME_FORCE_AFTER=50ms"),
	SAME("rung-full-queue", "full_queue text", NULL),
	SAME("rung-full-queue-thread", "full_queue aimed", NULL),
	DIFFERS("rung-full-queue-entry", "full_queue entry", NULL, OK, 0),
	DIFFERS("rung-full-queue-entry-held", "full_queue entry", HELD, OK, 0),
	DIFFERS("rung-full-queue-main", "full_queue main", "SIGTAME_THREAD=main SIGTAME_FORCE_AFTER=never", OK, 0),
	SAME("rung-full-queue-found", "full_queue found", "SIGTAME_THREAD=main SIGTAME_FORCE_AFTER=never"),
	SAME("rung-force-ends-thread", "rungs forced-end", "SIGTAME_TEXT_AFTER=never SIGTAME_FORCE_AFTER=50ms"),
	SAME("rung-resumed", "rungs resumed", "SIGTAME_FORCE_AFTER=never"),
	ALONE("rung-ends-wait", "rungs no-wait", HELD, OK, 0),
	SAME("not-deferred-prof", "rungs prof", HELD),

	/* Waits inside libc */
	SAME("inside-fgets", "inlibc fgets", HELD),
	SAME("inside-fgets-interrupted", "inlibc fgets-norestart", HELD),
	SAME("inside-getc", "inlibc getc", HELD),
	SAME("inside-getline", "inlibc getline", HELD),
	SAME("inside-fread", "inlibc fread", HELD),
	SAME("inside-fscanf", "inlibc fscanf", HELD),
	SAME("inside-fputs", "inlibc fputs", HELD),
	SAME("inside-fputs-interrupted", "inlibc fputs-norestart", HELD),
	SAME("inside-sem_wait", "inlibc sem", HELD),
	SAME("inside-pthread_join", "inlibc join", HELD),
	SAME("inside-cond_wait", "inlibc cond", HELD),
	SAME("inside-cond_timedwait", "inlibc cond-timed", HELD),
	SAME("inside-barrier", "inlibc barrier", HELD),
	SAME("inside-thrd_join", "inlibc thrd", HELD),
	SAME("inside-libc", "inside", HELD),
	SAME("inside-libc-rungs", "inside", NULL),
	SAME("inside-syslog", "inside syslog", NULL),
	SAME("inside-mutex", "inlibc mutex", HELD),
	SAME("inside-rwlock", "inlibc rwlock", HELD),
	SAME("inside-mutex-rung", "inlibc mutex", NULL),
	SAME("inside-rwlock-rung", "inlibc rwlock", NULL),
	SAME("inside-system", "subprocess system-handler", HELD),
	SAME("inside-pclose", "subprocess pclose-handler", HELD),

	/* Left by the side door */
#define JUMPS(share) ALONE("sidedoor-jumps-10000-" share, "sidedoor jumps 10000 " share " 9", HELD, "jumps: held\nok\n", 0)
	JUMPS("0"), JUMPS("1"), JUMPS("2"), JUMPS("3"), JUMPS("4"), JUMPS("5"), JUMPS("6"), JUMPS("7"), JUMPS("8"),
	DIFFERS("sidedoor-jumps-0", "sidedoor jumps 500 0 3", HELD, "jumps: held\nok\n", 0),
	DIFFERS("sidedoor-jumps-1", "sidedoor jumps 500 1 3", HELD, "jumps: held\nok\n", 0),
	DIFFERS("sidedoor-jumps-2", "sidedoor jumps 500 2 3", HELD, "jumps: held\nok\n", 0),
	SAME("sidedoor-jumps-text", "sidedoor jumps 500", "SIGTAME_TEXT_AFTER=0"),
	DIFFERS("sidedoor-deep", "sidedoor deep 10", HELD, "deep: held\nok\n", 0),
	DIFFERS("sidedoor-deeper", "sidedoor deep 500", HELD, "deep: held\nok\n", 0),
	DIFFERS("sidedoor-coroutines", "sidedoor coroutines", HELD, "coroutines: held\nok\n", 0),
	SAME("sidedoor-coroutines-text", "sidedoor coroutines", "SIGTAME_TEXT_AFTER=0"),
	DIFFERS("sidedoor-threads", "sidedoor threads", HELD, "threads: held\nok\n", 0),
	DIFFERS("sidedoor-processes", "sidedoor processes", HELD, "processes: held\n", 10),
#ifdef HAVE_CXX
	DIFFERS("sidedoor-exceptions", "exceptions 1000", HELD, "held\nok\n", 0),
	ALONE("sidedoor-exceptions-entry", "exceptions 1000 entry", HELD, "held\nok\n", 0),
#endif

	/* Threads */
	DIFFERS("thread-aimed-own-safe-point", "threads aimed-spinning", HELD, "before: 0\nafter: 1 in worker\nok\n", 0),
	SAME("thread-aimed-rung", "threads aimed-spinning", NULL),
	DIFFERS("thread-aimed-main", "threads aimed-waiting", HELD " SIGTAME_THREAD=main", "ran in main, read: EINTR\nok\n", 0),
	DIFFERS("thread-aimed-main-restart", "threads aimed-waiting restart", HELD " SIGTAME_THREAD=main", "ran in main, read: data\nok\n", 0),
	SAME("thread-aimed-directed", "threads aimed-waiting", HELD),
	SAME("thread-aimed-directed-restart", "threads aimed-waiting restart", HELD),
	SAME("thread-aimed-receiver", "threads aimed-waiting", "SIGTAME_THREAD=receiver"),
	DIFFERS("thread-received-goes-on", "threads received restart", HELD, "ran in main, main: Interrupted system call, read: data\nok\n", 0),
	ALONE("thread-received-interrupted", "threads received", HELD, "ran in main, main: Interrupted system call, read: EINTR\nok\n", 0),
	SAME("thread-received-receiver", "threads received restart", "SIGTAME_THREAD=receiver"),
	DIFFERS("thread-main-woken-poll", "threads woken poll", HELD, "ran in main, main: Interrupted system call\nok\n", 0),
	DIFFERS("thread-main-woken-pause", "threads woken pause", HELD, "ran in main, main: Interrupted system call\nok\n", 0, .not_posix = true),
	DIFFERS("thread-main-woken-sem_wait", "threads woken sem_wait", HELD, "ran in main, main: Interrupted system call\nok\n", 0, .not_posix = true),
	DIFFERS("thread-main-woken-read", "threads woken read", HELD, "ran in main, main: Interrupted system call\nok\n", 0, .not_posix = true),
	DIFFERS("thread-main-restarted", "threads woken restart", HELD, "ran in main, main: Interrupted system call by another signal\nok\n", 0, .not_posix = true),
	SAME("thread-receiver-main-sleeps-on", "threads woken poll", "SIGTAME_THREAD=receiver"),
	DIFFERS("thread-timer", "threads timer", HELD, "ran in main\nok\n", 0),
	SAME("thread-timer-receiver", "threads timer", "SIGTAME_THREAD=receiver"),
	DIFFERS("thread-sa_mask-of-main", "threads sa-mask", HELD, "inside: 0, ran in main\nok\n", 0),
	SAME("thread-main-jumped-out", "threads jumped-out", HELD),
	SAME("thread-main-edited-its-mask", "threads jumped-out edited", HELD),
	SAME("thread-main-blocks", "threads mask", HELD),
	SAME("thread-main-blocks-main", "threads mask", HELD " SIGTAME_THREAD=main"),
	SAME("thread-main-ended", "threads main-ended", HELD),
	SAME("thread-main-ended-main", "threads main-ended", HELD " SIGTAME_THREAD=main"),
	SAME("thread-main-cancelled", "threads main-cancelled", HELD),
	SAME("thread-main-ended-held", "threads main-ended-held", HELD),
	SAME("thread-none-lost", "threads counted", NULL),
	SAME("thread-none-lost-busy", "threads counted busy", NULL),
	SAME("thread-none-lost-held", "threads counted busy", HELD),
	SAME("thread-none-lost-main", "threads counted busy", HELD " SIGTAME_THREAD=main"),
	SAME("thread-none-lost-receiver", "threads counted busy", "SIGTAME_THREAD=receiver"),
	SAME("thread-none-stranded", "threads stranded", NULL),
	SAME("thread-none-stranded-held", "threads stranded", HELD),
	DIFFERS("thread-ended", "threads ended", HELD, "runs: 50, in main\nok\n", 0),
	SAME("thread-ended-receiver", "threads ended", "SIGTAME_THREAD=receiver"),
	DIFFERS("thread-main-woken-queue-full", "threads full-queue", HELD, "ran in main, main: Interrupted system call\nok\n", 0, .not_posix = true),
	SAME("setters-any", "threads setters", NULL),
	DIFFERS("setters-main", "threads setters", "SIGTAME_SETTERS=main", "worker: Operation not permitted\nworker: Operation not permitted\nok\n", 0),

	/* Persistence */
	DIFFERS("persist-sysv_signal", "persist twice sysv", HELD, "runs 3\n", 0),
	DIFFERS("persist-resethand", "persist twice", HELD, "runs 3\n", 0),
	SAME("persist-none", "persist twice", "SIGTAME_PERSIST=none"),
	SAME("persist-none-shown", "persist shown", "SIGTAME_PERSIST=none"),
	SAME("persist-none-shown-direct", "persist shown", "SIGTAME_PERSIST=none SIGTAME_DEFER=none SIGTAME_IGNORE=PIPE"),
	SAME("persist-none-sysv_signal", "persist twice sysv", "SIGTAME_PERSIST=all,-USR1"),
	DIFFERS("persist-blocked-while-it-runs", "persist nested", HELD, "runs 4, nested 0\n", 0),
	SAME("persist-nodefer", "persist nodefer", HELD),
	DIFFERS("persist-restarts", "persist restart", HELD, "read: data, runs 1\n", 0),
	DIFFERS("persist-shown", "persist shown", HELD, "handler, SA_RESETHAND\nhandler, SA_RESETHAND\n", 0),
	SAME("persist-default-shown", "persist default-shown", HELD),
	SAME("persist-cleanup-raise", "persist cleanup", HELD),
	SAME("persist-cleanup-raise-sysv", "persist cleanup sysv", HELD),
	SAME("persist-cleanup-kill", "persist cleanup sigaction kill", HELD),
	SAME("persist-cleanup-kill-group", "persist cleanup sigaction kill-group", HELD),
	SAME("persist-cleanup-killpg", "persist cleanup sysv killpg", HELD),
	SAME("persist-cleanup-kill-sysv", "persist cleanup sysv kill", HELD),
	SAME("persist-cleanup-sigqueue", "persist cleanup sigaction sigqueue", HELD),
	SAME("persist-cleanup-pthread_kill", "persist cleanup sysv pthread_kill", HELD),
	SAME("persist-cleanup-outside", "persist cleanup-outside", HELD),
	SAME("persist-cleanup-outside-sysv", "persist cleanup-outside sysv", NULL),
	SAME("persist-cleanup-not-deferred", "persist cleanup", "SIGTAME_DEFER=none"),
	SAME("persist-set-again", "persist again", HELD),
	SAME("persist-child", "persist child", HELD),
	SAME("persist-child-sysv", "persist child sysv", HELD),
	SAME("persist-fault", "persist fault", HELD),

	/* Restart and retry */
	SAME("restart-host", "restart", HELD),
	DIFFERS("restart-always", "restart", HELD " SIGTAME_RESTART=always",
		"signal: restarted\nsiginterrupt 1: restarted\nshown: -\nsignal after it: restarted\nsiginterrupt 0: restarted\n"
		"sigaction: restarted\nshown: -\nSA_RESTART: restarted\nshown: SA_RESTART\n", 0),
	DIFFERS("restart-never", "restart", HELD " SIGTAME_RESTART=never",
		"signal: Interrupted system call\nsiginterrupt 1: Interrupted system call\nshown: -\nsignal after it: Interrupted system call\n"
		"siginterrupt 0: Interrupted system call\nsigaction: Interrupted system call\nshown: -\n"
		"SA_RESTART: Interrupted system call\nshown: SA_RESTART\n", 0),
	DIFFERS("retry-timed", "retry timed", HELD " SIGTAME_RETRY=all", OK, 0),
	DIFFERS("retry-timed-one", "retry timed", "SIGTAME_RETRY=ALRM", OK, 0),
	DIFFERS("retry-timed-norestart", "retry timed norestart", HELD " SIGTAME_RETRY=all", OK, 0),
	DIFFERS("retry-timed-python", "retry timed", PYTHON, OK, 0),
	SAME("retry-none", "retry timed", HELD),
	SAME("retry-another", "retry timed", "SIGTAME_RETRY=USR1"),
	DIFFERS("retry-remaining", "retry remaining", HELD " SIGTAME_RETRY=all", OK, 0),
	DIFFERS("retry-infinite", "retry infinite", HELD " SIGTAME_RETRY=all", OK, 0),
	SAME("retry-not-pause", "retry pause", HELD " SIGTAME_RETRY=all"),
	SAME("retry-not-pause-python", "retry pause", PYTHON),
	SAME("retry-not-connect", "retry connect norestart", HELD " SIGTAME_RETRY=all"),
	SAME("retry-partial", "retry partial", HELD " SIGTAME_RETRY=all"),
	SAME("retry-partial-python", "retry partial", PYTHON),

	/* SIGPIPE */
	DIFFERS("sigpipe-shown", "sigpipe shown", NULL, "PIPE ignored, XFSZ default, HUP default\nwas ignored, is default\nwas default, is handler\n", 0),
	DIFFERS("sigpipe-shown-python", "sigpipe shown", PYTHON, "PIPE ignored, XFSZ ignored, HUP default\nwas ignored, is default\nwas default, is handler\n", 0),
	DIFFERS("sigpipe-shown-hup", "sigpipe shown", "SIGTAME_IGNORE=hup", "PIPE default, XFSZ default, HUP ignored\nwas default, is default\nwas default, is handler\n", 0),
	SAME("sigpipe-not", "sigpipe shown", "SIGTAME_IGNORE=none"),
	DIFFERS("ignore-faults", "sigpipe faults", "SIGTAME_IGNORE=all,-CHLD", "11: sent\n8: sent\n5: sent\n4: sent\nok\n", 0),
	DIFFERS("ignore-children", "sigpipe children", "SIGTAME_IGNORE=CHLD", OK, 0),
	DIFFERS("sigpipe-write", "sigpipe write", NULL, OK, 0),
	SAME("sigpipe-write-not", "sigpipe write", "SIGTAME_IGNORE=none"),
	SAME("sigpipe-handler", "sigpipe handler", NULL),
	SAME("sigpipe-default", "sigpipe default", NULL),
	DIFFERS("sigpipe-restored", "sigpipe restored", NULL, "ignored\nok\n", 0),
	DIFFERS("sigpipe-caught-in-proc", "sigpipe kernel", NULL, OK, 0),
	SAME("sigpipe-ignored-before", "sigpipe shown", NULL, .state = IGNORE_PIPE),
	SAME("sigpipe-ignored-before-wait", "sigpipe wait", NULL, .state = IGNORE_PIPE),

	/* Programs that the host starts */
	SAME("spawn-plain", "spawn all plain", HELD LEAVE),
	SAME("spawn-plain-follow", "spawn all plain", HELD),
	SAME("spawn-ignore", "spawn all ignore", HELD LEAVE),
	SAME("spawn-ignore-follow", "spawn all ignore", HELD),
	SAME("spawn-block", "spawn all block", HELD LEAVE),
	SAME("spawn-block-all-exec", "spawn exec block-all", HELD LEAVE), /* the reserved signal too */
	SAME("spawn-block-all-fork", "spawn execv block-all", HELD LEAVE),
	SAME("spawn-block-all-vfork", "spawn vfork block-all", HELD LEAVE),
	SAME("spawn-block-all-spawn", "spawn spawn block-all", HELD LEAVE),
	SAME("spawn-unblock-all", "spawn all unblock-all", HELD LEAVE),
	SAME("spawn-in-child-blocks", "spawn vfork in-child-blocks", HELD LEAVE),
	SAME("spawn-child-blocks", "spawn all child-blocks", HELD LEAVE),
	SAME("spawn-child-unblocks", "spawn all child-unblocks", HELD LEAVE),
	SAME("spawn-pipe-handler", "spawn all pipe-handler", HELD LEAVE),
	SAME("spawn-restored", "spawn all restored", HELD LEAVE),
	SAME("spawn-restored-signal", "spawn all restored-signal", HELD LEAVE),
	SAME("spawn-held", "spawn all held", HELD LEAVE),
	SAME("spawn-held-follow", "spawn all held", HELD),
	SAME("spawn-inherited-ignore", "spawn all plain", HELD LEAVE, .state = IGNORE_PIPE | IGNORE_TERM),
	SAME("spawn-inherited-block", "spawn vfork plain", HELD LEAVE, .state = BLOCK_USR1),
	SAME("spawn-exec", "spawn exec block", HELD LEAVE),
	SAME("spawn-exec-held", "spawn exec held", HELD LEAVE),
	SAME("spawn-exec-ignore", "spawn exec ignore", HELD LEAVE),
	SAME("spawn-pipeline", "spawn pipeline", LEAVE),
	ALONE("spawn-pipeline-follow", "spawn pipeline", NULL, "yes: exit 1\n", 0),
	SAME("spawn-python", "spawn all plain", PYTHON LEAVE),
	ALONE("children-follow", "spawn execv plain library", NULL, "execv: ignored [] blocked [] pending []\nloaded\nruns none\n", 0),
	ALONE("children-leave", "spawn execv plain library", LEAVE, "execv: ignored [] blocked [] pending []\nnot loaded\nruns none\n", 0),
	ALONE("children-leave-spawn", "spawn spawn plain library", LEAVE, "spawn: ignored [] blocked [] pending []\nnot loaded\nruns none\n", 0),
	ALONE("children-leave-system", "spawn system plain library", LEAVE, "shell: ignored [] blocked [] pending []\nnot loaded\nruns none\n", 0),
	ALONE("children-environment", "spawn execv plain env", "SIGTAME_WAKEUP_FD=7 SIGTAME_THREAD=main",
		"execv: ignored [] blocked [] pending []\nSIGTAME_THREAD\nruns none\n", 0, .state = PIPE_7),
	ALONE("children-environment-system", "spawn system plain env", "SIGTAME_WAKEUP_FD=7 SIGTAME_THREAD=main",
		"shell: ignored [] blocked [] pending []\nSIGTAME_THREAD\nruns none\n", 0, .state = PIPE_7),
	ALONE("children-environment-inject", "spawn execv plain env", "SIGTAME_INJECT=USR1@nanosleep:1000 SIGTAME_THREAD=main",
		"execv: ignored [] blocked [] pending []\nSIGTAME_THREAD\nruns none\n", 0),
	ALONE("children-environment-trace", "spawn execv plain env", "SIGTAME_TRACE=/tmp/sigtame-check-trace SIGTAME_THREAD=main",
		"execv: ignored [] blocked [] pending []\nSIGTAME_THREAD\nruns none\n", 0),
	SAME("fork-from-a-thread", "children thread", HELD),
	SAME("fork-in-a-handler", "children handler", HELD),
	DIFFERS("fork-main-is-who-forked", "children main", HELD, "child: exit 7\nok\n", 0),
	SAME("vfork-changes-nothing", "children vfork", HELD),
	SAME("vfork-signal", "children vfork-signal", HELD),
	ALONE("vfork-parent-signal", "children vfork-parent", HELD, OK, 0),
	ALONE("vfork-parent-signal-clone", "children vfork-parent clone", HELD, OK, 0),
	SAME("fork-beside-sigaction", "children sigaction", HELD),
	SAME("system", "subprocess system", HELD),
	SAME("popen", "subprocess popen", HELD),

	/* Orderly end */
#define ORDERLY "SIGTAME_ORDERLY=TERM,INT"
#define IN_ORDER "buffered\natexit\n"
	DIFFERS("orderly-raise", "orderly raise", ORDERLY, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-held", "orderly held", ORDERLY " " HELD, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-compute", "orderly compute", ORDERLY, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-wait", "orderly wait", ORDERLY " " HELD, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-stdin", "orderly stdin", ORDERLY " " HELD, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-thread", "orderly thread", ORDERLY " " HELD, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-thread-posix", "orderly thread", "SIGTAME_PROFILE=posix " ORDERLY, IN_ORDER, DIED(SIGTERM)),
	DIFFERS("orderly-second", "orderly second", ORDERLY, IN_ORDER, DIED(SIGINT)),
	DIFFERS("orderly-second-ahead", "orderly away", ORDERLY " " HELD, "buffered\n", DIED(SIGINT)),
	DIFFERS("orderly-second-ahead-posix", "orderly away", "SIGTAME_PROFILE=posix " ORDERLY, "buffered\n", DIED(SIGINT)),
	DIFFERS("orderly-twice", "orderly twice", ORDERLY, IN_ORDER "went on\n", DIED(SIGTERM)),
	DIFFERS("orderly-twice-hangs", "orderly twice-hangs", ORDERLY, IN_ORDER, DIED(SIGTERM)),
	SAME("orderly-ends-no-program", "orderly no-end", "SIGTAME_ORDERLY=all"),
	SAME("orderly-fork-child", "orderly fork", ORDERLY),
	DIFFERS("orderly-end-forks", "orderly end-forks", ORDERLY, IN_ORDER "child: exit 0\n", DIED(SIGTERM)),
	SAME("orderly-handler", "orderly handler", ORDERLY),
	SAME("orderly-default-set", "orderly default", ORDERLY),
	SAME("orderly-ignore-set", "orderly ignore", ORDERLY),
	SAME("orderly-ignored-before", "orderly inherited", ORDERLY, .state = IGNORE_TERM),
	DIFFERS("orderly-blocked", "orderly blocked", ORDERLY, "buffered\nblocked\natexit\n", DIED(SIGTERM)),
	SAME("orderly-exec", "orderly exec", ORDERLY LEAVE),
	SAME("orderly-not-listed", "orderly raise", "SIGTAME_ORDERLY=INT"),

	/* Wakeup fd */
	ALONE("wakeup-runs", "wakeup runs", WAKEUP,
		"raised: 12 10 12\nnot deferred: 27 11\nwithout a handler: \nblocked: \nunblocked: 10\n", 0, .state = PIPE_7),
	ALONE("wakeup-runs-socket", "wakeup runs", WAKEUP,
		"raised: 12 10 12\nnot deferred: 27 11\nwithout a handler: \nblocked: \nunblocked: 10\n", 0, .state = SOCKET_7),
	ALONE("wakeup-runs-not-deferred", "wakeup runs", "SIGTAME_DEFER=none SIGTAME_WAKEUP_FD=7",
		"raised: 12 10 12\nnot deferred: 27 11\nwithout a handler: \nblocked: \nunblocked: 10\n", 0, .state = PIPE_7),
	ALONE("wakeup-at-once", "wakeup at-once", WAKEUP,
		"before: runs 0 bytes 10 12\nafter: runs 2 bytes \nbefore: runs 2 bytes 34\nafter: runs 5 bytes 34 34\n", 0, .state = PIPE_7),
	ALONE("wakeup-coalesced", "wakeup coalesced", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-coalesced-system", "wakeup system", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-thread", "wakeup thread", WAKEUP, "10\nruns 1\n", 0, .state = PIPE_7),
	ALONE("wakeup-thread-to-process", "wakeup thread process", WAKEUP, "10\nruns 1\n", 0, .state = PIPE_7),
	ALONE("wakeup-eventfd", "wakeup eventfd", WAKEUP, "3\n", 0, .state = EVENTFD_7),
	ALONE("wakeup-full", "wakeup full", WAKEUP, OK, 0, .state = PIPE_7, .err = "3"),
	ALONE("wakeup-full-twice", "wakeup full twice", WAKEUP, OK, 0, .state = PIPE_7, .err = "3\n3"),
	ALONE("wakeup-full-exit", "wakeup full exit", WAKEUP, OK, 0, .state = PIPE_7, .err = "3"),
	ALONE("wakeup-full-vfork", "wakeup full vfork", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-full-no-warning", "wakeup full", WAKEUP " SIGTAME_WAKEUP_WARN=no", OK, 0, .state = PIPE_7),
	ALONE("wakeup-full-socket", "wakeup full", WAKEUP " SIGTAME_WAKEUP_WARN=no", OK, 0, .state = SOCKET_7),
	ALONE("wakeup-close", "wakeup closed close", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-dup2", "wakeup closed dup2", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-dup3", "wakeup closed dup3", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-not-closed-dup2", "wakeup fails dup2", WAKEUP, "[10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-not-closed-dup3", "wakeup fails dup3", WAKEUP, "[10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-not-closed-dup3-same", "wakeup fails dup3-same", WAKEUP, "[10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-not-closed-close_range", "wakeup fails close_range", WAKEUP, "[10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-full-_exit", "wakeup full _exit", WAKEUP, OK, 0, .state = PIPE_7, .err = "3"),
	ALONE("wakeup-close_range", "wakeup closed close_range", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-closefrom", "wakeup closed closefrom", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-fclose", "wakeup closed fclose", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-syscall-close", "wakeup closed syscall", WAKEUP, OK, 0, .state = PIPE_7),
	ALONE("wakeup-close-eventfd", "wakeup closed close", WAKEUP, OK, 0, .state = EVENTFD_7),
	SAME("wakeup-eventfd-numbers", "wakeup numbers", WAKEUP, .state = EVENTFD_7),
	ALONE("wakeup-fclose-eventfd", "wakeup closed fclose", WAKEUP, OK, 0, .state = EVENTFD_7),
	ALONE("wakeup-fork", "wakeup fork", WAKEUP, "child: exit 7, bytes []\nparent: bytes [10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-fork-close", "wakeup fork-close", WAKEUP, "parent: bytes [10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-vfork-close", "wakeup fork-close vfork", WAKEUP, "parent: bytes [10]\n", 0, .state = PIPE_7),
	ALONE("wakeup-exec", "wakeup exec", WAKEUP, "child: ignored [] blocked [] pending []\nfd 7: closed\n", 0, .state = PIPE_7),
	ALONE("wakeup-exec-fork", "wakeup exec-fork", WAKEUP, "child: ignored [] blocked [] pending []\nfd 7: closed\n", 0, .state = PIPE_7),
	SAME("wakeup-none", "wakeup runs", HELD " SIGTAME_IGNORE=none", .state = PIPE_7),
	SAME("wakeup-minus-1", "wakeup runs", HELD " SIGTAME_IGNORE=none" " SIGTAME_WAKEUP_FD=-1", .state = PIPE_7),
	ALONE("wakeup-not-open", "hello 10", "SIGTAME_WAKEUP_FD=7", "inert\n10 at once\n", 0, .err = "SIGTAME_WAKEUP_FD|7"),
	ALONE("wakeup-not-open-abort", "hello 10", "SIGTAME_WAKEUP_FD=7 SIGTAME_ON_ERROR=abort", "", 125, .err = "SIGTAME_WAKEUP_FD|7"),
	ALONE("wakeup-blocking", "hello 10", "SIGTAME_WAKEUP_FD=7", "inert\n10 at once\n", 0, .err = "SIGTAME_WAKEUP_FD|7", .state = BLOCKING_7),
	ALONE("wakeup-read-end", "hello 10", "SIGTAME_WAKEUP_FD=7", "inert\n10 at once\n", 0, .err = "SIGTAME_WAKEUP_FD|7", .state = READ_END_7),
	ALONE("wakeup-read-end-abort", "hello 10", "SIGTAME_WAKEUP_FD=7 SIGTAME_ON_ERROR=abort", "", 125, .err = "SIGTAME_WAKEUP_FD|7", .state = READ_END_7),

	/* Python's own tests and examples, in C */
#define WOKEN PYTHON " SIGTAME_WAKEUP_FD=7"
	DIFFERS("python-SP-3-handler-order", "python handler_order", PYTHON " SIGTAME_TEXT_AFTER=never", OK, 0),
	SAME("python-SG-5-child-handler-stays", "python child_handler_stays", PYTHON),
	DIFFERS("python-test_keyboard_interrupt_exit_code", "python keyboard_interrupt", PYTHON, "buffered\n", DIED(SIGINT)),
	DIFFERS("python-test_threadsignals-test_signals", "python thread_signals", PYTHON, OK, 0),
	DIFFERS("python-PA-2-pause-in-a-thread", "python pause_in_a_thread", PYTHON, OK, 0),
	ALONE("python-test_pthread_kill_main_thread", "python kill_main_thread", PYTHON, "", 3),
	SAME("python-test_itimer_virtual", "python itimer_virtual", PYTHON),
	SAME("python-test_itimer_prof", "python itimer_prof", PYTHON),
	SAME("python-test_itimer_real", "python itimer_real", PYTHON),
	SAME("python-test_sigpending", "python pending_signals", PYTHON),
	SAME("python-test_sigwait", "python sigwait", PYTHON),
	SAME("python-test_sigwaitinfo", "python sigwaitinfo", PYTHON),
	SAME("python-test_sigtimedwait", "python sigtimedwait", PYTHON),
	SAME("python-test_sigwait_thread", "python sigwait_thread", PYTHON),
	SAME("python-test_lock_acquire_interruption", "python lock_interruption", PYTHON),
	DIFFERS("python-test_lock_acquire_retries_on_intr", "python lock_retries", PYTHON, OK, 0),
	DIFFERS("python-test_interrupted_timed_acquire", "python timed_acquire", PYTHON, OK, 0),
	ALONE("python-test_wakeup_fd_early", "python wakeup_early", WOKEN, OK, 0, .state = PIPE_7),
	ALONE("python-test_wakeup_fd_during", "python wakeup_during", WOKEN, OK, 0, .state = PIPE_7),
	ALONE("python-test_pending", "python wakeup_pending", WOKEN, OK, 0, .state = PIPE_7),
	ALONE("python-test_socket", "python wakeup_during", WOKEN, OK, 0, .state = SOCKET_7),
	SAME("python-test_stress_delivery_dependent", "python stress_dependent", PYTHON),
	SAME("python-test_stress_delivery_simultaneous", "python stress_simultaneous", PYTHON),
	ALONE("python-test_stress_modifying_handlers", "python stress_modifying", PYTHON, OK, 0),
	SAME("python-example-alarm", "python example_alarm", PYTHON),
	ALONE("python-example-server", "python example_server", WOKEN, "served 1, stopped by 15\nok\n", 0, .state = SOCKET_7),
	DIFFERS("python-example-sigpipe", "python example_sigpipe", PYTHON, "", 1),

	/* What the host sees of itself */
	SAME("itself-sigaction", "itself round-trip", HELD " SIGTAME_IGNORE=none"),
	ALONE("itself-masks", "itself masks", HELD,
		"held: []\nold [] new [1 10] kernel [1 10] runs 5\npending [10]\nold [1 10] new [] kernel [] runs 6\ncontext []\nok\n", 0),
	SAME("itself-masks-text", "itself masks", "SIGTAME_TEXT_AFTER=0"),
	DIFFERS("itself-reserved", "itself reserved", NULL,
		"SIGRTMAX 63\nsigaction(64): Invalid argument\nreading: Invalid argument\nsignal(64): Invalid argument\nblocked: 63\nsa_mask: -\n", 0),
	SAME("itself-reserved-none", "itself reserved", "SIGTAME_DEFER=none"),
	DIFFERS("itself-reserved-from-outside", "itself reserved-sent", NULL, OK, 0),
	DIFFERS("itself-reserved-first", "itself reserved-first", NULL, OK, 0),
	SAME("itself-reserved-from-outside-none", "itself reserved-sent", "SIGTAME_DEFER=none"),
	SAME("itself-untouched", "itself untouched", "SIGTAME_PROFILE=posix"),
	SAME("waits-masked", "waits masked", HELD),
	SAME("waits-masked-text", "waits masked", "SIGTAME_TEXT_AFTER=0"),
	SAME("waits-taken", "waits taken", HELD),
	SAME("waits-signalfd", "waits signalfd", HELD),
	SAME("waits-in-handler", "waits handler", HELD),
	SAME("waits-ignored", "waits ignored", HELD),
	SAME("waits-thread", "waits thread", HELD),
	SAME("waits-queued", "waits queued", HELD),
	SAME("contexts-sigsetjmp", "contexts sigsetjmp", HELD),
	SAME("contexts-siglongjmp-held", "contexts jump-held", HELD),
	SAME("contexts-getcontext", "contexts context", HELD),
	SAME("contexts-swapcontext", "contexts swap", HELD),
	SAME("contexts-handler-switches", "contexts preempt", HELD),
	SAME("contexts-pthread_create", "contexts thread", HELD),
	SAME("contexts-thrd_create", "contexts thrd", HELD),
#if __GLIBC_PREREQ(2, 32)
	DIFFERS("contexts-attribute-mask", "contexts attribute", HELD, "blocked: up to 63\nok\n", 0),
#endif
	SAME("cancel-waits", "cancel all", HELD),
	SAME("cancel-disabled", "cancel disabled", HELD),
	SAME("cancel-without-handlers", "cancel bare", ""),
	SAME("cancel-before", "cancel before", HELD),
	SAME("cancel-asynchronous", "cancel async", HELD),
	SAME("cancelled-in-libc", "ends cancelled", HELD),
	SAME("destructors", "ends destructors", HELD),
	SAME("destructors-receiver", "ends destructors", HELD " SIGTAME_THREAD=receiver"),
	SAME("cancel-waits-python", "cancel all", PYTHON),
	SAME("cancel-waits-not-deferred", "cancel all", "SIGTAME_DEFER=none"),
	SAME("cancel-disabled-not-deferred", "cancel disabled", "SIGTAME_DEFER=none"),
	SAME("registers", "registers", HELD),
	SAME("registers-rounding", "registers rounding", HELD),
	SAME("interrupts-not-deferred", "interrupts prof", HELD),
	DIFFERS("interrupts-not-deferred-after-ignored", "interrupts after-ignored", HELD, OK, 0),
	SAME("interrupts-past-libc", "interrupts raw", HELD),
	DIFFERS("interrupts-reserved", "interrupts ignored 64", HELD, OK, 0), /* natively it ends the program */
	DIFFERS("interrupts-ignored-pipe", "interrupts ignored 13", HELD, OK, 0),
	DIFFERS("interrupts-ignored", "interrupts ignored-timeouts 10", HELD " SIGTAME_IGNORE=USR1", OK, 0),
	DIFFERS("interrupts-reserved-late", "interrupts late 64", HELD, OK, 0),
	SAME("interrupts-stop", "interrupts stop", HELD),
	SAME("interrupts-continue", "interrupts continue", HELD),

	/* Start-up: what others do before our constructor, and other ways to be loaded */
#define CALLED "read -1, runs 1, child exit 0\n"
#define WORKS "active\n10 held\n"
	DIFFERS("start-constructor-first", "starts last calls hello 10", HELD, CALLED WORKS, 0),
	DIFFERS("start-constructor-later", "starts before calls hello 10", HELD, CALLED WORKS, 0),
	DIFFERS("start-without-proc", "starts noproc calls hello 10", HELD, CALLED WORKS, 0), /* with it, where mount is not allowed */
	DIFFERS("start-unsetenv", "starts last unset hello 10", HELD, WORKS, 0),
	SAME("start-setenv", "starts last set hello 10", HELD),
	DIFFERS("start-separators", "starts odd calls hello 10", HELD, CALLED WORKS, 0),
	DIFFERS("start-two-copies", "starts copy - hello 10", HELD, WORKS, 0),
	DIFFERS("start-two-copies-ignore", "starts copy - sigpipe shown", NULL,
		"PIPE ignored, XFSZ default, HUP default\nwas ignored, is default\nwas default, is handler\n", 0),
	DIFFERS("start-empty-environment", "starts empty - hello 10", NULL, WORKS, 0, .not_posix = true), /* no profile reaches it */
	SAME("start-behind", "starts behind - single behind", HELD),
	SAME("start-behind-leave", "starts behind - single behind", HELD LEAVE),
	SAME("start-behind-masked", "starts behind - waits masked", HELD),
	ALONE("start-behind-entry", "starts behind quiet entry all norestart", HELD, ALL_INTERRUPTED, 0),
	ALONE("start-behind-close", "starts behind wakeup wakeup closed close", HELD, "behind: close\nbehind: fcntl\nbehind: dup2\nok\n", 0, .state = PIPE_7),
	ALONE("start-behind-dup2", "starts behind wakeup wakeup closed dup2", HELD, "behind: dup2\nbehind: fcntl\nok\n", 0, .state = PIPE_7),
	ALONE("start-behind-same", "starts behind wakeup wakeup closed dup2-same", HELD, "behind: dup2\nbehind: fcntl\nok\n", 0, .state = PIPE_7),
	SAME("start-older-libc", "starts older - single locks", HELD),
	DIFFERS("start-loader-preload", "starts loader - hello 10", HELD, WORKS, 0),
	DIFFERS("start-loader-unsetenv", "starts loader unset hello 10", HELD, WORKS, 0),
	DIFFERS("start-no-pie", "starts last calls hello_nopie 10", HELD, CALLED WORKS, 0),
	SAME("start-opened-later", "starts open - -", NULL),
#ifdef HAVE_CXX
	SAME("start-static-objects", "statics", HELD),
	SAME("start-static-objects-python", "statics", PYTHON),
#endif

	/* Environment: good values */
	ALONE("environment-none", "hello 10", NULL, "active\n10 held\n", 0),
	ALONE("environment-list", "hello 10 12 2 15 36 3", HELD " SIGTAME_DEFER=INT,SIGTERM,10,RTMIN+2",
		"active\n10 held\n12 at once\n2 held\n15 held\n36 held\n3 at once\n", 0),
	ALONE("environment-case", "hello 10 12", HELD " SIGTAME_DEFER=uSr1,sigusr2", "active\n10 held\n12 held\n", 0),
	ALONE("environment-minus", "hello 10 12 27", HELD " SIGTAME_DEFER=all,-USR1", "active\n10 at once\n12 held\n27 held\n", 0),
	ALONE("environment-rtmax", "hello 62 63", HELD " SIGTAME_DEFER=RTMAX-1,RTMAX", "active\n62 held\n63 held\n", 0),
	ALONE("environment-prof", "hello 27 10", HELD, "active\n27 at once\n10 held\n", 0),
	ALONE("environment-all", "hello 27 10 26 14 1 34 63", HELD " SIGTAME_DEFER=ALL",
		"active\n27 held\n10 held\n26 held\n14 held\n1 held\n34 held\n63 held\n", 0),
	ALONE("environment-defer-none", "hello 10", "SIGTAME_DEFER=None", "inert\n10 at once\n", 0),
	ALONE("environment-durations", "hello 10", "SIGTAME_TEXT_AFTER=250us SIGTAME_FORCE_AFTER=1S", "active\n10 held\n", 0),
	ALONE("environment-duration-0", "hello 10", "SIGTAME_TEXT_AFTER=0 SIGTAME_FORCE_AFTER=NEVER", "active\n10 at once\n", 0),
	ALONE("environment-python", "hello 10 27", PYTHON " SIGTAME_TEXT_AFTER=never", "active\n10 held\n27 held\n", 0),
	ALONE("environment-posix", "hello 10", "SIGTAME_PROFILE=Posix", "inert\n10 at once\n", 0),
	ALONE("environment-posix-and-defer", "hello 10 12", "SIGTAME_PROFILE=posix SIGTAME_DEFER=USR1", "active\n10 held\n12 at once\n", 0),

	/* Environment: bad values */
#define INERT "inert\n10 at once\n"
#define BAD(name, value, lines) ALONE("bad-" name, "hello 10", value, INERT, 0, .err = lines), \
	ALONE("bad-" name "-abort", "hello 10", value " SIGTAME_ON_ERROR=abort", "", 125, .err = lines)
	BAD("profile", "SIGTAME_PROFILE=pyton", "SIGTAME_PROFILE|pyton|did you mean|python"),
	BAD("signal", "SIGTAME_DEFER=TREM", "SIGTAME_DEFER|TREM|did you mean|TERM"),
	BAD("signal-in-list", "SIGTAME_PERSIST=INT,HUPP", "SIGTAME_PERSIST|HUPP|did you mean|HUP"),
	BAD("signal-number", "SIGTAME_RETRY=65", "SIGTAME_RETRY|65"),
	BAD("signal-empty", "SIGTAME_IGNORE=", "SIGTAME_IGNORE|wanted"),
	BAD("signal-kill", "SIGTAME_DEFER=all,KILL", "SIGTAME_DEFER|KILL"),
	BAD("signal-stop", "SIGTAME_ORDERLY=SIGSTOP", "SIGTAME_ORDERLY|STOP"),
	BAD("signal-kill-number", "SIGTAME_DEFER=9", "SIGTAME_DEFER|9"),
	BAD("signal-minus-kill", "SIGTAME_DEFER=all,-KILL", "SIGTAME_DEFER|KILL"),
	BAD("signal-minus-stop-number", "SIGTAME_DEFER=all,-19", "SIGTAME_DEFER|19"),
	BAD("duration-without-unit", "SIGTAME_TEXT_AFTER=10", "SIGTAME_TEXT_AFTER|10|10ms"),
	BAD("duration-unit", "SIGTAME_FORCE_AFTER=10min", "SIGTAME_FORCE_AFTER|10min"),
	BAD("duration-empty", "SIGTAME_FORCE_AFTER=", "SIGTAME_FORCE_AFTER|never"),
	BAD("duration-negative", "SIGTAME_TEXT_AFTER=-1ms", "SIGTAME_TEXT_AFTER|-1ms"),
	BAD("thread", "SIGTAME_THREAD=mian", "SIGTAME_THREAD|mian|main"),
	BAD("setters", "SIGTAME_SETTERS=all", "SIGTAME_SETTERS|all|any"),
	BAD("restart", "SIGTAME_RESTART=yes", "SIGTAME_RESTART|yes|always"),
	BAD("warn", "SIGTAME_WAKEUP_WARN=2", "SIGTAME_WAKEUP_WARN|2|yes"),
	BAD("children", "SIGTAME_CHILDREN=folow", "SIGTAME_CHILDREN|folow|follow"),
	BAD("wakeup-fd", "SIGTAME_WAKEUP_FD=seven", "SIGTAME_WAKEUP_FD|seven"),
	BAD("name", "SIGTAME_DEFFER=all", "SIGTAME_DEFFER|did you mean|SIGTAME_DEFER"),
	BAD("two", "SIGTAME_THREAD=mian SIGTAME_DEFFER=all", "SIGTAME_\nSIGTAME_"),
	ALONE("bad-on-error", "hello 10", "SIGTAME_ON_ERROR=explode", INERT, 0, .err = "SIGTAME_ON_ERROR|explode|abort"),

	/* sigtame.h; named as Python's tests of these functions are */
	ALONE("api-test_setting_signal_handler", "api signal", NULL, OK, 0),
	ALONE("api-test_getsignal", "api getsignal", NULL, OK, 0),
	ALONE("api-signal-runs-what-is-due-first", "api due-first", HELD, OK, 0),
	ALONE("api-test_siginterrupt", "api siginterrupt", NULL, OK, 0),
	ALONE("api-names", "api names", NULL, OK, 0),
	ALONE("api-test_strsignal", "api strsignal", NULL, OK, 0),
	ALONE("api-test_valid_signals", "api valid_signals", NULL, OK, 0),
	ALONE("api-test_set_wakeup_fd_result", "api set_wakeup_fd", NULL, OK, 0),
	ALONE("api-test_raise_signal", "api senders", NULL, OK, 0),
	ALONE("api-test_setitimer_tiny", "api itimer", NULL, OK, 0),
	ALONE("api-test_pthread_sigmask", "api masks", NULL, OK, 0),
	ALONE("api-test_sigtimedwait_timeout", "api sigtimedwait", NULL, OK, 0),
	ALONE("api-test_sigtimedwait_timeout-python", "api sigtimedwait", PYTHON, OK, 0),
	ALONE("api-run_pending", "api run_pending", HELD, OK, 0),
	ALONE("api-defer", "api defer", NULL, OK, 0),
	ALONE("api-defer-vfork", "api defer-vfork", HELD, OK, 0),
	ALONE("api-defer-rungs", "api defer-waits", "SIGTAME_TEXT_AFTER=0 SIGTAME_FORCE_AFTER=1ms", OK, 0),
	ALONE("api-defer-waits", "api defer-waits", NULL, OK, 0),
	ALONE("api-active", "api active", NULL, OK, 0),
	ALONE("api-inert", "api inert", "SIGTAME_PROFILE=posix", OK, 0),
	ALONE("api-default_int_handler", "api default_int_handler", NULL, "buffered\natexit\n", DIED(SIGTERM)),
	ALONE("api-default_int_handler-inert", "api default_int_handler", "SIGTAME_PROFILE=posix", "buffered\natexit\n", DIED(SIGTERM)),
};

/* Whether every part of "a|b|c" is in the line. */
static bool line_has(const char *line, size_t length, const char *parts, size_t parts_length) {
	char text[2048], part[256];
	snprintf(text, sizeof text, "%.*s", (int)length, line);
	while (parts_length) {
		size_t n = strcspn(parts, "|\n");
		if (n > parts_length)
			n = parts_length;
		snprintf(part, sizeof part, "%.*s", (int)n, parts);
		if (!strstr(text, part))
			return false;
		parts += n, parts_length -= n;
		if (parts_length)
			parts++, parts_length--;
	}
	return true;
}

/* Whether sigtame's lines of a standard error are those expected, in order. */
static bool said(const char *err, const char *expected) {
	for (const char *line = err; *line;) {
		size_t length = strcspn(line, "\n");
		if (strncmp(line, "sigtame: ", 9) == 0) {
			if (!expected)
				return false;
			size_t parts = strcspn(expected, "\n");
			if (!line_has(line, length, expected, parts))
				return false;
			expected = expected[parts] ? expected + parts + 1 : NULL;
		}
		line += length + (line[length] == '\n');
	}
	return !expected;
}

static const char *ended(const struct result *r) {
	static char text[2][64];
	static unsigned turn;
	char *t = text[turn++ % 2];
	snprintf(t, sizeof text[0], r->hung ? "hung" : r->status < 0 ? "signal %d" : "exit %d", abs(r->status));
	return t;
}

static bool equal(const struct result *a, const struct result *b) {
	return a->hung == b->hung && a->status == b->status && strcmp(a->out, b->out) == 0;
}

static struct result with, without;

/* What a failed row shows: both from the first line that is not the same. Check's messages have a limit. */
static const char *difference(const char *got, const char *expected) {
	static char text[4096];
	size_t line = 0;
	for (size_t i = 0; got[i] && got[i] == expected[i]; i++)
		if (got[i] == '\n')
			line = i + 1;
	snprintf(text, sizeof text, "%s%.1200s--- expected:\n%.1200s", line ? "...\n" : "", got + line, expected + line);
	return text;
}

/* The row is as expected with the library. */
START_TEST(preloaded) {
	const struct row *row = &rows[_i];
	const char *out = row->out;
	int status = row->status;
	harness_run(row->command, row->environment, true, row->state, &with);
	ck_assert_msg(!with.hung, "%s: hangs; it said:\n%.2000s%.1000s", row->name, with.out, with.err);
	if (row->native != ALONE)
		harness_run(row->command, NULL, false, row->state, &without);
	if (row->native == SAME) {
		ck_assert_msg(!without.hung, "%s: hangs without the library; it said:\n%.2000s", row->name, without.out);
		out = without.out, status = without.status;
	}
	ck_assert_msg(with.status == status && strcmp(with.out, out) == 0, "%s: %s, expected %s %d\n%s%.1000s", row->name, ended(&with),
		status < 0 ? "signal" : "exit", abs(status), difference(with.out, out), with.err);
	ck_assert_msg(row->native != DIFFERS || !equal(&with, &without), "%s: no other without the library\n%.2000s", row->name, without.out);
	ck_assert_msg(said(with.err, row->err), "%s: standard error is\n%.2000s--- expected:\n%s", row->name, with.err, row->err ? row->err : "nothing of sigtame's");
}
END_TEST

/* With the profile posix it is what it is without the library. */
START_TEST(posix) {
	const struct row *row = &rows[_i];
	harness_run(row->command, "SIGTAME_PROFILE=posix", true, row->state, &with);
	harness_run(row->command, NULL, false, row->state, &without);
	ck_assert_msg(equal(&with, &without), "%s: posix: %s, without the library %s\n%s%.1000s", row->name, ended(&with), ended(&without),
		difference(with.out, without.out), with.err);
	ck_assert_msg(said(with.err, NULL), "%s: posix: standard error is\n%s", row->name, with.err);
}
END_TEST

/* Whether an earlier row has tried the same without the library. */
static bool tried(int i) {
	for (int k = 0; k < i; k++)
		if (strcmp(rows[k].command, rows[i].command) == 0 && rows[k].state == rows[i].state && !rows[k].not_posix)
			return true;
	return false;
}

/* The stub in C narrows the window between look and wait, it does not close it. */
static bool is_beyond_stub(const struct row *row) {
	const char *stub = getenv("STUB");
	return stub && strcmp(stub, "generic") == 0 && strncmp(row->name, "window-", 7) == 0;
}

static bool wanted(const char *name, int argc, char **argv) {
	for (int i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return true;
	return argc < 2;
}

/* Most rows wait for something: some are run side by side, each part by a process of its own, which says its own result. */
enum { PARTS = 5 };

static int run_rows(int first, int step, int argc, char **argv) {
	Suite *suite = suite_create("preload");
	for (int i = first; i < (int)(sizeof rows / sizeof rows[0]); i += step) {
		if (!wanted(rows[i].name, argc, argv) || is_beyond_stub(&rows[i]))
			continue;
		TCase *tcase = tcase_create(rows[i].name);
		tcase_set_timeout(tcase, 200);
		tcase_add_loop_test(tcase, preloaded, i, i + 1);
		if (!rows[i].not_posix && (argc > 1 || !tried(i)))
			tcase_add_loop_test(tcase, posix, i, i + 1);
		suite_add_tcase(suite, tcase);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
	int failed = 0, status;
	if (!harness_ready())
		return 99;
	if (argc > 1)
		return run_rows(0, 1, argc, argv);
	for (int i = 0; i < PARTS; i++) {
		pid_t parent = getpid(), part = fork();
		if (part == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			exit(getppid() == parent ? run_rows(i, PARTS, argc, argv) : EXIT_FAILURE);
		}
		failed += part < 0;
	}
	while (wait(&status) > 0)
		failed += status != 0;
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
