/* wakeup.h: the wakeup fd: one byte a run, or one added to an eventfd, and what the host does to that fd.
 * wakeup_notify: async-signal-safe, from any thread. */
#ifndef SIGTAME_WAKEUP_H
#define SIGTAME_WAKEUP_H

#include "base.h"

/* Arm fd; 0, or -EBADF (not open, or not writable), -EINVAL (blocking). -1 disarms. */
int wakeup_set(int fd, bool warn);
int wakeup_check(int fd); /* what wakeup_set would say */
int wakeup_get(void);
void wakeup_notify(int sig);
/* The host is about to close or replace the fds first … last: afterwards nothing is written to what gets the number. */
void wakeup_closing(unsigned first, unsigned last);
/* Say how many bytes were lost, once there is room again or at the end. */
void wakeup_tell(bool at_exit);
void wakeup_child(void);

extern unsigned wakeup_lost; /* bytes lost in the present episode */

#endif
