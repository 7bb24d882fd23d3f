/* injection.h: what SIGTAME_INJECT says: SIGNAL@CALL[:N] or SIGNAL@every:DURATION.
 * options checks it, inject does it. Async-signal-safe. */
#ifndef SIGTAME_INJECTION_H
#define SIGTAME_INJECTION_H

#include "words.h"

struct injection {
	int sig;
	struct word call;  /* of calls.def, or "*": any */
	int64_t number;    /* at its so-manieth entry; 1 is the first */
	int64_t every_ns;  /* not 0: a timer instead */
};

/* What is wrong: the part of it, the reason, and what may have been meant. */
struct injection_fault {
	struct word item, guess;
	const char *what;
};

/* Whether it is the call of that name, or of any: __read_chk, open64 and __isoc99_scanf are read, open and scanf too. */
bool injection_names(struct word typed, const char *call);
/* rtmax: what RTMAX means to the host. */
bool injection_parse(struct word, int rtmax, struct injection *, struct injection_fault *);

#endif
