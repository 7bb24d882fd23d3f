/* duration.h: a length of time as a person writes it. options and injection call it. Async-signal-safe. */
#ifndef SIGTAME_DURATION_H
#define SIGTAME_DURATION_H

#include "words.h"

#define DURATION_NEVER INT64_MAX

/* 250us, 10ms, 1s, 0, never, in nanoseconds; NULL, or what is wrong with it. */
const char *duration_parse(struct word, int64_t *ns);

#endif
