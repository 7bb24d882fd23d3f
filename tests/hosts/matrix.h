/* matrix.h: the page that the host of a cell shares with who watches it (tests/watch.c), and with its own second process. */
#ifndef MATRIX_H
#define MATRIX_H

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

enum {
	PAGE_FD = 9, /* where the host finds the page */
	PAGE_SIZE = 4096,
};

enum stage { PREPARING, CALLING, CALLED, CANNOT };

struct page {
	volatile int stage, runs;
	volatile int released;        /* a futex: who supplies what is waited for waits for it */
	volatile int holds;           /* a futex too: the second process is ready */
	volatile int stops;           /* stop where the call begins: somebody traces */
	volatile int cannot_supply;   /* nothing ends this wait */
	volatile int error;           /* of the call; 0: it ended well */
	volatile long result, wanted;
	volatile int queue, semaphores; /* one more than the number: the watcher removes them */
	sem_t sem;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_barrier_t barrier;
};

#endif
