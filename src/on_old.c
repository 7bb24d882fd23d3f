/* on_old.c: dispositions as System V's sigset family and 4.3BSD's sigvec set them. Called by interpose. Async-signal-safe. */
#include "on.h"

#include "next.h"
#include <errno.h>

int on_sigignore(int sig) {
	struct sigaction act = {.sa_handler = SIG_IGN};
	return on_sigaction(sig, &act, NULL);
}

static int change_one(int how, int sig, sigset_t *old) {
	sigset_t set;
	NEXT(sigemptyset)(&set);
	return NEXT(sigaddset)(&set, sig) != 0 ? -1 : on_sigprocmask(how, &set, old);
}

/* SIG_HOLD blocks; everything else sets and unblocks. What it returns is the disposition, or that it was blocked. */
sighandler_t on_sigset(int sig, sighandler_t handler) {
	struct sigaction act = {.sa_handler = handler}, old;
	sigset_t mask;
	if (handler == SIG_ERR || sig < 1 || sig > SIGNALS) {
		errno = EINVAL;
		return SIG_ERR;
	}
	bool hold = handler == SIG_HOLD;
	if (on_sigaction(sig, hold ? NULL : &act, &old) != 0 || change_one(hold ? SIG_BLOCK : SIG_UNBLOCK, sig, &mask) != 0)
		return SIG_ERR;
	return NEXT(sigismember)(&mask, sig) == 1 ? SIG_HOLD : old.sa_handler;
}

int on_sighold(int sig) { return change_one(SIG_BLOCK, sig, NULL); }
int on_sigrelse(int sig) { return change_one(SIG_UNBLOCK, sig, NULL); }

/* 4.3BSD's structure, for binaries that still import it. */
struct sigvec {
	sighandler_t sv_handler;
	int sv_mask, sv_flags;
};
enum { SV_ONSTACK_ = 1, SV_INTERRUPT_ = 2, SV_RESETHAND_ = 4 };

int on_sigvec(int sig, const struct sigvec *vec, struct sigvec *old) {
	struct sigaction act = {0}, was;
	if (vec) {
		act.sa_handler = vec->sv_handler;
		act.sa_mask.__val[0] = (unsigned)vec->sv_mask;
		act.sa_flags = (vec->sv_flags & SV_ONSTACK_ ? SA_ONSTACK : 0) | (vec->sv_flags & SV_INTERRUPT_ ? 0 : SA_RESTART) |
		               (vec->sv_flags & SV_RESETHAND_ ? (int)SA_RESETHAND : 0);
	}
	if (on_sigaction(sig, vec ? &act : NULL, &was) != 0)
		return -1;
	if (old) {
		old->sv_handler = was.sa_handler;
		old->sv_mask = (int)was.sa_mask.__val[0];
		old->sv_flags = (was.sa_flags & SA_ONSTACK ? SV_ONSTACK_ : 0) | (was.sa_flags & SA_RESTART ? 0 : SV_INTERRUPT_) |
		                (was.sa_flags & (int)SA_RESETHAND ? SV_RESETHAND_ : 0);
	}
	return 0;
}
