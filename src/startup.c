/* startup.c: see startup.h. Not async-signal-safe: before main, or within exit. */
#include "startup.h"

#include "arch/arch.h"
#include "auxv.h"
#include "deadline.h"
#include "ending.h"
#include "environment.h"
#include "inject.h"
#include "kernel_action.h"
#include "next.h"
#include "on.h"
#include "options.h"
#include "process.h"
#include "report.h"
#include "state.h"
#include "symbol.h"
#include "trace.h"
#include "wakeup.h"
#include <errno.h>

bool startup_inert, startup_preloads;

/* Of the C library, without a header. */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *object);

static void be_inert(void) {
	startup_inert = true;
	thread_due_always = DUE_PASS;
}

static bool changes_nothing(void) {
	return !(options.defer | options.persist | options.retry | options.ignore | options.orderly) && options.restart == RESTART_HOST &&
	       options.setters == SETTERS_ANY && options.wakeup_fd == -1 && options.trace == NULL && options.inject == NULL;
}

static bool fails(int errors) {
	if (errors > 0 && options.on_error == ON_ERROR_ABORT)
		raw4(SYS_exit_group, 125, 0, 0, 0);
	return errors > 0;
}

static int check_wakeup(void) {
	int r = wakeup_check(options.wakeup_fd);
	if (r == -EBADF)
		report("SIGTAME_WAKEUP_FD=", report_number(options.wakeup_fd).text, ": not an open descriptor that can be written to; open it before the program starts", NULL);
	if (r == -EINVAL)
		report("SIGTAME_WAKEUP_FD=", report_number(options.wakeup_fd).text, ": the descriptor is blocking; set O_NONBLOCK on it", NULL);
	return r != 0;
}

/* The highest. The C library is told when it is asked for its range, the kernel of the doorbell when there is something to ring for. */
static bool reserve_signal(void) {
	struct kernel_sigaction old;
	sigbits own = SIGBIT(SIGNALS);
	if (kernel_action_set_empty(SIGNALS, &old) != 0)
		return false;
	process_remember(old.handler == SIG_IGN, thread_main_mask & own);
	deadline_signal = SIGNALS;
	if (thread_main_mask & own)
		raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&own, (long)&thread_main_mask, sizeof own);
	thread_main_mask &= ~own;
	return true;
}

/* What stands at SIG_DFL becomes ours; what the parent ignored stays ignored. */
static void take_defaults(sigbits set, sighandler_t shown) {
	struct action ours = {.handler = shown, .marks = MARK_OURS};
	for (set &= ~SIGBITS_LIBC; set; set &= set - 1) {
		struct kernel_sigaction now;
		int sig = sigbits_lowest(set);
		if (sig == deadline_signal)
			continue;
		if (kernel_action_get(sig, &now) != 0 || now.handler != SIG_DFL)
			continue;
		disposition_set(sig, &ours);
		if (shown == SIG_IGN)
			kernel_action_set_empty(sig, NULL);
		else
			kernel_action_set(sig, &ours, NULL);
	}
}

static const char *error_text(int error) {
	switch (error) {
	case EACCES: return "permission denied";
	case ENOENT: return "its directory is not there";
	case EISDIR: return "it is a directory";
	case ENOSPC: return "no space is left";
	case EROFS: return "the file system is read-only";
	case EINVAL:
	case ENODEV: return "it is no regular file";
	}
	return "error";
}

static int open_trace(void) {
	int r = options.trace ? trace_open(options.trace) : 0;
	if (r != 0)
		report("SIGTAME_TRACE=", options.trace, ": the file cannot be made: ", error_text(-r), "; name one in a directory that can be written to", NULL);
	return r != 0;
}

/* The default action of these ends no program. */
#define SIGBITS_NOT_ENDING (SIGBIT(SIGCHLD) | SIGBIT(SIGCONT) | SIGBIT(SIGURG) | SIGBIT(SIGWINCH) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))

static void set_up(void) {
	thread_main_mask = thread_kernel_mask();
	if (options.defer && !reserve_signal()) {
		report("the kernel refuses the signal to reserve: the program runs as if sigtame were not loaded; SIGTAME_DEFER=none needs none", NULL);
		be_inert();
		return;
	}
	if (options.retry || !options.defer || (options.ignore & ~(SIGBIT(SIGPIPE) | SIGBIT(SIGXFSZ))))
		thread_due_always |= DUE_CAREFUL;
	if (startup_preloads) {
		thread_due_always |= DUE_PASS;
		next_find_libc();
	}
	if (options.inject)
		inject_prepare(options.inject);
	take_defaults(options.ignore, SIG_IGN);
	if (options.orderly) {
		kernel_action_prepare();
		take_defaults(options.orderly & ~options.ignore & ~SIGBITS_NOT_ENDING, SIG_DFL);
	}
	__register_atfork(process_fork_prepare, process_fork_parent, process_fork_child, NULL);
}

static bool has_others(char **environment) {
	return environment_preloads_others(environment) || !symbol_is_libc("sigaction") || !symbol_is_libc("read");
}

/* given: there are options in it. */
static void configure(char **environment, bool given) {
	if (auxv_get(AT_SECURE) || !symbol_is_in_force()) {
		be_inert();
		return;
	}
	if (given && environment != next_environ()) /* another constructor has changed it */
		given = environment_look(environment = next_environ()).options;
	if (fails(options_read(given ? environment : NULL))) {
		be_inert();
		return;
	}
	startup_preloads = !symbol_libc_follows() && has_others(environment);
	if (!changes_nothing() && fails(check_wakeup() + open_trace())) {
		be_inert();
		return;
	}
	if (given)
		environment_clean(environment);
	if (changes_nothing()) {
		be_inert();
		return;
	}
	wakeup_set(options.wakeup_fd, options.wakeup_warn);
	set_up();
}

/* What is called meanwhile, by a malloc of the host's, finds nothing due and goes to the kernel. */
void startup(char **environment) {
	static bool started;
	if (started)
		return;
	started = true;
	char **present = environment ? environment : next_environ();
	struct environment seen = environment_look(present);
	if (environment)
		auxv_look(seen.end + 1);
	thread_attach(&self);
	thread_main = &self;
	configure(present, seen.options);
	state.active = !startup_inert;
	state.main = &thread_main;
	state.reserved = deadline_signal;
	state.wakeup_fd = options.wakeup_fd;
	due_set(&self, thread_due_always);
}

void startup_ends(void) {
	if (!startup_inert)
		wakeup_tell(true);
	if (ending_by == 0)
		return;
	sigbits own = SIGBIT(ending_by);
	NEXT(fflush)(NULL);
	disposition_kernel_default(ending_by);
	raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&own, 0, sizeof own);
	raw4(SYS_kill, raw4(SYS_getpid, 0, 0, 0, 0), ending_by, 0, 0);
}
