/* cli/ending.h: ending as another process did, for those who waited for it. lint and sweep call it. */
#ifndef SIGTAME_ENDING_H
#define SIGTAME_ENDING_H

/* The exit status; a death by signal is died, by that signal: then it does not return. */
int end_as(int wait_status);
int end_by(int sig);

#endif
